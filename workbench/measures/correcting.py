"""p values of several tests, corrected for their number."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt


def holm(values: Sequence[float]) -> list[float]:
    """Correct p values of several comparisons (Holm 1979).

    Args:
        values: p values.

    Returns:
        Corrected ones, in the same order: at most as many true nulls as ``level`` times are rejected in all.
    """
    corrected = [0.0] * len(values)
    highest = 0.0
    for rank, place in enumerate(sorted(range(len(values)), key=lambda one: values[one])):
        highest = max(highest, min(1.0, (len(values) - rank) * values[place]))
        corrected[place] = highest
    return corrected


def benjamini_hochberg(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Correct p values so that of those below a level at most this share are true nulls (Benjamini & Hochberg 1995).

    Args:
        values: p values, shape (tests,).

    Returns:
        Corrected ones, in the same order.
    """
    if not values.size:
        return values
    from scipy.stats import false_discovery_control

    return np.asarray(false_discovery_control(values, method="bh"))
