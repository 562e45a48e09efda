"""95% intervals of shares and means."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Interval = tuple[Numbers, Numbers]

Z = 1.959963984540054  # the 97.5th percentile of the normal distribution
LEVELS = (2.5, 97.5)


def wilson(hits: npt.ArrayLike, rows: npt.ArrayLike) -> Interval:
    """Where a share lies (Wilson 1927); holds for few rows and for shares near 0 and 1.

    Args:
        hits: How many, shape (shares,).
        rows: Of how many, at least one, shape (shares,).

    Returns:
        Lower and upper ends, each of shape (shares,).
    """
    number, some = np.asarray(rows, dtype=np.float64), np.asarray(hits, dtype=np.float64)
    share = some / number
    middle = (share + Z**2 / (2 * number)) / (1 + Z**2 / number)
    half = Z * np.sqrt(share * (1 - share) / number + Z**2 / (4 * number**2)) / (1 + Z**2 / number)
    # At 0 and 1 an end is exactly that, which rounding would miss.
    low, high = np.where(some <= 0, 0.0, middle - half), np.where(some >= number, 1.0, middle + half)
    return np.clip(low, 0.0, share), np.clip(high, share, 1.0)


def mean_interval(values: Numbers) -> tuple[float, float | None, float | None]:
    """A mean and where it lies, by Student's distribution.

    Args:
        values: At least one, shape (rows,).

    Returns:
        The mean, and the lower and upper ends of its interval; none of a single row.
    """
    mean = float(values.mean())
    if values.size < 2:
        return mean, None, None
    from scipy.stats import t

    half = float(t.ppf(0.975, values.size - 1) * values.std(ddof=1) / np.sqrt(values.size))
    return mean, mean - half, mean + half


def percentiles(draws: Numbers) -> Interval:
    """The middle 95% of draws.

    Args:
        draws: Shape (draws, figures).

    Returns:
        Lower and upper ends, each of shape (figures,).
    """
    low, high = np.percentile(draws, LEVELS, axis=0)
    return np.asarray(low), np.asarray(high)
