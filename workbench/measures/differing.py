"""How a part of the rows differs from the rest: in a share, or in a mean; many parts at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.measures.intervals import Interval, Numbers, wilson
from workbench.measures.tails import two_sided


@dataclass(frozen=True)
class Sums:
    """What is added up over rows; each of shape (parts,).

    Attributes:
        rows: How many.
        total: Of their values.
        squares: Of these squared.
    """

    rows: Numbers
    total: Numbers
    squares: Numbers

    def without(self, part: Sums) -> Sums:
        """The sums of the other rows."""
        return Sums(self.rows - part.rows, self.total - part.total, self.squares - part.squares)

    def mean(self) -> Numbers:
        """Of the values."""
        return np.asarray(self.total / self.rows)

    def spread(self) -> Numbers:
        """The variance of the mean, by the values of at least two rows."""
        # A sum of squares less the square of a sum may fall below zero by rounding.
        inner = np.maximum(self.squares - self.total**2 / self.rows, 0.0)
        return np.asarray(inner / (self.rows - 1) / self.rows)


@dataclass(frozen=True)
class Differences:
    """Of parts to the rest; each of shape (parts,).

    Attributes:
        value: The part less the rest.
        low: Lower end of its 95% interval.
        high: Upper end.
        p: How probable at least such a difference is where there is none, two-sided.
        inside: Ends of the 95% interval of the part itself.
    """

    value: Numbers
    low: Numbers
    high: Numbers
    p: Numbers
    inside: Interval


def share_differences(part: Sums, rest: Sums) -> Differences:
    """Differences of shares: Newcombe's interval (1998, method 10), Fisher's exact test with the smaller tail doubled.

    Args:
        part: Of values 0 and 1, at least one row each.
        rest: The others, likewise.

    Returns:
        The differences.
    """
    ours, others = part.mean(), rest.mean()
    (low, high), (rest_low, rest_high) = wilson(part.total, part.rows), wilson(rest.total, rest.rows)
    value = ours - others
    return Differences(
        value=value,
        low=value - np.hypot(ours - low, rest_high - others),
        high=value + np.hypot(high - ours, others - rest_low),
        p=two_sided(part.total, part.rows, part.total + rest.total, part.rows + rest.rows),
        inside=(low, high),
    )


def mean_differences(part: Sums, rest: Sums) -> Differences:
    """Differences of means, their variances not taken for equal (Welch 1947).

    Args:
        part: At least two rows each.
        rest: The others, likewise.

    Returns:
        The differences.
    """
    from scipy.stats import t

    ours, others = part.spread(), rest.spread()
    both = ours + others
    known = both > 0
    safe = np.where(known, both, 1.0)
    weights = ours**2 / (part.rows - 1) + others**2 / (rest.rows - 1)
    freedom = np.where(known, safe**2 / np.where(known, weights, 1.0), 1.0)
    value = part.mean() - rest.mean()
    half = np.where(known, t.ppf(0.975, freedom) * np.sqrt(safe), 0.0)
    # Values that never vary either differ for sure or not at all.
    p = np.where(known, 2 * t.sf(np.abs(value) / np.sqrt(safe), freedom), value == 0)
    own = t.ppf(0.975, part.rows - 1) * np.sqrt(ours)
    return Differences(value, value - half, value + half, p, (part.mean() - own, part.mean() + own))
