"""Where the figures of one checkpoint lie, each by itself: 95% intervals."""

from __future__ import annotations

import numpy as np

from workbench.measures import (
    count_pairs,
    f1_intervals,
    mean_interval,
    percentiles,
    resampled_errors,
    star_errors,
    wilson,
    within_one,
)
from workbench.schema import Measure
from workbench.services._judging import Judged

Ends = tuple[float, float]


def intervals_of(judged: Judged, seed: int) -> dict[Measure, Ends]:
    """The 95% intervals of a checkpoint's figures.

    Args:
        judged: Its answers.
        seed: Of the bootstrap.

    Returns:
        Wilson's of the shares, Student's of the mean error (none of a single row), percentiles of a bootstrap of macro
        F1 and calibration error; nothing where no row has a right label.
    """
    if not len(judged.wanted):
        return {}
    given = judged.chances.argmax(axis=1)
    found = {Measure.ACCURACY: _share(judged.right)}
    if judged.ratings is not None:
        found[Measure.OFF_BY_ONE] = _share(within_one(given, judged.wanted, judged.ratings))
        _, low, high = mean_interval(star_errors(judged.chances, judged.wanted, judged.ratings))
        if low is not None and high is not None:
            found[Measure.MAE] = (max(0.0, low), high)
    counts = count_pairs(judged.wanted, given, judged.chances.shape[1])
    found[Measure.MACRO_F1] = f1_intervals(counts, seed)[1]
    low_end, high_end = percentiles(resampled_errors(judged.chances.max(axis=1), judged.right, seed)[:, None])
    found[Measure.ECE] = (float(low_end[0]), float(high_end[0]))
    return found


def _share(hits: np.ndarray) -> Ends:
    low, high = wilson([int(hits.sum())], [len(hits)])
    return float(low[0]), float(high[0])
