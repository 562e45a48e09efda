"""Sanity: a method that says the same of a model with shuffled weights says nothing about the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from workbench.schema import Figure, Sanity, SanityCheck
from workbench.trust.base import Family, Floats, measure_all, undefined

# From this rank correlation on, a ranking counts as unchanged by shuffling everything. Shuffling the top alone leaves
# the encoder's states as they were, and whatever moves those most still tends to move the answer most: there only
# scores that stay the same to the last digits count.
UNCHANGED = 0.9
EVERYTHING = "all"


@dataclass(frozen=True)
class Shuffling:
    """The evidence of the family ``sanity``: one method before and after shuffling weights.

    Attributes:
        before: Scores, shape (units,).
        after: Likewise, on the model with shuffled weights.
    """

    before: Floats
    after: Floats


def sanity(method: str, before: Floats, after: Mapping[str, Floats | str]) -> Sanity:
    """Compare a method before and after shuffling.

    Args:
        method: Its name.
        before: Scores on the model itself, shape (units,).
        after: What was shuffled to the scores then, or to why there are none.

    Returns:
        One check a depth. Insensitive is a method whose scores do not depend on what was shuffled at all, or whose
        ranking survives the shuffling of every weight.
    """
    checks = [SanityCheck(depth=depth, figures=_figures(before, found)) for depth, found in after.items()]
    left = {check.depth: check.figures["randomisation"].value for check in checks}
    unchanged = tuple(
        depth
        for depth, found in after.items()
        if _same(before, found) or (depth == EVERYTHING and (left[depth] or 0.0) >= UNCHANGED)
    )
    known = bool(unchanged) or left.get(EVERYTHING) is not None
    return Sanity(
        method=method, checks=tuple(checks), unchanged_by=unchanged, insensitive=bool(unchanged) if known else None
    )


def _same(before: Floats, after: Floats | str) -> bool:
    """Whether the scores do not depend on what was shuffled."""
    if isinstance(after, str) or not before.any():
        return False
    return bool(np.allclose(before, after, rtol=1e-4, atol=1e-6 * float(np.abs(before).max())))


def _figures(before: Floats, after: Floats | str) -> dict[str, Figure]:
    if isinstance(after, str):
        return {"randomisation": undefined(after)}
    return measure_all(Family.SANITY, Shuffling(before, after))
