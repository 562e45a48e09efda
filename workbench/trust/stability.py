"""Stability: a method that draws samples, repeated over seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workbench.errors import InputError
from workbench.schema import Explanation, Stability
from workbench.trust.base import Family, Floats, Masks, measure_all


@dataclass(frozen=True)
class Repetitions:
    """The evidence of the family ``stability``: one method over several seeds.

    Attributes:
        scores: Shape (repetitions, units); the first row is the explanation shown.
        signed: The method has directions.
        r2: Of the first repetition's local fit, where the method fits a model.
    """

    scores: Floats
    signed: bool
    r2: float | None

    @property
    def spreads(self) -> Floats:
        """The largest distance of a repetition from the score shown, shape (units,)."""
        distances: Floats = np.abs(self.scores - self.scores[0]).max(axis=0)
        return distances

    @property
    def flipped(self) -> Masks:
        """Units whose score has both signs, shape (units,)."""
        signs: Masks = (self.scores.min(axis=0) < 0) & (self.scores.max(axis=0) > 0) & self.signed
        return signs


def stability(repetitions: Sequence[Explanation]) -> Stability:
    """Compare repetitions of one method.

    Args:
        repetitions: At least one, of the same text, target and options; the first is the one shown.

    Returns:
        Intervals, words whose sign flips, and figures.

    Raises:
        InputError: The repetitions are not of one explanation.
    """
    shown = repetitions[0]
    # A share on special tokens may have a unit of its own in some repetitions only.
    wide = [[unit for unit in one.units if unit.end > unit.start] for one in repetitions]
    spans = [unit.span for unit in wide[0]]
    if any(
        (one.method, one.text, one.target) != (shown.method, shown.text, shown.target) for one in repetitions
    ) or any([unit.span for unit in units] != spans for units in wide):
        raise InputError("these are not repetitions of one explanation", "repeat one method with other seeds")
    evidence = Repetitions(
        np.array([[unit.score for unit in units] for units in wide]).reshape(len(wide), len(spans)),
        shown.signed,
        _number(shown.details.get("r2")),
    )
    units = [
        unit.model_copy(update={"spread": float(spread)})
        for unit, spread in zip(wide[0], evidence.spreads, strict=True)
    ]
    return Stability(
        method=shown.method,
        seeds=tuple(one.seed for one in repetitions),
        units=tuple(units),
        flipped=tuple(span for span, flips in zip(spans, evidence.flipped, strict=True) if flips),
        figures=measure_all(Family.STABILITY, evidence),
    )


def with_spread(explanation: Explanation, found: Stability) -> Explanation:
    """An explanation with the interval of each score.

    Args:
        explanation: The first of the repetitions.
        found: From ``stability``.

    Returns:
        The same with ``spread`` filled.
    """
    spreads = {unit.span: unit.spread for unit in found.units}
    units = tuple(unit.model_copy(update={"spread": spreads.get(unit.span)}) for unit in explanation.units)
    return explanation.model_copy(update={"units": units})


def _number(value: float | str | None) -> float | None:
    return value if isinstance(value, float) else None
