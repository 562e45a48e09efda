"""LIME by its own library, over the scorer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field

from workbench.errors import InputError
from workbench.explainers._settling import GrowingFit, Tolerance
from workbench.explainers.base import Explainer, Options, register
from workbench.explainers.task import Finding, Floats, Task
from workbench.pipeline import PrecisionOption
from workbench.schema import Explanation, Prediction, Span

if TYPE_CHECKING:
    from lime.explanation import Explanation as LimeExplanation
    from lime.lime_text import LimeTextExplainer


# The library draws a bar a word without an end; more than this many can't be read.
_BARS = 20


class LimeOptions(Options):
    """What LIME can be told."""

    budget: Annotated[
        int, Field(ge=10, le=20_000, title="Samples", description="Texts with words missing that are evaluated.")
    ] = 1000
    perturbation: Annotated[
        Literal["delete", "mask", "bag"],
        Field(
            title="Missing words",
            description="Delete them, put the mask token in their place, or delete all occurrences of a word at once.",
        ),
    ] = "delete"
    kernel_width: Annotated[
        float, Field(gt=0, le=1000, title="Kernel width", description="How far from the text samples still count.")
    ] = 25.0
    tolerance: Tolerance = 0.0
    precision: PrecisionOption = "exact"


@register
class Lime(Explainer[LimeOptions]):
    """Ribeiro, Singh and Guestrin (2016), "Why Should I Trust You?"; the library ``lime``."""

    name = "lime"
    title = "LIME"
    summary = "The weights of a linear model fitted to the predictions on texts with random words missing."
    reads = "A local approximation: trust it as far as its fit (R2) is good; other seeds give somewhat other numbers."
    source = "Ribeiro et al. 2016 (arXiv 1602.04938); lime, LimeTextExplainer"
    options = LimeOptions
    asks_texts_only = True
    draws = True
    cost = 500
    packages = ("lime", "numpy", "scikit-learn")

    def find(self, task: Task, options: LimeOptions) -> Finding:
        """See ``Explainer.find``."""
        if options.perturbation == "bag" and not task.repeats_words:
            raise InputError(
                "a bag of words cannot tell where an entity stands", "set the missing words to delete or mask"
            )
        task.expect(options.budget)
        spans = task.spans
        explainer = text_explainer(spans, options, task.seed, task.mask_text, [str(task.target)])

        def values(texts: Sequence[str]) -> Floats:
            return task.values(texts)[:, None]

        growing = GrowingFit(explainer.base, values, options.tolerance)
        if options.tolerance > 0:
            explainer.base = growing
        found = explainer.explain_instance(
            task.text,
            growing.collect if options.tolerance > 0 else values,
            labels=(0,),
            num_features=len(spans),
            num_samples=options.budget,
        )
        task.expect_no_more()
        weights = dict(found.local_exp[0])
        pieces = [span.of(task.prediction.text) for span in spans]
        columns = _columns(pieces) if options.perturbation == "bag" else range(len(spans))
        details: dict[str, float | str] = {
            "r2": float(found.score),
            "intercept": float(found.intercept[0]),
            "local_prediction": float(found.local_pred[0]),
        }
        return Finding(
            spans,
            np.array([float(weights.get(column, 0.0)) for column in columns]),
            float(found.intercept[0]),
            float(found.predict_proba[0]),
            details | (growing.outcome.details() if growing.outcome else {}),
        )

    def sampled(self, explanation: Explanation) -> bool:
        """See ``Explainer.sampled``."""
        return True

    def native_html(self, explanation: Explanation, prediction: Prediction) -> str | None:
        """See ``Explainer.native_html``."""
        found = rebuilt(explanation, prediction)
        return _safe(found.as_html(labels=list(found.local_exp), text=True))


def text_explainer(
    spans: Sequence[Span], options: LimeOptions, seed: int, mask_token: str, class_names: list[str]
) -> LimeTextExplainer:
    """The library's explainer on given units.

    Args:
        spans: The units.
        options: The method's options.
        seed: Of the sampling; LIME shares its random state across calls, so there is one explainer a review.
        mask_token: What stands for a missing unit with ``perturbation="mask"``.
        class_names: Names of the outputs.

    Returns:
        A fresh ``LimeTextExplainer``.
    """
    from lime.lime_text import LimeTextExplainer

    return LimeTextExplainer(
        kernel_width=options.kernel_width,
        class_names=class_names,
        feature_selection="none",
        split_expression=lambda text: [span.of(text) for span in spans],
        bow=options.perturbation == "bag",
        mask_string=mask_token if options.perturbation == "mask" else "",
        random_state=np.random.RandomState(seed),
    )


def rebuilt(explanation: Explanation, prediction: Prediction) -> LimeExplanation:
    """The library's own explanation object, made again from a result, for its plots.

    Args:
        explanation: Made by this method.
        prediction: What it explains.

    Returns:
        An object of ``lime.explanation``.
    """
    from lime.explanation import Explanation as LimeExplanation
    from lime.lime_text import IndexedString, TextDomainMapper

    bag = LimeOptions.model_validate(explanation.options).perturbation == "bag"
    pieces = [unit.text for unit in explanation.units]
    indexed = IndexedString(prediction.read_text, bow=bag, split_expression=lambda _: pieces)
    label = prediction.labels.index(explanation.target.label) if explanation.target.label else 0
    names = list(prediction.labels)
    if explanation.target.kind in {"expected", "contrast", "scale"}:
        names[label] = explanation.target.phrase()
    found = LimeExplanation(TextDomainMapper(indexed), class_names=names, random_state=np.random.RandomState(0))
    found.predict_proba = np.array(prediction.probabilities)
    columns = _columns(pieces) if bag else range(len(pieces))
    weights = {column: unit.score for column, unit in zip(columns, explanation.units, strict=True)}
    found.local_exp[label] = sorted(weights.items(), key=lambda pair: -abs(pair[1]))[:_BARS]
    return found


def _columns(pieces: Sequence[str]) -> list[int]:
    """The column of each unit in a bag of words, numbered by first occurrence as lime does."""
    order = {piece: number for number, piece in enumerate(dict.fromkeys(pieces))}
    return [order[piece] for piece in pieces]


def _safe(document: str) -> str:
    """Keep words from ending the script that they are data of; the library writes them in as they are."""
    start = document.rindex("var top_div = d3.select")
    end = document.rindex("</script>")
    data = document[start:end].replace("</", "<\\/").replace("<!--", "<\\!--")
    return document[:start] + data + document[end:]
