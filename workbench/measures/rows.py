"""What each row adds to a mean: errors in stars and of probabilities."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]


def star_errors(chances: Numbers, wanted: Indices, ratings: Sequence[int]) -> Numbers:
    """By how many stars each expected rating is off.

    Args:
        chances: Shape (rows, labels).
        wanted: Index of the right label, shape (rows,).
        ratings: The number of stars of each label.

    Returns:
        Shape (rows,).
    """
    stars = np.array(ratings, dtype=np.float64)
    return np.asarray(np.abs(chances @ stars - stars[wanted]))


def within_one(given: Indices, wanted: Indices, ratings: Sequence[int]) -> npt.NDArray[np.bool_]:
    """Whether each predicted label is at most one star off.

    Args:
        given: Index of the predicted label, shape (rows,).
        wanted: Index of the right one, shape (rows,).
        ratings: The number of stars of each label.

    Returns:
        Shape (rows,).
    """
    stars = np.array(ratings)
    return np.asarray(np.abs(stars[given] - stars[wanted]) <= 1)


def log_losses(chances: Numbers, wanted: Indices) -> Numbers:
    """Minus the logarithm of each right label's probability, which is kept from zero.

    Args:
        chances: Shape (rows, labels).
        wanted: Index of the right label, shape (rows,).

    Returns:
        Shape (rows,).
    """
    right = chances[np.arange(len(wanted)), wanted]
    return np.asarray(-np.log(np.maximum(right, np.finfo(np.float64).eps)))


def brier_scores(chances: Numbers, wanted: Indices) -> Numbers:
    """Squared distance of each row's probabilities from certainty of the right label, 0 to 2 (Brier 1950).

    Args:
        chances: Shape (rows, labels).
        wanted: Index of the right label, shape (rows,).

    Returns:
        Shape (rows,).
    """
    right = chances[np.arange(len(wanted)), wanted]
    return np.asarray((chances**2).sum(axis=1) + 1 - 2 * right)
