"""How good a checkpoint is on labelled texts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from workbench.schema import Frozen, Prediction


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
    from sklearn.metrics import f1_score

    labels = predictions[0].labels
    wanted = np.array([labels.index(label) for label in truth])
    given = np.array([labels.index(prediction.label) for prediction in predictions])
    off_by_one = mae = None
    if ratings is not None:
        stars = np.array(ratings)
        expected = np.array([prediction.expected_rating for prediction in predictions], dtype=np.float64)
        off_by_one = float((np.abs(stars[given] - stars[wanted]) <= 1).mean())
        mae = float(np.abs(expected - stars[wanted]).mean())
    confidence = np.array([prediction.confidence for prediction in predictions])
    return Accuracy(
        name=predictions[0].checkpoint.name,
        rows=len(predictions),
        accuracy=float((given == wanted).mean()),
        off_by_one=off_by_one,
        mae=mae,
        macro_f1=float(f1_score(wanted, given, average="macro")),
        ece=calibration_error(confidence, given == wanted),
    )


def calibration_error(confidence: np.ndarray, right: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error: by how much confidence and accuracy differ, averaged over bins of confidence.

    Args:
        confidence: Probability of the predicted label, shape (texts,).
        right: Whether it was right, shape (texts,).
        bins: Of equal width.

    Returns:
        0 to 1, lower is better.
    """
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    sizes = np.bincount(place, minlength=bins)
    gaps = np.abs(np.bincount(place, confidence, bins) - np.bincount(place, right.astype(float), bins))
    return float(gaps.sum() / sizes.sum())
