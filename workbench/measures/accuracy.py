"""How good a checkpoint is on labelled texts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from workbench.measures.rows import star_errors, within_one
from workbench.schema import CalibrationBin, Frozen, Prediction

BINS = 15


class Accuracy(Frozen):
    """Figures of one checkpoint on one file.

    Attributes:
        name: The checkpoint.
        rows: Texts.
        accuracy: Share predicted exactly, 0 to 1, higher is better.
        off_by_one: Share at most one label off; none where labels are no ratings.
        mae: Mean absolute error of the expected rating, in stars, lower is better; none likewise.
        macro_f1: F1 averaged over the labels that occur, 0 to 1.
        ece: Expected calibration error over 15 bins of confidence (Guo et al. 2017), 0 to 1, lower is better.
    """

    name: str
    rows: int
    accuracy: float
    off_by_one: float | None
    mae: float | None
    macro_f1: float
    ece: float


def measure(predictions: Sequence[Prediction], truth: Sequence[str], ratings: Sequence[int] | None) -> Accuracy:
    """Compare predictions with labels.

    Args:
        predictions: At least one, of one checkpoint.
        truth: The right label of each.
        ratings: The number that each label of the checkpoint stands for, where they are ordinal.

    Returns:
        The figures.
    """
    labels = predictions[0].labels
    wanted = np.array([labels.index(label) for label in truth])
    chances = np.array([prediction.probabilities for prediction in predictions])
    return measure_chances(predictions[0].checkpoint.name, chances, wanted, ratings)


def measure_chances(
    name: str, chances: npt.NDArray[np.float64], wanted: npt.NDArray[np.int64], ratings: Sequence[int] | None
) -> Accuracy:
    """Compare probabilities with labels.

    Args:
        name: The checkpoint.
        chances: Shape (texts, labels), at least one text.
        wanted: Index of the right label of each text.
        ratings: The number that each label stands for, where they are ordinal.

    Returns:
        The figures.
    """
    from sklearn.metrics import f1_score

    given = chances.argmax(axis=1)
    off_by_one = mae = None
    if ratings is not None:
        off_by_one = float(within_one(given, wanted, ratings).mean())
        mae = float(star_errors(chances, wanted, ratings).mean())
    return Accuracy(
        name=name,
        rows=len(chances),
        accuracy=float((given == wanted).mean()),
        off_by_one=off_by_one,
        mae=mae,
        macro_f1=float(f1_score(wanted, given, average="macro")),
        ece=calibration_error(chances.max(axis=1), given == wanted),
    )


def calibration_bins(
    confidence: npt.NDArray[np.float64], right: npt.NDArray[np.bool_], bins: int = BINS
) -> tuple[CalibrationBin, ...]:
    """Accuracy of predictions of about the same confidence, for a reliability drawing.

    Args:
        confidence: Probability of the predicted label, shape (texts,).
        right: Whether it was right, shape (texts,).
        bins: Of equal width.

    Returns:
        One a bin, from 0 to 1; empty ones too.
    """
    place = bin_places(confidence, bins)
    found = []
    for number in range(bins):
        inside = place == number
        some = bool(inside.any())
        found.append(
            CalibrationBin(
                low=number / bins,
                high=(number + 1) / bins,
                rows=int(inside.sum()),
                confidence=float(confidence[inside].mean()) if some else None,
                accuracy=float(right[inside].mean()) if some else None,
            )
        )
    return tuple(found)


def bin_places(confidence: npt.NDArray[np.float64], bins: int = BINS) -> npt.NDArray[np.int64]:
    """The bin of each confidence; one of exactly 1 lies in the last."""
    return np.minimum((confidence * bins).astype(np.int64), bins - 1)


def calibration_error(confidence: np.ndarray, right: np.ndarray, bins: int = BINS) -> float:
    """Expected calibration error: by how much confidence and accuracy differ, averaged over bins of confidence.

    Args:
        confidence: Probability of the predicted label, shape (texts,).
        right: Whether it was right, shape (texts,).
        bins: Of equal width.

    Returns:
        0 to 1, lower is better.
    """
    place = bin_places(confidence, bins)
    sizes = np.bincount(place, minlength=bins)
    gaps = np.abs(np.bincount(place, confidence, bins) - np.bincount(place, right.astype(float), bins))
    return float(gaps.sum() / sizes.sum())
