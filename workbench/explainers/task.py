"""What a method is asked and what it found; the units of a text, and values placed on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from workbench.checkpoints import Checkpoint
from workbench.pipeline import Precision, mask_of, outputs_behind
from workbench.schema import Evaluations, Prediction, Span, Target, Unit
from workbench.scoring import Run
from workbench.text import overlap, sentences, words

Floats = npt.NDArray[np.float64]

# Units that are found in the text itself; tokens come from the tokenizer.
SPLITTERS: dict[Unit, Callable[[str], tuple[Span, ...]]] = {Unit.WORD: words, Unit.SENTENCE: sentences}


@dataclass(frozen=True)
class Task:
    """What a method is asked.

    Attributes:
        prediction: Of the text to explain.
        target: What to explain.
        unit: What one score belongs to.
        seed: Of whatever is random.
        run: The door to the model.
    """

    prediction: Prediction
    target: Target
    unit: Unit
    seed: int
    run: Run

    @property
    def checkpoint(self) -> Checkpoint:
        """The model."""
        return self.run.checkpoint

    @property
    def checkpoints(self) -> tuple[Checkpoint, ...]:
        """All models that take part: the one, or the two whose difference is explained."""
        return (self.checkpoint,)

    @property
    def evaluations(self) -> Evaluations:
        """Asked for and made so far."""
        return self.run.evaluations

    @property
    def spans(self) -> tuple[Span, ...]:
        """The units of the text that the model read."""
        return unit_spans(self.prediction, self.unit)

    @property
    def text(self) -> str:
        """What methods that ask for texts leave units out of: the text that the model read, or what stands for it."""
        return self.prediction.read_text

    @property
    def repeats_words(self) -> bool:
        """Whether a word that occurs twice is the same in both places of ``text``."""
        return True

    @property
    def mask_text(self) -> str:
        """What stands for a piece of the text that is masked."""
        return mask_of(self.checkpoint)

    def expect(self, total: int) -> None:
        """Say how many texts will be evaluated.

        Args:
            total: For progress only.
        """
        self.run.expect(total)

    def expect_no_more(self) -> None:
        """Say that all is evaluated, fewer texts than expected perhaps."""
        self.run.expect(self.run.asked_in_part)

    def at(self, precision: Precision) -> Self:
        """The same task on evaluations of a precision.

        Args:
            precision: Of the arithmetic.

        Returns:
            The task, counted apart.
        """
        return replace(self, run=self.run.at(precision))

    def error(self) -> tuple[float, int]:
        """How far what is explained was off at this precision: the largest difference, and on how many texts."""
        return self.run.error(self.target)

    def outputs(self, texts: Sequence[str]) -> tuple[Floats, Floats]:
        """Evaluate texts in which units are missing.

        Args:
            texts: Any strings; ``mask_text`` stands for what is masked.

        Returns:
            What the target is a linear combination of, shape (texts, outputs), and its weights, shape (outputs,).

        Raises:
            Cancelled: The caller asked to stop.
        """
        return outputs_behind(self.checkpoint, self.target, self.run.logits(texts))

    def values(self, texts: Sequence[str]) -> Floats:
        """Evaluate what is explained on texts in which units are missing.

        Args:
            texts: As for ``outputs``.

        Returns:
            Shape (texts,).
        """
        outputs, weights = self.outputs(texts)
        return outputs @ weights

    def beside(self) -> Self:
        """The same task, counted apart: for looking up what was evaluated already."""
        return replace(self, run=self.run.beside())


@dataclass(frozen=True)
class Finding:
    """What a method found: the part of an ``Explanation`` that only the method knows.

    Attributes:
        spans: Units in the order of the text.
        scores: Shape (units,).
        base_value: The target on the baseline, or none.
        full_value: The target on the text.
        details: What else was measured.
        unresolved: Phrases of several units that share one value because they were never told apart.
    """

    spans: Sequence[Span]
    scores: Floats
    base_value: float | None
    full_value: float
    details: dict[str, float | str] = field(default_factory=dict)
    unresolved: Sequence[Span] = ()


def unit_spans(prediction: Prediction, unit: Unit) -> tuple[Span, ...]:
    """The units of the text that the model read.

    Args:
        prediction: What is explained.
        unit: Word, token or sentence.

    Returns:
        Spans in order, not overlapping. Tokens that share characters (bytes of one emoji) make one unit.
    """
    if unit in SPLITTERS:
        return SPLITTERS[unit](prediction.read_text)
    return merge_overlapping(
        [token.span for token in prediction.tokens if token.span and token.span.end > token.span.start]
    )


def on_units(task: Task, values: Floats) -> tuple[Floats, float]:
    """Values of the input positions, summed onto the units of the text.

    Args:
        task: What is asked.
        values: Shape (tokens,), special tokens included.

    Returns:
        Shape (units,), and what fell on special tokens and white space instead.
    """
    placed = [(token.span, value) for token, value in zip(task.prediction.tokens, values, strict=True) if token.span]
    scores = np.array([value for _, value in placed]) @ overlap([span for span, _ in placed], task.spans)
    return scores, float(values.sum() - scores.sum())


def merge_overlapping(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Join spans that share characters.

    Args:
        spans: In order of their start.

    Returns:
        Spans that do not overlap and cover the same characters.
    """
    merged: list[Span] = []
    for span in spans:
        if merged and span.start < merged[-1].end:
            merged[-1] = Span(start=merged[-1].start, end=max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return tuple(merged)
