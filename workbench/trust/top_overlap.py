"""Overlap of the words that two methods find most important."""

from __future__ import annotations

import numpy as np

from workbench.schema import Figure
from workbench.trust.agreement import Pair
from workbench.trust.base import Family, Floats, Metric, constant, register, undefined

MOST = 10


@register
class TopOverlap(Metric[Pair]):
    """Share of the k largest magnitudes that two methods have in common, k a quarter of the units, 1 to 10."""

    name = "top_overlap"
    title = "Overlap of the top words"
    meaning = "Which share of the words that matter most to one method also matter most to the other."
    family = Family.AGREEMENT
    low = 0.0
    high = 1.0
    better = "higher"
    source = "Feature agreement of Krishna et al. 2022 (arXiv 2202.01602)"

    def measure(self, evidence: Pair) -> Figure:
        """See ``Metric.measure``."""
        count = len(evidence.left)
        if count < 3:
            return undefined("there are fewer than 3 units")
        if constant(np.abs(evidence.left)) or constant(np.abs(evidence.right)):
            return undefined("all magnitudes of a method are equal")
        size = top_size(count)
        return Figure(value=len(_top(evidence.left, size) & _top(evidence.right, size)) / size)


def top_size(units: int) -> int:
    """How many units count as the top.

    Args:
        units: How many there are.

    Returns:
        A quarter, halves rounded up, at least 1 and at most 10.
    """
    return min(MOST, max(1, int(units / 4 + 0.5)))


def _top(scores: Floats, size: int) -> set[int]:
    return set(map(int, np.argsort(-np.abs(scores), kind="stable")[:size]))
