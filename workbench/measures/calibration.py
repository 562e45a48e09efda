"""How far off a calibration error may be, and how large it is by chance alone.

Both draw many files of the same size. Rows of nearly the same confidence (a twentieth of a bin) are taken together for
that, so that the time does not grow with the rows; the error itself is exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.measures.accuracy import BINS, bin_places
from workbench.measures.intervals import Numbers

_PARTS = 20  # of a bin


@dataclass(frozen=True)
class _Cells:
    """Rows of nearly the same confidence, of one bin.

    Attributes:
        rows: How many, shape (cells,).
        confidence: Their mean.
        right: Share of them that is right.
        place: Their bin, as one in a row of zeros, shape (cells, bins).
    """

    rows: npt.NDArray[np.int64]
    confidence: Numbers
    right: Numbers
    place: Numbers


def resampled_errors(
    confidence: Numbers, right: npt.NDArray[np.bool_], seed: int, resamples: int = 1_000, bins: int = BINS
) -> Numbers:
    """Calibration errors of the rows drawn again with replacement.

    Args:
        confidence: Probability of the predicted label, shape (rows,), at least one.
        right: Whether it was right, shape (rows,).
        seed: Of the draws.
        resamples: How many.
        bins: Of equal width.

    Returns:
        Shape (resamples,).
    """
    # Right and wrong ones apart, since a draw changes how many there are of each.
    cells = _cells(confidence, right, np.where(right, 1, 0), bins)
    drawn = np.random.default_rng(seed).multinomial(len(right), cells.rows / len(right), size=resamples)
    return _errors(drawn * (cells.confidence - cells.right), cells, len(right))


def errors_by_chance(confidence: Numbers, seed: int, resamples: int = 1_000, bins: int = BINS) -> Numbers:
    """Calibration errors of such rows if each were right as often as it is sure (Bröcker & Smith 2007).

    Args:
        confidence: Probability of the predicted label, shape (rows,), at least one.
        seed: Of the draws.
        resamples: How many.
        bins: Of equal width.

    Returns:
        Shape (resamples,).
    """
    cells = _cells(confidence, np.zeros(len(confidence), dtype=bool), np.zeros(len(confidence), dtype=np.int64), bins)
    sure = np.clip(cells.confidence, 0.0, 1.0)
    hits = np.random.default_rng(seed).binomial(cells.rows, sure, size=(resamples, len(sure)))
    return _errors(cells.rows * cells.confidence - hits, cells, len(confidence))


def _cells(confidence: Numbers, right: npt.NDArray[np.bool_], kind: npt.NDArray[np.int64], bins: int) -> _Cells:
    # Parts of bins by the bins' own rule, so that no row crosses an edge.
    place = bin_places(confidence, bins)
    part = np.clip(((confidence * bins - place) * _PARTS).astype(np.int64), 0, _PARTS - 1)
    key = (place * _PARTS + part) * 2 + kind
    rows = np.bincount(key, minlength=bins * _PARTS * 2)
    some = np.flatnonzero(rows)
    return _Cells(
        rows=rows[some],
        confidence=np.bincount(key, confidence)[some] / rows[some],
        right=np.bincount(key, right.astype(np.float64))[some] / rows[some],
        place=np.eye(bins)[some // (_PARTS * 2)],
    )


def _errors(gaps: Numbers, cells: _Cells, rows: int) -> Numbers:
    return np.asarray(np.abs(gaps @ cells.place).sum(axis=1) / rows)
