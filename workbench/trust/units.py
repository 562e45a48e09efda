"""Explanations on common units, so that their scores can be compared one by one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from workbench.errors import InputError
from workbench.schema import Explanation, Span
from workbench.text import overlap
from workbench.trust.base import Floats


def common_units(explanations: Sequence[Explanation]) -> tuple[Span, ...]:
    """The finest units among explanations of one text.

    Args:
        explanations: At least one; of the same text and target.

    Returns:
        Spans with width, in order.

    Raises:
        InputError: The explanations are not of one text and target.
    """
    first = explanations[0]
    if any((other.text, other.target) != (first.text, first.target) for other in explanations):
        raise InputError("the explanations differ in text or target", "compare explanations of one prediction")
    return max((_with_width(explanation) for explanation in explanations), key=len)


def scores_on(explanation: Explanation, units: Sequence[Span]) -> Floats:
    """The scores of an explanation on given units.

    A score of a phrase is spread over its units by characters, which keeps the total. Scores of units without width
    (a share that fell on special tokens) belong to no piece of the text and are left out.

    Args:
        explanation: What to place.
        units: Not overlapping.

    Returns:
        Shape (units,).
    """
    placed = [unit for unit in explanation.units if unit.end > unit.start]
    scores = np.array([unit.score for unit in placed], dtype=np.float64)
    spans = [unit.span for unit in placed]
    # Without the matrix where nothing is to be spread, so that equal scores stay exactly equal.
    return scores if spans == list(units) else scores @ overlap(spans, units)


def _with_width(explanation: Explanation) -> tuple[Span, ...]:
    return tuple(unit.span for unit in explanation.units if unit.end > unit.start)
