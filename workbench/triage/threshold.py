"""A threshold on the confidence: what is left to the checkpoint, and what a person looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from workbench.errors import InputError
from workbench.measures import wilson
from workbench.schema import CoverageCurve, CoveragePoint, RowFilter, ThresholdFigures
from workbench.triage._columns import predicted_rows, proportion, share, temperature_obstacle
from workbench.triage.figures import ALL_ROWS
from workbench.triage.filtering import confidence_of, lasting

if TYPE_CHECKING:
    from workbench.triage.dataset import Dataset

_POINTS = 200
_ABOVE_ALL = 2.0  # no confidence reaches this


class Thresholds:
    """Every threshold on the confidence of some rows: loaded once, asked at once.

    A row is confident where its confidence is at least the threshold. With a temperature in the filter, the scaled
    confidence is meant.
    """

    def __init__(self, dataset: Dataset, chosen: RowFilter = ALL_ROWS) -> None:
        """Load the confidences.

        Args:
            dataset: The batch.
            chosen: Which rows.

        Raises:
            InputError: There are none, or the filter asks for what there is not.
        """
        if chosen.temperature is not None and (reason := temperature_obstacle(dataset)):
            raise InputError(reason, "leave the temperature out")
        where, values = predicted_rows(dataset, chosen)
        found = dataset.table(
            f"SELECT {confidence_of(chosen.temperature)} AS confidence, count(*) AS rows, count(truth) AS labelled, "
            f"count(*) FILTER (WHERE is_right) AS hits FROM reviews WHERE {where} GROUP BY 1 ORDER BY 1 DESC",
            values,
        )
        if not found.num_rows:
            raise InputError("no row was predicted", "widen the filter")
        self.chosen = chosen
        # Rows of at least each confidence that occurs, the most confident first.
        self._levels = np.asarray(found["confidence"].to_numpy(), dtype=np.float64)
        self._counts = np.asarray(found["rows"].to_numpy()).cumsum()
        self._labelled = np.asarray(found["labelled"].to_numpy()).cumsum()
        self._hits = np.asarray(found["hits"].to_numpy()).cumsum()

    def curve(self) -> CoverageCurve:
        """Coverage against accuracy.

        Returns:
            At most 200 points, each exact; without labels, coverage alone.
        """
        rows, known = int(self._counts[-1]), int(self._labelled[-1])
        points = tuple(
            CoveragePoint(
                threshold=float(self._levels[place]),
                coverage=float(self._counts[place] / rows),
                accuracy=float(self._hits[place] / self._labelled[place]) if self._labelled[place] else None,
            )
            for place in self._spread()
        )
        return CoverageCurve(
            chosen=self.chosen,
            rows=rows,
            labelled=known,
            points=points,
            area=self._area() if known else None,
            best_area=_best_area(known, known - int(self._hits[-1])) if known else None,
            temperature=self.chosen.temperature,
        )

    def at(self, threshold: float) -> ThresholdFigures:
        """What one threshold does.

        Args:
            threshold: Least confidence of a row that is left to the checkpoint, 0 to 1.

        Returns:
            Both piles.

        Raises:
            InputError: It is no confidence.
        """
        if not 0 <= threshold <= 1:
            raise InputError(f"{threshold:g} is no confidence", "give a threshold between 0 and 1")
        place = int(np.searchsorted(-self._levels, -threshold, side="right")) - 1
        confident, known, hits = (
            int(column[place]) if place >= 0 else 0 for column in (self._counts, self._labelled, self._hits)
        )
        rows, every, right = int(self._counts[-1]), int(self._labelled[-1]), int(self._hits[-1])
        errors, left = every - right, known - hits
        return ThresholdFigures(
            threshold=threshold,
            rows=rows,
            confident=confident,
            person=rows - confident,
            coverage=proportion(confident, rows),
            accuracy=share(hits, known),
            person_accuracy=share(right - hits, every - known),
            errors=errors,
            caught=errors - left,
            confident_rows=self._pile(threshold, _ABOVE_ALL),
            person_rows=self._pile(0.0, threshold),
        )

    def least(self, accuracy: float, *, surely: bool = False) -> ThresholdFigures | None:
        """The least threshold whose confident rows reach an accuracy: the one that leaves least to a person.

        It is chosen on the rows that it is measured on, so other rows may do a little worse.

        Args:
            accuracy: To be reached, 0 to 1.
            surely: The lower end of the 95% interval has to reach it.

        Returns:
            What it does; none where no threshold reaches it.

        Raises:
            InputError: The accuracy is none, or no row has a right label.
        """
        if not 0 <= accuracy <= 1:
            raise InputError(f"{accuracy:g} is no accuracy", "give a share between 0 and 1")
        if not self._labelled[-1]:
            raise InputError("no row has a right label", "choose a threshold by its coverage")
        known = np.maximum(self._labelled, 1)
        reached = wilson(self._hits, known)[0] if surely else self._hits / known
        fitting = np.flatnonzero((reached >= accuracy) & (self._labelled > 0))
        return self.at(min(float(self._levels[fitting[-1]]), 1.0)) if fitting.size else None

    def _spread(self) -> npt.NDArray[np.int64]:
        """Places of the levels to show, evenly over the coverage, the first and the last among them."""
        if len(self._levels) <= _POINTS:
            return np.arange(len(self._levels))
        wanted = np.linspace(self._counts[0], self._counts[-1], _POINTS)
        return np.unique(np.searchsorted(self._counts, wanted).clip(max=len(self._counts) - 1))

    def _area(self) -> float:
        some = self._labelled > 0
        known, hits = self._labelled[some], self._hits[some]
        weights = np.diff(known, prepend=0)
        return float((weights * (1 - hits / known)).sum() / known[-1])

    def _pile(self, low: float, high: float) -> RowFilter:
        """Opens the rows of a range of confidence, within what was chosen."""
        least, below = self.chosen.confidence or (0.0, _ABOVE_ALL)
        ends = (max(low, least), min(high, below))
        return self.chosen.model_copy(update={"confidence": ends, "failed": False})


def thresholds(dataset: Dataset, chosen: RowFilter = ALL_ROWS) -> Thresholds:
    """Every threshold on the confidence of some rows, loaded once for as long as the data set is open.

    Args:
        dataset: The batch.
        chosen: Which rows.

    Returns:
        What can be asked.

    Raises:
        InputError: There are none, or the filter asks for what there is not.
    """
    if not lasting(chosen):
        return Thresholds(dataset, chosen)
    return dataset.memory.recall(("thresholds", chosen), lambda: Thresholds(dataset, chosen))


def _best_area(rows: int, errors: int) -> float:
    """The area if the wrong rows came last."""
    places = np.arange(1, rows + 1)
    return float((np.maximum(places - (rows - errors), 0) / places).mean())
