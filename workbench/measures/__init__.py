"""How good predictions are: figures, their uncertainty, and corrections for looking many times."""

from workbench.measures.accuracy import (
    BINS,
    Accuracy,
    bin_places,
    calibration_bins,
    calibration_error,
    measure,
    measure_chances,
)
from workbench.measures.calibration import errors_by_chance, resampled_errors
from workbench.measures.confusion import ClassScores, class_scores, count_pairs, f1_intervals
from workbench.measures.correcting import benjamini_hochberg, holm
from workbench.measures.differing import Differences, Sums, mean_differences, share_differences
from workbench.measures.intervals import Interval, mean_interval, percentiles, wilson
from workbench.measures.rows import brier_scores, log_losses, star_errors, within_one

__all__ = [
    "BINS",
    "Accuracy",
    "ClassScores",
    "Differences",
    "Interval",
    "Sums",
    "benjamini_hochberg",
    "bin_places",
    "brier_scores",
    "calibration_bins",
    "calibration_error",
    "class_scores",
    "count_pairs",
    "errors_by_chance",
    "f1_intervals",
    "holm",
    "log_losses",
    "mean_differences",
    "mean_interval",
    "measure",
    "measure_chances",
    "percentiles",
    "resampled_errors",
    "share_differences",
    "star_errors",
    "wilson",
    "within_one",
]
