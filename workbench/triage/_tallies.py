"""Rows, values and squares of values of every slice, added up: of conditions, of pairs of them, and of words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from workbench.errors import InputError
from workbench.measures import Sums
from workbench.schema import BatchManifest, Measure, RowFilter
from workbench.triage._columns import predicted_rows
from workbench.triage._conditions import Cut
from workbench.triage.filtering import condition, lasting

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.triage.dataset import Dataset

# What a filter by word takes for one, see ``filtering``.
_WORDS = r"list_distinct(regexp_extract_all(lower(text), '[\p{L}\p{M}\p{N}_]+'))"
_CHUNK = 100_000
JUDGED = (Measure.ACCURACY, Measure.OFF_BY_ONE, Measure.MAE)


@dataclass(frozen=True)
class Tally:
    """Of slices.

    Attributes:
        rows: With and without a right label, shape (slices,).
        sums: Of the values of those with one.
    """

    rows: npt.NDArray[np.int64]
    sums: Sums

    def among(self, which: npt.NDArray[np.generic]) -> Tally:
        """Some of the slices."""
        sums = Sums(self.sums.rows[which], self.sums.total[which], self.sums.squares[which])
        return Tally(self.rows[which], sums)


@dataclass(frozen=True)
class Membership:
    """Rows by conditions.

    Attributes:
        values: The measure's value of each row, NaN without a right label; shape (rows,).
        inside: Shape (rows, conditions).
    """

    values: npt.NDArray[np.float64]
    inside: npt.NDArray[np.bool_]

    def every(self) -> Sums:
        """Of all rows with a right label."""
        known = self.values[~np.isnan(self.values)]
        return Sums(*(np.array(float(one)) for one in (len(known), known.sum(), (known**2).sum())))

    def tally(self) -> Tally:
        """Of each condition."""
        known = ~np.isnan(self.values)
        values = np.where(known, self.values, 0.0)
        columns = [self.inside[:, place] for place in range(self.inside.shape[1])]
        sums = Sums(*(np.array([float(one[column].sum()) for column in columns]) for one in (known, values, values**2)))
        return Tally(self.inside.sum(axis=0), sums)

    def pairs(self, first: npt.NDArray[np.int64], second: npt.NDArray[np.int64]) -> Tally:
        """Of the rows that meet two conditions.

        Args:
            first: Index of the one, shape (pairs,).
            second: Of the other.
        """
        known = ~np.isnan(self.values)
        values = np.where(known, self.values, 0.0)
        weights = (np.ones(len(values)), known.astype(np.float64), values, values**2)
        conditions = self.inside.shape[1]
        added = np.zeros((len(weights), conditions, conditions))
        for start in range(0, len(values), _CHUNK):
            inside = self.inside[start : start + _CHUNK].astype(np.float64)
            for place, weight in enumerate(weights):
                added[place] += (inside * weight[start : start + _CHUNK, None]).T @ inside
        rows, *sums = (one[first, second] for one in added)
        return Tally(rows.round().astype(np.int64), Sums(*sums))


def value_of(measure: Measure, manifest: BatchManifest) -> str:
    """What a row adds to a measure, in SQL; null where it has no right label.

    Args:
        measure: Accuracy, off by one, or the mean absolute error.
        manifest: Of the batch.

    Returns:
        An expression over the view ``reviews``.

    Raises:
        InputError: The measure is no mean over rows, or one of ratings where labels are none.
    """
    if measure not in JUDGED:
        raise InputError(f"slices are not judged by {measure.phrase}", f"choose from: {', '.join(JUDGED)}")
    if measure is Measure.ACCURACY:
        return "CAST(is_right AS DOUBLE)"
    if manifest.ratings is None:
        raise InputError(f"{measure.phrase} needs labels that are ratings", "judge slices by accuracy")
    stars = str([int(rating) for rating in manifest.ratings])
    if measure is Measure.MAE:
        return f"abs(expected - {stars}[truth + 1])"
    return f"CAST(abs({stars}[predicted + 1] - {stars}[truth + 1]) <= 1 AS DOUBLE)"


def membership(dataset: Dataset, chosen: RowFilter, measure: Measure, cuts: Sequence[Cut]) -> Membership:
    """Which rows meet which conditions, by the filters themselves.

    Args:
        dataset: The batch.
        chosen: Which rows.
        measure: What each is worth.
        cuts: The conditions.

    Returns:
        Rows by conditions.
    """
    extra = dataset.manifest.options.extra_columns
    asked = [condition(cut.rows, extra) for cut in cuts]
    where, values = predicted_rows(dataset, chosen)
    columns = "".join(f", coalesce({sql}, FALSE) AS c{place}" for place, (sql, _) in enumerate(asked))
    found = dataset.table(
        f"SELECT {value_of(measure, dataset.manifest)} AS value{columns} FROM reviews WHERE {where}",
        [*(one for _, own in asked for one in own), *values],
    )
    inside = [np.asarray(found[f"c{place}"].to_numpy(), dtype=np.bool_) for place in range(len(cuts))]
    worth = np.asarray(found["value"].to_numpy(), dtype=np.float64)
    return Membership(worth, np.column_stack(inside) if inside else np.zeros((len(worth), 0), dtype=np.bool_))


def words(dataset: Dataset, chosen: RowFilter, measure: Measure, least_rows: int) -> tuple[list[str], Tally]:
    """The rows of each word that enough rows have.

    Args:
        dataset: The batch.
        chosen: Which rows.
        measure: What each is worth.
        least_rows: With a right label; rarer words are left out.

    Returns:
        The words and their rows.
    """
    measures = [one for one in JUDGED if one is Measure.ACCURACY or dataset.manifest.ratings is not None]
    value_of(measure, dataset.manifest)

    def make() -> pa.Table:
        return _words(dataset, chosen, measures, least_rows)

    found = dataset.memory.recall(("words", chosen, least_rows), make) if lasting(chosen) else make()
    place = measures.index(measure)
    columns = [np.asarray(found[name].to_numpy()) for name in ("rows", "labelled", f"total{place}", f"squares{place}")]
    rows, *sums = columns
    return found["word"].to_pylist(), Tally(rows.astype(np.int64), Sums(*(one.astype(np.float64) for one in sums)))


def _words(dataset: Dataset, chosen: RowFilter, measures: Sequence[Measure], least_rows: int) -> pa.Table:
    """One pass over the texts for all measures: reading them is what takes the time."""
    where, values = predicted_rows(dataset, chosen)
    worth = ", ".join(f"{value_of(one, dataset.manifest)} AS v{place}" for place, one in enumerate(measures))
    added = ", ".join(
        f"sum(v{place}) AS total{place}, sum(v{place} * v{place}) AS squares{place}" for place in range(len(measures))
    )
    kept = ", ".join(f"v{place}" for place in range(len(measures)))
    return dataset.table(
        f"SELECT word, count(*) AS rows, count(v0) AS labelled, {added} FROM (SELECT unnest({_WORDS}) AS word, {kept} "
        f"FROM (SELECT text, {worth} FROM reviews WHERE {where})) GROUP BY word HAVING count(v0) >= ? ORDER BY word",
        [*values, least_rows],
    )
