"""Integrated gradients, by captum, with as many steps as it takes to converge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from workbench.checkpoints import Checkpoint
from workbench.explainers._gradients import GradientTask
from workbench.explainers.base import Explainer, Options, register
from workbench.explainers.task import Finding, Floats, Task, on_units
from workbench.pipeline import embedding_obstacle

if TYPE_CHECKING:
    import torch

_FIRST_STEPS = 32


class IntegratedGradientsOptions(Options):
    """What integrated gradients can be told."""

    baseline: Annotated[
        Literal["mask", "pad", "zero"],
        Field(
            title="Baseline",
            description="What stands for no text: the embedding of the mask token, of the padding token, or zeros.",
        ),
    ] = "mask"
    tolerance: Annotated[
        float,
        Field(
            gt=0,
            le=10,
            title="Tolerance",
            description="How far the scores' sum may be from what they explain, in units of the target.",
        ),
    ] = 0.01
    max_steps: Annotated[
        int,
        Field(
            ge=_FIRST_STEPS,
            le=4096,
            title="Most steps",
            description="Steps are doubled from 32 until within tolerance.",
        ),
    ] = 256


@register
class IntegratedGradients(Explainer[IntegratedGradientsOptions]):
    """Sundararajan, Taly and Yan (2017), Axiomatic Attribution for Deep Networks; the library ``captum``.

    The scores add up to ``full_value - base_value`` but for ``delta``, and what fell on special tokens or white space
    (none with the usual baselines). An integral taken by steps cannot promise more, so the method is not ``additive``.
    """

    name = "integrated-gradients"
    title = "Integrated gradients"
    summary = "The slope of the target gathered on the way from a text of masks to this one, word by word."
    reads = "Relative to its baseline, by way of mixtures that are no text; trust it as far as its delta is small."
    source = "Sundararajan et al. 2017 (arXiv 1703.01365); captum, IntegratedGradients on the input embeddings"
    options = IntegratedGradientsOptions
    cost = 100
    packages = ("captum",)

    def obstacle(self, checkpoint: Checkpoint) -> str | None:
        """See ``Explainer.obstacle``."""
        return embedding_obstacle(checkpoint)

    def find(self, task: Task, options: IntegratedGradientsOptions) -> Finding:
        """See ``Explainer.find``."""
        task.run.expect(_FIRST_STEPS + 2)
        gradients = GradientTask(task)
        baseline, name = _baseline(task, gradients, options.baseline)
        full, base = gradients.value(gradients.embeddings), gradients.value(baseline)
        found, steps, delta = _converged(task, gradients, baseline, full - base, options)
        scores, elsewhere = on_units(task, found)
        details: dict[str, float | str] = {
            "delta": delta,
            "steps": float(steps),
            "converged": "yes" if abs(delta) <= options.tolerance else "no",
            "baseline": name,
            "on_special_tokens": elsewhere,
        }
        return Finding(task.spans, scores, base, full, details)


def _converged(
    task: Task,
    gradients: GradientTask,
    baseline: torch.Tensor,
    difference: float,
    options: IntegratedGradientsOptions,
) -> tuple[Floats, int, float]:
    """Attributions of the tokens, the steps they took, and by how much their sum misses the difference."""
    steps = _FIRST_STEPS
    while True:
        found = gradients.integrated_gradients(baseline, steps)
        delta = float(found.sum()) - difference
        if abs(delta) <= options.tolerance or 2 * steps > options.max_steps:
            return found, steps, delta
        steps *= 2
        task.run.expect(task.run.asked_in_part + steps)


def _baseline(task: Task, gradients: GradientTask, wanted: str) -> tuple[torch.Tensor, str]:
    """Embeddings of no text, and their name; the special tokens stay. Without a mask token the next best stands in."""
    tokenizer, tokens = task.checkpoint.tokenizer, task.prediction.tokens
    choices = {"mask": tokenizer.mask_token_id, "pad": tokenizer.pad_token_id}
    order = {"mask": ("mask", "pad"), "pad": ("pad",), "zero": ()}[wanted]
    blank = next((choices[name] for name in order if choices[name] is not None), None)
    if blank is not None:
        ids = [token.id if token.special else blank for token in tokens]
        return gradients.embed(ids), str(tokenizer.convert_ids_to_tokens(blank))
    zeros = gradients.embeddings.clone()
    zeros[0, [index for index, token in enumerate(tokens) if not token.special]] = 0.0
    return zeros, "zero"
