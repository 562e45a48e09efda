"""A review as a game: which units are kept decides the value of the target."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from workbench.pipeline import mask_of, perturbed, probabilities, target_values
from workbench.schema import Activation, Answer, Prediction, Span, Target, Window
from workbench.scoring import Run
from workbench.trust.base import Floats, Masks

# The metrics see no more of a model than this: kept units, shape (coalitions, units), to values, shape (coalitions,).
Value = Callable[[Masks], Floats]


class Removal(StrEnum):
    """How a unit is removed."""

    MASK = "mask"
    DELETE = "delete"


@dataclass(frozen=True)
class Part:
    """What one pass of the model reads: the review, or one window of a long one.

    Attributes:
        text: What is read.
        start: Where it begins in the review.
        weight: Its share in the value.
        units: The units in it, by its own offsets; one that an edge of the window cuts is here with what lies inside.
        columns: Which of the review's units these are.
    """

    text: str
    start: int
    weight: float
    units: tuple[Span, ...]
    columns: tuple[int, ...]


class Game:
    """One review with its units removed or kept, evaluated through the scorer.

    Args:
        run: The door to the model; it counts.
        prediction: Of the whole review.
        units: What can be removed.
        target: What is evaluated.
        removal: How.
    """

    def __init__(
        self,
        run: Run,
        prediction: Prediction,
        units: Sequence[Span],
        target: Target,
        removal: Removal = Removal.MASK,
    ) -> None:
        self.run = run
        self.units = tuple(units)
        self.target = target
        self.removal = Removal(removal)
        self.prediction = prediction
        self.parts = _parts(prediction, self.units)
        self._weights = np.array([part.weight for part in self.parts])
        self._mask_token = mask_of(run.checkpoint)

    def removing_by(self, removal: Removal) -> Game:
        """The same review with its units removed in another way.

        Args:
            removal: How.

        Returns:
            A game on the same run.
        """
        return Game(self.run, self.prediction, self.units, self.target, removal)

    def texts(self, kept: Masks, part: int = 0) -> list[str]:
        """The perturbed texts of one part.

        Args:
            kept: Shape (coalitions, units).
            part: Which; there is one unless the review is read in windows.

        Returns:
            One text a coalition.
        """
        chosen = self.parts[part]
        rows = np.asarray(kept)[:, list(chosen.columns)]
        mask = self._mask_token if self.removal is Removal.MASK else None
        return [perturbed(chosen.text, chosen.units, list(row), mask) for row in rows]

    def logits(self, kept: Masks) -> npt.NDArray[np.float32]:
        """The logits of coalitions.

        Args:
            kept: Shape (coalitions, units).

        Returns:
            Shape (coalitions, labels).
        """
        return self.pooled([self.texts(kept, part) for part in range(len(self.parts))])

    def pooled(self, texts: Sequence[Sequence[str]]) -> npt.NDArray[np.float32]:
        """The logits of reviews given part by part.

        Args:
            texts: For each part, one text a review.

        Returns:
            Shape (reviews, labels). With windows those whose probabilities are the windows' mean.
        """
        logits = self._of_parts(texts)
        if len(logits) == 1:
            only: npt.NDArray[np.float32] = logits[0]
            return only
        # Slow to import, and of no use before a review of several windows is judged.
        from scipy import special

        softmax = self.run.checkpoint.activation is Activation.SOFTMAX
        chances = np.tensordot(self._weights, probabilities(logits, self.run.checkpoint.activation), axes=1)
        result: npt.NDArray[np.float32] = (np.log(chances) if softmax else special.logit(chances)).astype(np.float32)
        return result

    def __call__(self, kept: Masks) -> Floats:
        """The target on coalitions.

        Args:
            kept: Shape (coalitions, units).

        Returns:
            Shape (coalitions,); with windows their mean.
        """
        logits = self._of_parts([self.texts(kept, part) for part in range(len(self.parts))])
        values = [target_values(self.run.checkpoint, self.target, each) for each in logits]
        result: Floats = self._weights @ np.array(values) if len(values) > 1 else values[0]
        return result

    def _of_parts(self, texts: Sequence[Sequence[str]]) -> npt.NDArray[np.float32]:
        """Shape (parts, reviews, labels); all at once, so that batches are full."""
        logits = self.run.logits([text for part in texts for text in part])
        result: npt.NDArray[np.float32] = logits.reshape(len(texts), -1, logits.shape[-1])
        return result


def _parts(prediction: Prediction, units: Sequence[Span]) -> tuple[Part, ...]:
    if not prediction.windows:
        return (Part(prediction.read_text, 0, 1.0, tuple(units), tuple(range(len(units)))),)
    return tuple(_part(window, units) for window in prediction.windows)


def _part(window: Window, units: Sequence[Span]) -> Part:
    inside = [
        (index, Span(start=max(unit.start, window.start), end=min(unit.end, window.end)).moved(-window.start))
        for index, unit in enumerate(units)
        if unit.start < window.end and unit.end > window.start
    ]
    columns, spans = zip(*inside, strict=True)
    return Part(window.prediction.text, window.start, window.weight, spans, columns)


def answer(run: Run, logits: npt.NDArray[np.float32]) -> Answer:
    """Logits of one text as an answer.

    Args:
        run: Whose checkpoint gave them.
        logits: Shape (labels,).

    Returns:
        Label, probabilities and expected rating.
    """
    checkpoint = run.checkpoint
    chances = probabilities(logits, checkpoint.activation)
    ratings = checkpoint.ratings
    return Answer(
        label=checkpoint.labels[int(np.argmax(chances))],
        probabilities=dict(zip(checkpoint.labels, map(float, chances), strict=True)),
        expected_rating=float(chances @ np.array(ratings)) if ratings else None,
        activation=checkpoint.activation,
    )
