"""How often each label is taken for each other, and what follows from that."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.measures.intervals import Interval, Numbers, percentiles

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ClassScores:
    """Scores of each label, shape (labels,); NaN where there is nothing to divide by.

    Attributes:
        precision: Share of the rows predicted so that are so.
        recall: Share of the rows that are so that are predicted so.
        f1: Their harmonic mean.
        macro_f1: F1 averaged over the labels that occur, or are predicted, at all.
    """

    precision: Numbers
    recall: Numbers
    f1: Numbers
    macro_f1: float


def count_pairs(wanted: Counts, given: Counts, labels: int) -> Counts:
    """A confusion matrix.

    Args:
        wanted: Index of the right label, shape (rows,).
        given: Index of the predicted label, shape (rows,).
        labels: How many there are.

    Returns:
        Rows by right (down) and predicted label (across), shape (labels, labels).
    """
    pairs = wanted.astype(np.int64) * labels + given
    return np.asarray(np.bincount(pairs, minlength=labels * labels).reshape(labels, labels))


def class_scores(counts: Counts) -> ClassScores:
    """What a confusion matrix says of each label.

    Args:
        counts: Right labels down, predicted ones across, at least one row in it.

    Returns:
        The scores.
    """
    right, wanted, given = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    f1 = _share(2 * right, wanted + given)
    return ClassScores(
        precision=_share(right, given), recall=_share(right, wanted), f1=f1, macro_f1=float(np.nanmean(f1))
    )


def f1_intervals(counts: Counts, seed: int, resamples: int = 1_000) -> tuple[Interval, tuple[float, float]]:
    """Where F1 lies, by the percentiles of a bootstrap.

    The matrix of rows that are drawn again is multinomial with the shares of its cells, so it is drawn at once.

    Args:
        counts: A confusion matrix.
        seed: Of the draws.
        resamples: How many.

    Returns:
        Ends for each label, of shape (labels,), and of the macro F1.
    """
    down, across = np.nonzero(counts)
    cells = counts[down, across]
    total = int(cells.sum())
    drawn = np.random.default_rng(seed).multinomial(total, cells / total, size=resamples)
    one = np.eye(len(counts), dtype=np.int64)
    sizes = drawn @ (one[down] + one[across])
    right = drawn @ (one[down] * (down == across)[:, None])
    f1 = 2 * right / np.maximum(sizes, 1)
    macro = f1.sum(axis=1) / (sizes > 0).sum(axis=1)
    low, high = percentiles(macro[:, None])
    return percentiles(f1), (float(low[0]), float(high[0]))


def _share(some: Counts, all_of: Counts) -> Numbers:
    return np.asarray(np.divide(some, all_of, out=np.full(len(all_of), np.nan), where=all_of > 0))
