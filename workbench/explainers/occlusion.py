"""Occlusion: leave one unit out and predict again."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from workbench.explainers.base import Explainer, Options, register
from workbench.explainers.task import Finding, Task
from workbench.pipeline import PrecisionOption, perturbed


class OcclusionOptions(Options):
    """What occlusion can be told."""

    replacement: Annotated[
        Literal["delete", "mask"],
        Field(title="Missing units", description="Delete them, or put the mask token in their place."),
    ] = "delete"
    precision: PrecisionOption = "exact"


@register
class Occlusion(Explainer[OcclusionOptions]):
    """Li, Monroe and Jurafsky (2016), Understanding Neural Networks through Representation Erasure."""

    name = "occlusion"
    title = "Occlusion"
    summary = "By how much the target falls when this one unit is left out and all others stay."
    reads = "Exact for one change at a time; words that say the same cover for each other, so the scores do not add up."
    source = "Li et al. 2016 (arXiv 1612.08220), Zeiler & Fergus 2014; differences of two predictions"
    options = OcclusionOptions
    asks_texts_only = True
    cost = 50

    def find(self, task: Task, options: OcclusionOptions) -> Finding:
        """See ``Explainer.find``."""
        text, spans = task.text, task.spans
        alone = [[other != unit for other in range(len(spans))] for unit in range(len(spans))]
        mask = task.mask_text if options.replacement == "mask" else None
        task.expect(len(spans) + 1)
        values = task.values([text, *(perturbed(text, spans, kept, mask) for kept in alone)])
        return Finding(spans, values[0] - values[1:], None, float(values[0]))
