"""How sure a mean over reviews is, and whether a word matters more than the words beside it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from workbench.schema import Estimated

Floats = npt.NDArray[np.float64]

_RESAMPLES = 2_000
_PERMUTATIONS = 9_999
_BATCH = 200  # resamples in memory at a time


def mean_of(values: npt.ArrayLike, seed: int) -> Estimated:
    """A mean with its 95% percentile interval by the bootstrap over reviews (Efron 1979).

    Args:
        values: One a review, at least one.
        seed: Of the resamples.

    Returns:
        The mean; no interval of a single review.
    """
    from scipy.stats import bootstrap

    array = np.asarray(values, dtype=np.float64)
    if len(array) < 2:
        return Estimated(value=float(array.mean()), low=None, high=None)
    found = bootstrap(
        (array,),
        np.mean,
        n_resamples=_RESAMPLES,
        batch=_BATCH,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return Estimated(value=float(array.mean()), low=float(found.low), high=float(found.high))


def share_of(flags: npt.NDArray[np.bool_]) -> Estimated:
    """A share with its exact 95% interval (Clopper and Pearson 1934).

    Args:
        flags: One a review, at least one.

    Returns:
        The share.
    """
    from scipy.stats import binomtest

    held, count = int(flags.sum()), len(flags)
    found = binomtest(held, count).proportion_ci(0.95, method="exact")
    return Estimated(value=held / count, low=float(found.low), high=float(found.high))


def permuted(changes: Floats, seed: int) -> float:
    """Whether the first edit of each review is like its others.

    In each review the edits are exchanged at random: where the word is one like any other, the mean change of the first
    column is one of the means that this gives. The test is exact but for the drawing of permutations (Phipson and Smyth
    2010).

    Args:
        changes: Shape (reviews, edits); the first is the word's.
        seed: Of the permutations.

    Returns:
        The two-sided p.
    """
    rng = np.random.default_rng(seed)
    centred = changes - changes.mean(axis=1, keepdims=True)
    observed = abs(centred[:, 0].sum())
    totals = np.zeros(_PERMUTATIONS)
    for row in centred:
        totals += row[rng.integers(0, centred.shape[1], _PERMUTATIONS)]
    # Equal sums may differ by rounding.
    as_large = np.abs(totals) >= observed - 1e-12 * max(1.0, observed)
    return float((1 + as_large.sum()) / (_PERMUTATIONS + 1))


def superiority(changes: Floats) -> float:
    """How often the first edit lowers more than another of the same review (Vargha and Delaney 2000).

    Args:
        changes: Shape (reviews, edits); the first is the word's.

    Returns:
        The chance, ties counting half.
    """
    ours, others = changes[:, :1], changes[:, 1:]
    return float(np.mean((ours < others) + 0.5 * (ours == others)))
