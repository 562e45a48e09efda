"""The conditions that a data set is cut by: length, tags, language, predicted label and columns of the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from workbench.schema import RowFilter, SliceKind, Tag
from workbench.text import excerpt
from workbench.triage._columns import predicted_rows
from workbench.triage.filtering import extra_column

if TYPE_CHECKING:
    from workbench.triage.dataset import Dataset

# These say themselves that the prediction and the label differ.
OUTCOMES = (Tag.CONFIDENT_WRONG, Tag.LABEL_ISSUE)
_PARTS = 5
_FEW, _MOST = 12, 20  # values of a column: so few are never binned; no more are looked at
_SHOWN = 40


@dataclass(frozen=True)
class Cut:
    """A condition.

    Attributes:
        kind: What it is about.
        group: Conditions of one group exclude each other, or are of one kind: they are not paired.
        name: In words.
        rows: The filter of it alone.
    """

    kind: SliceKind
    group: str
    name: str
    rows: RowFilter


def cuts(dataset: Dataset, chosen: RowFilter, least_rows: int) -> list[Cut]:
    """Everything that rows can be told apart by, except for words.

    Args:
        dataset: The batch.
        chosen: The rows that are cut.
        least_rows: Values that are rarer are left out.

    Returns:
        The conditions.
    """
    found = [*_lengths(dataset, chosen), *_tags(dataset, chosen, least_rows)]
    if chosen.language is None:
        found += _languages(dataset, chosen, least_rows)
    if chosen.predicted is None:
        labels = enumerate(dataset.manifest.checkpoint.labels)
        found += [
            Cut(SliceKind.PREDICTED, "predicted", f"predicted {excerpt(label, _SHOWN)}", _only(predicted=place))
            for place, label in labels
        ]
    for name in dataset.manifest.options.extra_columns:
        found += _of_column(dataset, chosen, name, least_rows)
    return found


def joined(first: RowFilter, second: RowFilter) -> RowFilter:
    """Rows that meet both; of what only one can be asked at a time, the second's.

    Args:
        first: A filter.
        second: Another.

    Returns:
        The filter.
    """
    changes: dict[str, object] = {
        name: value
        for name, value in ((name, getattr(second, name)) for name in ("predicted", "language", "word"))
        if value not in (None, "")
    }
    for name in ("tags", "extra", "extra_ranges"):
        changes[name] = tuple(dict.fromkeys((*getattr(first, name), *getattr(second, name))))
    if first.words is not None and second.words is not None:
        changes["words"] = (max(first.words[0], second.words[0]), min(first.words[1], second.words[1]))
    else:
        changes["words"] = first.words or second.words
    return first.model_copy(update=changes)


def _only(**asked: object) -> RowFilter:
    # Whether rows failed is up to the rows that are cut.
    return RowFilter.model_validate({"failed": None, **asked})


def _lengths(dataset: Dataset, chosen: RowFilter) -> list[Cut]:
    where, values = predicted_rows(dataset, chosen)
    words = np.asarray(dataset.table(f"SELECT words FROM reviews WHERE {where}", values)["words"].to_numpy())
    bins = [(int(low), int(high)) for low, high in quantile_bins(words)]
    return [
        Cut(SliceKind.LENGTH, "length", f"{_range(low, high)} word{'' if high == 1 else 's'}", _only(words=(low, high)))
        for low, high in bins
    ]


def _tags(dataset: Dataset, chosen: RowFilter, least_rows: int) -> list[Cut]:
    where, values = predicted_rows(dataset, chosen)
    found = dataset.ask(
        f"SELECT tag FROM (SELECT unnest(tags) AS tag FROM reviews WHERE {where}) GROUP BY tag HAVING count(*) >= ?",
        [*values, least_rows],
    )
    there = {name for (name,) in found}
    tags = [tag for tag in Tag if tag.value in there and tag not in OUTCOMES and tag not in chosen.tags]
    return [Cut(SliceKind.TAG, f"tag {tag.value}", tag.value, _only(tags=(tag,))) for tag in tags]


def _languages(dataset: Dataset, chosen: RowFilter, least_rows: int) -> list[Cut]:
    return [
        Cut(SliceKind.LANGUAGE, "language", f"language {value}", _only(language=value))
        for value in _frequent(dataset, chosen, "language", least_rows)
        if value is not None
    ]


def _of_column(dataset: Dataset, chosen: RowFilter, name: str, least_rows: int) -> list[Cut]:
    column = extra_column(name, dataset.manifest.options.extra_columns)
    group, shown = f"column {name}", excerpt(name, _SHOWN)
    numbers = _numbers(dataset, chosen, column)
    if numbers is not None:
        return [
            Cut(SliceKind.COLUMN, group, f"{shown} {_range(low, high)}", _only(extra_ranges=((name, low, high),)))
            for low, high in quantile_bins(numbers)
        ]
    return [
        Cut(
            SliceKind.COLUMN,
            group,
            f"{shown} is missing" if value is None else f"{shown} = {excerpt(value, _SHOWN) or '(empty)'}",
            _only(extra=((name, value),)),
        )
        for value in _frequent(dataset, chosen, column, least_rows)
    ]


def _frequent(dataset: Dataset, chosen: RowFilter, column: str, least_rows: int) -> list[str | None]:
    where, values = predicted_rows(dataset, chosen)
    found = dataset.ask(
        f"SELECT {column}, count(*) AS rows FROM reviews WHERE {where} GROUP BY 1 HAVING count(*) >= ? "
        f"ORDER BY rows DESC, 1 LIMIT {_MOST}",
        [*values, least_rows],
    )
    return [value for value, _ in found]


def _numbers(dataset: Dataset, chosen: RowFilter, column: str) -> npt.NDArray[np.float64] | None:
    """The values of a column of many different numbers; none where it is no such."""
    where, values = predicted_rows(dataset, chosen)
    number = f"TRY_CAST({column} AS DOUBLE)"
    ((filled, finite, distinct),) = dataset.ask(
        f"SELECT count(nullif(trim({column}), '')), count(*) FILTER (WHERE isfinite({number})), "
        f"count(DISTINCT {column}) FROM reviews WHERE {where}",
        values,
    )
    if not filled or finite < filled or distinct <= _FEW:
        return None
    found = dataset.table(f"SELECT {number} AS value FROM reviews WHERE ({where}) AND isfinite({number})", values)
    return np.asarray(found["value"].to_numpy(), dtype=np.float64)


def quantile_bins(values: npt.NDArray[np.generic], parts: int = _PARTS) -> list[tuple[float, float]]:
    """Ranges with about as many values each; equal values are never parted.

    Args:
        values: Numbers, shape (rows,).
        parts: The most ranges.

    Returns:
        Least and greatest value of each range, rising; fewer where values repeat, none where there are none.
    """
    if not values.size:
        return []
    numbers = np.asarray(values, dtype=np.float64)
    ends = np.unique(np.quantile(numbers, np.arange(1, parts + 1) / parts, method="inverted_cdf"))
    place = np.searchsorted(ends, numbers)
    return [(float(numbers[place == bin].min()), float(end)) for bin, end in enumerate(ends)]


def _range(low: float, high: float) -> str:
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"
