"""SHAP by its own library, over the scorer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from workbench.errors import InputError
from workbench.explainers._partition import largest_share, unresolved_credit, unresolved_phrases
from workbench.explainers._seeded import Seeded
from workbench.explainers._settling import Attempt, Remembered, Settling, Tolerance, run_doubling
from workbench.explainers.base import Explainer, Options, register
from workbench.explainers.task import SPLITTERS, Finding, Floats, Task, merge_overlapping
from workbench.pipeline import PrecisionOption
from workbench.schema import Explanation, Prediction, Span
from workbench.text import overlap, trimmed, words

if TYPE_CHECKING:
    import shap
    from transformers import PreTrainedTokenizerBase

_NOTHING = 1e-12

# Units whose subsets can all be evaluated (65,536 texts).
_MOST_EXACT = 16
# The library would ask for five at a time; each is its own, so the values are the same.
_EXACT_AT_ONCE = 256


class ShapOptions(Options):
    """What SHAP can be told."""

    budget: Annotated[
        int, Field(ge=10, le=20_000, title="Evaluations", description="Texts with words masked that are evaluated.")
    ] = 500
    algorithm: Annotated[
        Literal["auto", "partition", "exact"],
        Field(
            title="Algorithm",
            description="Exact Shapley values of all subsets, Owen values over a tree of phrases, or exact when short.",
        ),
    ] = "auto"
    exact_up_to: Annotated[
        int,
        Field(ge=1, le=_MOST_EXACT, title="Exact up to", description="Units up to which auto evaluates all subsets."),
    ] = 10
    tolerance: Tolerance = 0.0
    precision: PrecisionOption = "exact"


@register
class Shap(Explainer[ShapOptions]):
    """Lundberg and Lee (2017), A Unified Approach to Interpreting Model Predictions; the library ``shap``."""

    name = "shap"
    title = "SHAP"
    summary = "What each word adds to the target on average, over the ways of masking the others; they add up."
    reads = "Relative to the all-masked text; where the budget did not reach below a phrase, its words share one value."
    source = "Lundberg & Lee 2017 (arXiv 1705.07874); shap, Explainer with maskers.Text"
    options = ShapOptions
    additive = True
    asks_texts_only = True
    draws = True
    plot_note = "The colours are the library's own: red raises what is explained, and blue lowers it."
    cost = 600
    packages = ("shap", "numpy")

    def find(self, task: Task, options: ShapOptions) -> Finding:
        """See ``Explainer.find``."""
        exact = options.algorithm == "exact" or (options.algorithm == "auto" and len(task.spans) <= options.exact_up_to)
        if exact and len(task.spans) > _MOST_EXACT:
            raise InputError(
                f"{len(task.spans)} units have too many subsets for exact values (at most {_MOST_EXACT})",
                "set the algorithm to auto or partition",
            )
        task.expect(2 ** len(task.spans) if exact else options.budget)
        found, settling = self._settled(task, options, exact or len(task.spans) == 1)
        outputs, weights = task.beside().outputs([task.text])
        scores = _by_output(found.values, weights) @ weights
        base = float((_by_output(found.base_values, weights) @ weights)[0])
        pieces = _pieces(task)
        spans, scores = _placed(task, pieces, scores)
        details: dict[str, float | str] = {"algorithm": "exact" if exact else "partition"}
        unresolved: list[Span] = []
        if found.hierarchical_values is not None:
            credit, tree = _by_output(found.hierarchical_values, weights), np.asarray(found.clustering)[0]
            unresolved = unresolved_phrases(credit, tree, pieces, task.spans)
            details["unresolved_credit"] = unresolved_credit(credit @ weights, len(pieces))
        return Finding(spans, scores, base, float(outputs[0] @ weights), details | settling, unresolved)

    def sampled(self, explanation: Explanation) -> bool:
        """See ``Explainer.sampled``."""
        return "partition" in str(explanation.details["algorithm"])

    def native_html(self, explanation: Explanation, prediction: Prediction) -> str | None:
        """See ``Explainer.native_html``."""
        shap = library()
        # The library puts the pieces into the page as they are.
        starts = [unit.start for unit in explanation.units]
        ends = [*starts[1:], len(prediction.read_text)]
        pieces = [escape(prediction.text[start:end]) for start, end in zip(starts, ends, strict=True)]
        values = shap.Explanation(
            values=np.array([unit.score for unit in explanation.units]),
            base_values=explanation.base_value,
            data=np.array(pieces, dtype=object),
        )
        # Not given above: the constructor fails on a name for a single output.
        values.output_names = escape(explanation.target.phrase())
        # The library writes numpy numbers into style sheets, which their newer spelling, np.float64(0.1), would break.
        with np.printoptions(legacy="1.25"):
            return str(shap.plots.text(values, display=False))

    def _settled(
        self, task: Task, options: ShapOptions, exact: bool
    ) -> tuple[shap.Explanation, dict[str, float | str]]:
        """The library's values: with a tolerance at the first budget where they have settled, with how that went."""
        if exact or not options.tolerance:
            found = self._run(task, options.budget, exact, lambda texts: task.outputs(texts)[0])
            every = Settling(2 ** len(task.spans), 2 ** len(task.spans), 0.0, True)
            return found, _settling(every, 0.0) if options.tolerance else {}
        evaluate = Remembered(lambda texts: task.outputs(texts)[0])

        def run(budget: int) -> Attempt[shap.Explanation]:
            evaluate.begin()
            found = self._run(task, budget, False, evaluate)
            weights = task.beside().outputs([task.text])[1]
            shared = largest_share(_by_output(found.hierarchical_values, weights) @ weights, found.clustering[0])
            return Attempt(found, _by_output(found.values, weights) @ weights, evaluate.count, shared)

        last, outcome = run_doubling(run, options.budget, options.tolerance)
        task.expect_no_more()
        return last.found, _settling(outcome, last.shared)

    def _run(
        self, task: Task, budget: int, exact: bool, evaluate: Callable[[Sequence[str]], Floats]
    ) -> shap.Explanation:
        shap = library()
        text = task.text
        masker = _masker(task)
        whole = str(masker(np.ones(len(masker.token_segments(text)[0]), dtype=bool), text)[0][0])

        def outputs(texts: Sequence[str]) -> npt.NDArray[np.float64]:
            # The masker folds white space even where nothing is masked; the whole text is evaluated as it is.
            given = [text if piece == whole else piece for piece in map(str, texts)]
            with seeded.apart():
                return evaluate(given)

        with Seeded(task.seed) as seeded:
            if exact:
                masker.clustering = None
                explainer: Any = shap.explainers.Exact(outputs, masker)
                return explainer([text], max_evals=2**20, batch_size=_EXACT_AT_ONCE, silent=True)
            explainer = shap.explainers.Partition(outputs, masker)
            return explainer([text], max_evals=budget, silent=True)


def _settling(outcome: Settling, shared: float) -> dict[str, float | str]:
    return {**outcome.details(), "largest_share": shared}


def _by_output(values: Any, weights: Floats) -> Floats:
    """What the library gives for the one text, shape (..., outputs); it leaves out the axis of a single output."""
    found: Floats = np.asarray(values)[0].reshape(-1, len(weights))
    return found


def _masker(task: Task) -> Any:
    """The library's masker, on the checkpoint's own tokenizer where that can be."""
    shap = library()
    own = task.checkpoint.tokenizer
    tokenizer: Any = own
    whole = (task.text, task.prediction.read_text)
    if task.unit in SPLITTERS:
        tokenizer = SpanTokenizer(lambda text: task.spans if text in whole else SPLITTERS[task.unit](text))
    elif _shares_characters(own, task.prediction.read_text):
        # The masker writes the characters of a token once for each token, so it needs tokens apart.
        tokenizer = SpanTokenizer(lambda text: merge_overlapping(_token_spans(own, text)))
    masker = shap.maskers.Text(tokenizer, mask_token=task.mask_text, collapse_mask_token=False)
    if whole[0] != whole[1]:
        # Where signs stand for the words, phrases are still those of the words.
        phrases = masker.clustering(task.prediction.read_text)
        masker.clustering = lambda _text: phrases
    return masker


class SpanTokenizer:
    """Pieces of a text in the form of a tokenizer, as ``shap.maskers.Text`` wants it.

    Args:
        split: Text to pieces: words, sentences, or tokens that do not overlap.
    """

    def __init__(self, split: Callable[[str], Sequence[Span]]) -> None:
        self._split = split

    def __call__(self, text: str, return_offsets_mapping: bool = True) -> dict[str, list[Any]]:
        """Split a text.

        Args:
            text: Any text.
            return_offsets_mapping: Part of the protocol; offsets always come.

        Returns:
            ``input_ids`` (running numbers) and ``offset_mapping``.
        """
        spans = self._split(text)
        return {"input_ids": list(range(len(spans))), "offset_mapping": [(span.start, span.end) for span in spans]}


def _token_spans(tokenizer: PreTrainedTokenizerBase, text: str) -> list[Span]:
    """Spans of the tokens that stand on characters."""
    pairs = tokenizer(text, return_offsets_mapping=True)["offset_mapping"]
    return [Span(start=start, end=end) for start, end in pairs if end > start]


def _shares_characters(tokenizer: PreTrainedTokenizerBase, text: str) -> bool:
    spans = _token_spans(tokenizer, text)
    return len(merge_overlapping(spans)) < len(spans)


def library() -> ModuleType:
    """The library, with its small loops left to Python.

    It would compile them when first used, which takes seconds and saves at most tenths of one: the time goes to the
    model. Where it was imported before, it stays as it is.

    Returns:
        The module ``shap``.
    """
    import numba

    compiles = numba.config.DISABLE_JIT
    numba.config.DISABLE_JIT = 1
    try:
        return import_module("shap")
    finally:
        numba.config.DISABLE_JIT = compiles


def warm_up() -> None:
    """Import the library and what it imports on first use (seconds), on a model that costs nothing."""
    shap = library()

    def outputs(texts: Sequence[str]) -> npt.NDArray[np.float64]:
        return np.array([[float(len(text)), -float(len(text))] for text in texts])

    masker = shap.maskers.Text(SpanTokenizer(words), mask_token="...", collapse_mask_token=False)
    with Seeded(0):
        shap.explainers.Partition(outputs, masker)(["one two three four"], max_evals=20, silent=True)
        masker.clustering = None
        shap.explainers.Exact(outputs, masker)(["one two three"], silent=True)


def _pieces(task: Task) -> list[Span]:
    """What the masker masks: the units, or the tokenizer's own pieces with those of special tokens, without width."""
    text, tokenizer = task.prediction.read_text, task.checkpoint.tokenizer
    if task.unit in SPLITTERS:
        return list(task.spans)
    if _shares_characters(tokenizer, text):
        return list(merge_overlapping(_token_spans(tokenizer, text)))
    pairs = tokenizer(text, return_offsets_mapping=True)["offset_mapping"]
    return [Span(start=start, end=end) for start, end in pairs]


def _placed(task: Task, pieces: Sequence[Span], scores: Floats) -> tuple[tuple[Span, ...], Floats]:
    """Scores of the masker's pieces on the units of the text.

    A phrase that the budget did not resolve shares its value out evenly, special tokens included. What falls on those,
    and on white space, stands in units without width at the ends, so that every score is the library's own and the sum
    is whole.
    """
    text = task.prediction.read_text
    visible = [trimmed(text, piece.start, piece.end) for piece in pieces]
    spans = merge_overlapping([piece for piece in visible if piece.end > piece.start])
    shares = overlap(visible, spans)
    placed = scores @ shares
    on_units = shares.sum(axis=1) > 0
    first = int(np.argmax(on_units))
    head, tail = float(scores[:first].sum()), float(scores[first:][~on_units[first:]].sum())
    if abs(head) > _NOTHING:
        spans, placed = (Span(start=0, end=0), *spans), np.concatenate([[head], placed])
    if abs(tail) > _NOTHING:
        spans, placed = (*spans, Span(start=len(text), end=len(text))), np.concatenate([placed, [tail]])
    return spans, placed
