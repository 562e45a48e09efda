"""What the views of a data set show, computed once for as long as it is open."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from workbench import services
from workbench.schema import CoverageCurve, DatasetFigures, Reliability, RowFilter, TemperatureScaling
from workbench.triage import Dataset, Thresholds
from workbench.ui.dataset_found import recalled

Found = TypeVar("Found")
_EVERY_ROW = RowFilter()


def figures_of(dataset: Dataset, chosen: RowFilter) -> DatasetFigures:
    """How good the predictions of some rows are.

    Args:
        dataset: The data set.
        chosen: Which rows.

    Returns:
        The figures.
    """
    return _kept(dataset, "figures", chosen, lambda: services.figures(dataset, chosen))


def reliability_of(dataset: Dataset, chosen: RowFilter) -> Reliability:
    """How far the confidence of some rows can be believed.

    Args:
        dataset: The data set.
        chosen: Which rows; some have a right label.

    Returns:
        The bins and their error.
    """
    return _kept(dataset, "reliability", chosen, lambda: services.reliability(dataset, chosen))


def obstacle_of(dataset: Dataset) -> str | None:
    """Why no temperature can be fitted to the data set, as a clause.

    Args:
        dataset: The data set.
    """
    return _kept(dataset, "obstacle", _EVERY_ROW, lambda: services.scaling_obstacle(dataset))


def scaling_of(dataset: Dataset) -> TemperatureScaling:
    """The temperature of the whole data set: one fitted on chosen rows, such as the wrong ones, would mean nothing.

    Args:
        dataset: The data set; there is no obstacle.

    Returns:
        The temperature and its effect.
    """
    return _kept(dataset, "scaling", _EVERY_ROW, lambda: services.fit_temperature(dataset))


def curve_of(dataset: Dataset, chosen: RowFilter) -> tuple[Thresholds, CoverageCurve]:
    """Every threshold on the confidence of some rows.

    Args:
        dataset: The data set.
        chosen: Which rows.

    Returns:
        What can be asked of them, and coverage against accuracy.

    Raises:
        InputError: No row was predicted.
    """

    def made() -> tuple[Thresholds, CoverageCurve]:
        asked = services.thresholds(dataset, chosen)
        return asked, asked.curve()

    return _kept(dataset, "curve", chosen, made)


def _kept(dataset: Dataset, what: str, chosen: RowFilter, make: Callable[[], Found]) -> Found:
    return recalled(dataset, chosen, ("shown", what), make, "Counting")
