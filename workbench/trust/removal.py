"""A review as a game: which units are kept decides the value of the target."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from workbench.pipeline import perturbed, probabilities
from workbench.schema import Answer, Prediction, Span, Target
from workbench.scoring import Run
from workbench.trust.base import Floats, Masks

# The metrics see no more of a model than this: kept units, shape (coalitions, units), to values, shape (coalitions,).
Value = Callable[[Masks], Floats]

# What stands for a removed unit where the tokenizer has no mask token, as in the library shap.
ELLIPSIS = "..."


class Removal(StrEnum):
    """How a unit is removed."""

    MASK = "mask"
    DELETE = "delete"


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
        self._text = prediction.read_text
        self._mask_token = str(run.checkpoint.tokenizer.mask_token or ELLIPSIS)

    def removing_by(self, removal: Removal) -> Game:
        """The same review with its units removed in another way.

        Args:
            removal: How.

        Returns:
            A game on the same run.
        """
        return Game(self.run, self.prediction, self.units, self.target, removal)

    def texts(self, kept: Masks) -> list[str]:
        """The perturbed texts.

        Args:
            kept: Shape (coalitions, units).

        Returns:
            One text a coalition.
        """
        mask = self._mask_token if self.removal is Removal.MASK else None
        return [perturbed(self._text, self.units, list(row), mask) for row in kept]

    def logits(self, kept: Masks) -> npt.NDArray[np.float32]:
        """The logits of coalitions.

        Args:
            kept: Shape (coalitions, units).

        Returns:
            Shape (coalitions, labels).
        """
        return self.run.logits(self.texts(kept))

    def __call__(self, kept: Masks) -> Floats:
        """The target on coalitions.

        Args:
            kept: Shape (coalitions, units).

        Returns:
            Shape (coalitions,).
        """
        return self.run.values(self.texts(kept), self.target)


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
    )
