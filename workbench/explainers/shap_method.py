"""SHAP by its own library, over the scorer."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from workbench.errors import InputError
from workbench.explainers.base import Explainer, Finding, Options, Task, merge_overlapping, register
from workbench.pipeline import outputs_behind
from workbench.schema import Explanation, Prediction, Span, Unit
from workbench.text import overlap, words

if TYPE_CHECKING:
    import shap
    from transformers import PreTrainedTokenizerBase

# The library breaks ties with numpy's global generator, so runs with a seed of their own take turns.
_GLOBAL_SEED = threading.Lock()

_NOTHING = 1e-12

# Units whose subsets can all be evaluated (65,536 texts).
_MOST_EXACT = 16


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


@register
class Shap(Explainer[ShapOptions]):
    """Lundberg and Lee (2017), A Unified Approach to Interpreting Model Predictions; the library ``shap``."""

    name = "shap"
    title = "SHAP"
    summary = "What each word adds to the target on average, over the ways of masking the others; they add up."
    reads = "Relative to the all-masked text; in long reviews the budget does not reach below phrases."
    source = "Lundberg & Lee 2017 (arXiv 1705.07874); shap, Explainer with maskers.Text"
    options = ShapOptions
    additive = True
    draws = True
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
        task.run.expect(2 ** len(task.spans) if exact else options.budget)
        found = self._run(task, options, exact)
        full = task.run.beside().logits([task.prediction.read_text])
        outputs, weights = outputs_behind(task.checkpoint, task.target, full)
        scores = np.asarray(found.values)[0] @ weights
        base = float(np.asarray(found.base_values)[0] @ weights)
        spans, scores = _placed(task, scores)
        details: dict[str, float | str] = {"algorithm": "exact" if exact else "partition"}
        return Finding(spans, scores, base, float(outputs[0] @ weights), details)

    def native_html(self, explanation: Explanation, prediction: Prediction) -> str | None:
        """See ``Explainer.native_html``."""
        import shap

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

    def _run(self, task: Task, options: ShapOptions, exact: bool) -> shap.Explanation:
        import shap

        text = task.prediction.read_text
        masker = _masker(task)
        whole = str(masker(np.ones(len(masker.token_segments(text)[0]), dtype=bool), text)[0][0])

        def outputs(texts: Sequence[str]) -> npt.NDArray[np.float64]:
            # The masker folds white space even where nothing is masked; the whole text is evaluated as it is.
            given = [text if piece == whole else piece for piece in map(str, texts)]
            return outputs_behind(task.checkpoint, task.target, task.run.logits(given))[0]

        with _seeded(task.seed):
            if exact or len(task.spans) == 1:
                masker.clustering = None
                explainer: Any = shap.explainers.Exact(outputs, masker)
                return explainer([text], max_evals=2**20, silent=True)
            explainer = shap.explainers.Partition(outputs, masker)
            return explainer([text], max_evals=options.budget, silent=True)


def _masker(task: Task) -> Any:
    """The library's masker, on the checkpoint's own tokenizer where that can be."""
    import shap

    own = task.checkpoint.tokenizer
    tokenizer: Any = WordTokenizer()
    if task.unit is Unit.TOKEN:
        tokenizer = PieceTokenizer(own) if _shares_characters(own, task.prediction.read_text) else own
    return shap.maskers.Text(tokenizer, mask_token=str(own.mask_token or "..."), collapse_mask_token=False)


class WordTokenizer:
    """Words in the form of a tokenizer, as ``shap.maskers.Text`` wants it."""

    def __call__(self, text: str, return_offsets_mapping: bool = True) -> dict[str, list[Any]]:
        """Split a text.

        Args:
            text: Any text.
            return_offsets_mapping: Part of the protocol; offsets always come.

        Returns:
            ``input_ids`` (running numbers) and ``offset_mapping``.
        """
        return _as_tokens(words(text))


class PieceTokenizer:
    """Tokens in the form of a tokenizer, those that share characters (bytes of one emoji) as one.

    The library's masker writes the characters of a token once for each token, so it needs tokens apart.

    Args:
        tokenizer: The checkpoint's.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self._tokenizer = tokenizer

    def __call__(self, text: str, return_offsets_mapping: bool = True) -> dict[str, list[Any]]:
        """Split a text.

        Args:
            text: Any text.
            return_offsets_mapping: Part of the protocol; offsets always come.

        Returns:
            ``input_ids`` (running numbers) and ``offset_mapping``.
        """
        return _as_tokens(merge_overlapping(_token_spans(self._tokenizer, text)))


def _as_tokens(spans: Sequence[Span]) -> dict[str, list[Any]]:
    return {"input_ids": list(range(len(spans))), "offset_mapping": [(span.start, span.end) for span in spans]}


def _token_spans(tokenizer: PreTrainedTokenizerBase, text: str) -> list[Span]:
    """Spans of the tokens that stand on characters."""
    pairs = tokenizer(text, return_offsets_mapping=True)["offset_mapping"]
    return [Span(start=start, end=end) for start, end in pairs if end > start]


def _shares_characters(tokenizer: PreTrainedTokenizerBase, text: str) -> bool:
    spans = _token_spans(tokenizer, text)
    return len(merge_overlapping(spans)) < len(spans)


def warm_up() -> None:
    """Compile what the library compiles on first use (about ten seconds), on a model that costs nothing."""
    import shap

    def outputs(texts: Sequence[str]) -> npt.NDArray[np.float64]:
        return np.array([[float(len(text)), -float(len(text))] for text in texts])

    masker = shap.maskers.Text(WordTokenizer(), mask_token="...", collapse_mask_token=False)
    with _seeded(0):
        shap.explainers.Partition(outputs, masker)(["one two three four"], max_evals=20, silent=True)
        masker.clustering = None
        shap.explainers.Exact(outputs, masker)(["one two three"], silent=True)


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Numpy's global generator with a seed of our own, then as it was."""
    with _GLOBAL_SEED:
        state = np.random.get_state()
        np.random.seed(seed % 2**32)
        try:
            yield
        finally:
            np.random.set_state(state)


def _placed(task: Task, scores: npt.NDArray[np.float64]) -> tuple[tuple[Span, ...], npt.NDArray[np.float64]]:
    """Scores of the masker's pieces on the units of the text.

    A phrase that the budget did not resolve shares its value out evenly, special tokens included. What falls on those
    stands in units without width at the ends, so that every score is the library's own and the sum is whole.
    """
    spans = task.spans
    if task.unit is Unit.WORD:
        return spans, scores
    text = task.prediction.read_text
    if _shares_characters(task.checkpoint.tokenizer, text):
        return merge_overlapping(_token_spans(task.checkpoint.tokenizer, text)), scores
    pairs = task.checkpoint.tokenizer(text, return_offsets_mapping=True)["offset_mapping"]
    pieces = [Span(start=start, end=end) for start, end in pairs]
    spans = merge_overlapping([piece for piece in pieces if piece.end > piece.start])
    placed = scores @ overlap(pieces, spans)
    first = next(index for index, piece in enumerate(pieces) if piece.end > piece.start)
    head = float(scores[:first].sum())
    tail = float(
        sum(score for piece, score in zip(pieces[first:], scores[first:], strict=True) if piece.end <= piece.start)
    )
    if abs(head) > _NOTHING:
        spans, placed = (Span(start=0, end=0), *spans), np.concatenate([[head], placed])
    if abs(tail) > _NOTHING:
        spans, placed = (*spans, Span(start=len(text), end=len(text))), np.concatenate([placed, [tail]])
    return spans, placed
