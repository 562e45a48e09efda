"""The columns of a data set that figures are made of, as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from workbench.errors import InputError
from workbench.measures import mean_interval, wilson
from workbench.schema import Activation, Estimate, RowFilter
from workbench.triage.filtering import Condition, condition, confidence_of

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.triage.dataset import Dataset

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Columns:
    """Rows that were predicted, in the order of the files.

    Attributes:
        truth: Index of the right label, -1 where there is none; shape (rows,).
        predicted: Index of the predicted one; shape (rows,).
        confidence: Its probability; shape (rows,).
        chances: Probabilities, shape (rows, labels).
        logits: Shape (rows, labels).
    """

    truth: npt.NDArray[np.int64]
    predicted: npt.NDArray[np.int64]
    confidence: Numbers
    chances: Numbers
    logits: Numbers

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """Which rows have a right label."""
        return np.asarray(self.truth >= 0)

    @property
    def right(self) -> npt.NDArray[np.bool_]:
        """Which rows are predicted right."""
        return np.asarray(self.truth == self.predicted)

    def among(self, rows: npt.NDArray[np.generic]) -> Columns:
        """Some of the rows."""
        return Columns(
            self.truth[rows], self.predicted[rows], self.confidence[rows], self.chances[rows], self.logits[rows]
        )


def read(dataset: Dataset, chosen: RowFilter) -> Columns:
    """Load rows; with a temperature, the scaled probabilities.

    Args:
        dataset: The batch.
        chosen: Which rows; those with an error are left out.

    Returns:
        Their columns.

    Raises:
        InputError: A temperature is asked for where there can be none.
    """
    if chosen.temperature is not None and (reason := temperature_obstacle(dataset)):
        raise InputError(reason, "leave the temperature out")
    where, values = predicted_rows(dataset, chosen)
    found = dataset.table(
        f"SELECT coalesce(truth, -1) AS truth, predicted, {confidence_of(chosen.temperature)} AS confidence, "
        f"probabilities, logits FROM reviews WHERE {where} ORDER BY id",
        values,
    )
    labels = len(dataset.manifest.checkpoint.labels)
    logits = _matrix(found, "logits", labels)
    plain = chosen.temperature is None
    return Columns(
        truth=_column(found, "truth").astype(np.int64),
        predicted=_column(found, "predicted").astype(np.int64),
        confidence=_column(found, "confidence").astype(np.float64),
        chances=_matrix(found, "probabilities", labels) if plain else scaled(logits, chosen.temperature or 1.0),
        logits=logits,
    )


def predicted_rows(dataset: Dataset, chosen: RowFilter) -> Condition:
    """What rows must meet, and that they were predicted.

    Args:
        dataset: The batch.
        chosen: The filter.

    Returns:
        SQL for after WHERE, and its values.
    """
    where, values = condition(chosen, dataset.manifest.options.extra_columns)
    return f"({where}) AND error IS NULL", values


def temperature_obstacle(dataset: Dataset) -> str | None:
    """Why logits cannot be divided by a temperature, as a clause; none where they can.

    Args:
        dataset: The batch.
    """
    if dataset.manifest.activation is not Activation.SOFTMAX:
        return "the checkpoint judges its labels one by one, which one temperature cannot calibrate"
    return None


def scaled(logits: Numbers, temperature: float) -> Numbers:
    """The softmax of logits divided by a temperature.

    Args:
        logits: Shape (rows, labels).
        temperature: Above zero.

    Returns:
        Probabilities, of the same shape.
    """
    from scipy.special import softmax

    return np.asarray(softmax(logits / temperature, axis=1))


def proportion(hits: float, rows: float) -> Estimate:
    """A share with its interval (Wilson).

    Args:
        hits: How many.
        rows: Of how many, at least one.
    """
    low, high = wilson(hits, rows)
    return Estimate(value=hits / rows, low=float(low), high=float(high))


def share(hits: float, rows: float) -> Estimate | None:
    """Likewise, where there may be no rows: none then.

    Args:
        hits: How many.
        rows: Of how many.
    """
    return proportion(hits, rows) if rows else None


def mean(values: Numbers) -> Estimate:
    """A mean with its interval (Student).

    Args:
        values: At least one.
    """
    value, low, high = mean_interval(values)
    return Estimate(value=value, low=low, high=high)


def _column(found: pa.Table, name: str) -> npt.NDArray[np.generic]:
    return np.asarray(found[name].to_numpy())


def _matrix(found: pa.Table, name: str, labels: int) -> Numbers:
    whole = found[name].combine_chunks()
    # A table without rows has no chunk to flatten.
    flat = whole.flatten().to_numpy(zero_copy_only=False) if len(whole) else np.empty(0)
    return np.asarray(flat, dtype=np.float64).reshape(-1, labels)
