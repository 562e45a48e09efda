"""How far confidence can be believed, and a temperature that makes it more believable."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from workbench.errors import InputError
from workbench.measures import (
    calibration_bins,
    calibration_error,
    errors_by_chance,
    log_losses,
    percentiles,
    resampled_errors,
    wilson,
)
from workbench.schema import Estimate, Reliability, ReliabilityBin, RowFilter, Scaled, TemperatureScaling
from workbench.triage._columns import Columns, mean, proportion, read, scaled, temperature_obstacle
from workbench.triage.figures import ALL_ROWS

if TYPE_CHECKING:
    from workbench.triage.dataset import Dataset

LEAST_ROWS = 100
_LIMITS = (0.05, 20.0)


def reliability(dataset: Dataset, chosen: RowFilter = ALL_ROWS, *, seed: int = 0) -> Reliability:
    """How often predictions are right when they are so sure.

    Args:
        dataset: The batch.
        chosen: Which rows; with a temperature, that of the scaled confidence.
        seed: Of the bootstrap.

    Returns:
        Bins with Wilson's intervals, and their error with what chance alone explains.

    Raises:
        InputError: No row has a right label.
    """
    rows = labelled(dataset, chosen)
    bins = []
    for one in calibration_bins(rows.confidence, rows.right):
        # No rows, no interval.
        low, high = wilson((one.accuracy or 0.0) * one.rows, max(one.rows, 1))
        ends = {"accuracy_low": float(low), "accuracy_high": float(high)} if one.rows else {}
        bins.append(ReliabilityBin(**one.model_dump(), **({"accuracy_low": None, "accuracy_high": None} | ends)))
    return Reliability(
        rows=len(rows.truth),
        bins=tuple(bins),
        ece=_calibration(rows.confidence, rows.right, seed),
        by_chance=float(np.percentile(errors_by_chance(rows.confidence, seed), 95)),
        temperature=chosen.temperature,
        seed=seed,
    )


def scaling_obstacle(dataset: Dataset, chosen: RowFilter = ALL_ROWS) -> str | None:
    """Why no temperature can be fitted, as a clause; none where one can.

    Args:
        dataset: The batch.
        chosen: Which rows.
    """
    if reason := temperature_obstacle(dataset):
        return reason
    rows = read(dataset, chosen.model_copy(update={"temperature": None}))
    return _too_few(int(rows.known.sum()))


def fit_temperature(dataset: Dataset, chosen: RowFilter = ALL_ROWS, *, seed: int = 0) -> TemperatureScaling:
    """Fit a temperature on a random half of the labelled rows and measure it on the other (Guo et al. 2017).

    Args:
        dataset: The batch.
        chosen: Which rows; a temperature in it is left out.
        seed: Of the halves and of the bootstrap.

    Returns:
        The temperature and its effect; put it into a ``RowFilter`` to use it.

    Raises:
        InputError: The checkpoint is no softmax classifier, or fewer than 100 rows have a right label.
    """
    if reason := temperature_obstacle(dataset):
        raise InputError(reason, "use its confidence as it is")
    rows = read(dataset, chosen.model_copy(update={"temperature": None}))
    rows = rows.among(rows.known)
    if reason := _too_few(len(rows.truth)):
        raise InputError(reason, f"label at least {LEAST_ROWS}")
    order = np.random.default_rng(seed).permutation(len(rows.truth))
    fitting, measuring = rows.among(np.sort(order[::2])), rows.among(np.sort(order[1::2]))
    found = best_temperature(fitting.logits, fitting.truth)
    chances = scaled(measuring.logits, found.value)
    gains = log_losses(measuring.chances, measuring.truth) - log_losses(chances, measuring.truth)
    gain = mean(gains)
    at_limit = found.low is None
    return TemperatureScaling(
        temperature=found,
        fitted=len(fitting.truth),
        measured=len(measuring.truth),
        accuracy=proportion(int(measuring.right.sum()), len(measuring.truth)),
        before=_effect(measuring, measuring.chances, seed),
        after=_effect(measuring, chances, seed),
        gain=gain,
        helps=not at_limit and gain.low is not None and gain.low > 0,
        at_limit=at_limit,
        seed=seed,
    )


def best_temperature(logits: npt.NDArray[np.float64], truth: npt.NDArray[np.int64]) -> Estimate:
    """The temperature of the least log loss.

    The log loss is convex in one over the temperature; the interval comes from its slope and curvature there (sandwich,
    White 1982).

    Args:
        logits: Shape (rows, labels), at least two rows.
        truth: Index of the right label, shape (rows,).

    Returns:
        The temperature; without an interval where it lies at a limit of the search, 0.05 or 20.
    """
    from scipy.optimize import brentq

    wanted = logits[np.arange(len(truth)), truth]

    def slopes(sharpness: float) -> npt.NDArray[np.float64]:
        return np.asarray((scaled(logits, 1 / sharpness) * logits).sum(axis=1) - wanted)

    low, high = 1 / _LIMITS[1], 1 / _LIMITS[0]
    if slopes(low).sum() >= 0:
        return Estimate(value=_LIMITS[1])
    if slopes(high).sum() <= 0:
        return Estimate(value=_LIMITS[0])
    sharpness = float(brentq(lambda one: float(slopes(one).sum()), low, high, xtol=1e-9))
    chances = scaled(logits, 1 / sharpness)
    middle = (chances * logits).sum(axis=1, keepdims=True)
    curvature = float((chances * (logits - middle) ** 2).sum())
    half = 1.959964 * float(np.sqrt((slopes(sharpness) ** 2).sum())) / curvature
    ends = np.clip([sharpness + half, sharpness - half], low, high)
    return Estimate(value=1 / sharpness, low=1 / float(ends[0]), high=1 / float(ends[1]))


def labelled(dataset: Dataset, chosen: RowFilter) -> Columns:
    """Rows with a right label.

    Args:
        dataset: The batch.
        chosen: The filter.

    Returns:
        Their columns.

    Raises:
        InputError: There are none.
    """
    rows = read(dataset, chosen)
    if not rows.known.any():
        raise InputError("no row has a right label", "name the label column when the batch is run, or widen the filter")
    return rows.among(rows.known)


def _too_few(rows: int) -> str | None:
    if rows >= LEAST_ROWS:
        return None
    return f"{rows} row{'s have' if rows != 1 else ' has'} a right label, too few to fit a temperature"


def _effect(rows: Columns, chances: npt.NDArray[np.float64], seed: int) -> Scaled:
    confidence = chances.max(axis=1)
    return Scaled(
        log_loss=mean(log_losses(chances, rows.truth)),
        ece=_calibration(confidence, rows.right, seed),
        confidence=min(float(confidence.mean()), 1.0),
    )


def _calibration(confidence: npt.NDArray[np.float64], right: npt.NDArray[np.bool_], seed: int) -> Estimate:
    low, high = percentiles(resampled_errors(confidence, right, seed)[:, None])
    return Estimate(value=calibration_error(confidence, right), low=float(low[0]), high=float(high[0]))
