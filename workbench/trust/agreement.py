"""Agreement between each two methods on the same units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from workbench.schema import Agreement, Span
from workbench.trust.base import Family, Floats, Masks, measure_all

# Below this share of its own largest magnitude a score is near nothing, and its sign says little.
CLEAR = 0.1


@dataclass(frozen=True)
class Pair:
    """The evidence of the family ``agreement``: two methods on the same units.

    Attributes:
        left: Scores, shape (units,).
        right: Likewise.
        signed: Both methods have directions.
    """

    left: Floats
    right: Floats
    signed: bool

    @property
    def clear(self) -> Masks:
        """Units that both methods score clearly, shape (units,)."""
        marks = [np.abs(side) >= CLEAR * np.abs(side).max(initial=0.0) for side in (self.left, self.right)]
        found: Masks = marks[0] & marks[1] & (self.left != 0) & (self.right != 0)
        return found

    @property
    def conflicts(self) -> Masks:
        """Those of the clear units whose signs differ; none where a method has no directions."""
        found: Masks = self.clear & (np.sign(self.left) != np.sign(self.right)) & self.signed
        return found


def agreement(units: Sequence[Span], scores: Mapping[str, Floats], signed: Mapping[str, bool]) -> tuple[Agreement, ...]:
    """Compare each two methods.

    Args:
        units: What was scored.
        scores: Method to scores of shape (units,).
        signed: Method to whether its signs mean directions.

    Returns:
        One entry a pair, in the order of ``scores``.
    """
    found = []
    for left, right in combinations(scores, 2):
        pair = Pair(scores[left], scores[right], signed[left] and signed[right])
        found.append(
            Agreement(
                methods=(left, right),
                signed=pair.signed,
                figures=measure_all(Family.AGREEMENT, pair),
                conflicts=tuple(unit for unit, clash in zip(units, pair.conflicts, strict=True) if clash),
            )
        )
    return tuple(found)
