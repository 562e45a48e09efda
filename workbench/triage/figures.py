"""How good the predictions of a data set are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from workbench.measures import (
    brier_scores,
    class_scores,
    count_pairs,
    f1_intervals,
    log_losses,
    measure_chances,
    percentiles,
    resampled_errors,
    star_errors,
)
from workbench.schema import Activation, ConfidenceBin, DatasetFigures, Estimate, LabelFigures, RowFilter
from workbench.triage._columns import Columns, mean, predicted_rows, read, share
from workbench.triage.filtering import condition

if TYPE_CHECKING:
    from workbench.triage.dataset import Dataset

ALL_ROWS = RowFilter()
_BARS = 20


def figures(dataset: Dataset, chosen: RowFilter = ALL_ROWS, *, seed: int = 0) -> DatasetFigures:
    """How good the predictions of some rows are; the definitions are those of ``workbench evaluate``.

    Intervals of shares are Wilson's, of means Student's; those of F1 and of the calibration error are percentiles of a
    bootstrap.

    Args:
        dataset: The batch.
        chosen: Which rows; with a temperature, the figures are those of the scaled probabilities.
        seed: Of the bootstrap.

    Returns:
        The figures; without labels the distribution alone.

    Raises:
        InputError: The filter names a column that is not there, or a temperature where there can be none.
    """
    rows = read(dataset, chosen)
    labels, ratings = dataset.manifest.checkpoint.labels, dataset.manifest.ratings
    judged = rows.among(rows.known)
    stars = None if ratings is None or not len(rows.truth) else mean(rows.chances @ np.array(ratings, dtype=float))
    found = DatasetFigures(
        chosen=chosen,
        labels=labels,
        rows=len(rows.truth),
        errors=_errors(dataset, chosen),
        labelled=len(judged.truth),
        unknown=_unknown(dataset, chosen),
        predicted=tuple(np.bincount(rows.predicted, minlength=len(labels)).tolist()),
        expected=stars,
        histogram=_histogram(rows),
        seed=seed,
    )
    return found.model_copy(update=_judged(dataset, judged, seed)) if len(judged.truth) else found


def _errors(dataset: Dataset, chosen: RowFilter) -> int:
    failed = chosen.model_copy(update={"failed": True})
    where, values = condition(failed, dataset.manifest.options.extra_columns)
    return int(dataset.ask(f"SELECT count(*) FROM reviews WHERE {where}", values)[0][0])


def _unknown(dataset: Dataset, chosen: RowFilter) -> int:
    where, values = predicted_rows(dataset, chosen)
    return int(dataset.ask(f"SELECT count(given) FROM reviews WHERE ({where}) AND truth IS NULL", values)[0][0])


def _histogram(rows: Columns) -> tuple[ConfidenceBin, ...]:
    place = np.minimum((rows.confidence * _BARS).astype(np.int64), _BARS - 1)

    def count(which: npt.NDArray[np.bool_]) -> list[int]:
        return [int(rows) for rows in np.bincount(place[which], minlength=_BARS)]

    every, right, wrong = count(place >= 0), count(rows.right), count(rows.known & ~rows.right)
    return tuple(
        ConfidenceBin(low=bar / _BARS, high=(bar + 1) / _BARS, rows=every[bar], right=right[bar], wrong=wrong[bar])
        for bar in range(_BARS)
    )


def _judged(dataset: Dataset, rows: Columns, seed: int) -> dict[str, object]:
    """What needs right labels."""
    manifest = dataset.manifest
    labels, ratings, size = manifest.checkpoint.labels, manifest.ratings, len(rows.truth)
    found = measure_chances(manifest.checkpoint.name, rows.chances, rows.truth, ratings)
    counts = count_pairs(rows.truth, rows.predicted, len(labels))
    f1, macro = f1_intervals(counts, seed)
    low, high = percentiles(resampled_errors(rows.confidence, rows.right, seed)[:, None])
    softmax = manifest.activation is Activation.SOFTMAX
    starred = found.off_by_one is not None and ratings is not None
    return {
        "accuracy": share(round(found.accuracy * size), size),
        "off_by_one": share(round((found.off_by_one or 0.0) * size), size) if starred else None,
        "mae": mean(star_errors(rows.chances, rows.truth, ratings)) if ratings is not None else None,
        "macro_f1": Estimate(value=found.macro_f1, low=macro[0], high=macro[1]),
        "ece": Estimate(value=found.ece, low=float(low[0]), high=float(high[0])),
        "log_loss": mean(log_losses(rows.chances, rows.truth)) if softmax else None,
        "brier": mean(brier_scores(rows.chances, rows.truth)) if softmax else None,
        "classes": _classes(labels, counts, f1),
        "confusion": tuple(map(tuple, counts.tolist())),
    }


def _classes(
    labels: tuple[str, ...], counts: npt.NDArray[np.int64], f1: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]
) -> tuple[LabelFigures, ...]:
    scores = class_scores(counts)
    right, wanted, given = np.diag(counts).tolist(), counts.sum(axis=1).tolist(), counts.sum(axis=0).tolist()
    return tuple(
        LabelFigures(
            label=label,
            rows=wanted[place],
            predicted=given[place],
            precision=share(right[place], given[place]),
            recall=share(right[place], wanted[place]),
            f1=Estimate(value=scores.f1[place], low=f1[0][place], high=f1[1][place])
            if wanted[place] + given[place]
            else None,
        )
        for place, label in enumerate(labels)
    )
