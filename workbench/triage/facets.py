"""What there is to choose from when rows are filtered: languages, lengths, values of the file's columns."""

from __future__ import annotations

from workbench.schema import ColumnValues
from workbench.triage.dataset import Dataset
from workbench.triage.filtering import extra_column

_MOST = 50
# A column of numbers with no more different ones is better chosen from.
_FEW = 12
_PREDICTED = "error IS NULL"


def column_values(dataset: Dataset, name: str, most: int = _MOST) -> ColumnValues:
    """The values of a column of the file.

    Args:
        dataset: An opened batch.
        name: Of a column that was taken over.
        most: So many values at most.

    Returns:
        Of the rows that were predicted: the range of many different numbers, and the most frequent values.

    Raises:
        InputError: There is no such column.
    """
    column = extra_column(name, dataset.manifest.options.extra_columns)
    return dataset.memory.recall(("values", name, most), lambda: _values(dataset, name, column, most))


def languages(dataset: Dataset) -> tuple[tuple[str, int], ...]:
    """The languages that were guessed.

    Args:
        dataset: An opened batch.

    Returns:
        Each with the number of its rows, the most frequent first.

    Raises:
        InputError: A file cannot be read.
    """
    question = f"SELECT language, count(*) AS rows FROM reviews WHERE {_PREDICTED} AND language IS NOT NULL GROUP BY 1"
    return dataset.memory.recall(
        "languages",
        lambda: tuple((str(name), int(rows)) for name, rows in dataset.ask(f"{question} ORDER BY 2 DESC, 1")),
    )


def most_words(dataset: Dataset) -> int:
    """The words of the longest review.

    Args:
        dataset: An opened batch.

    Returns:
        Zero where nothing was predicted.

    Raises:
        InputError: A file cannot be read.
    """
    question = f"SELECT coalesce(max(words), 0) FROM reviews WHERE {_PREDICTED}"
    return dataset.memory.recall("most words", lambda: int(dataset.ask(question)[0][0]))


def _values(dataset: Dataset, name: str, column: str, most: int) -> ColumnValues:
    number = f"TRY_CAST({column} AS DOUBLE)"
    ((distinct, missing, filled, finite, least, greatest),) = dataset.ask(
        f"SELECT count(DISTINCT {column}), count(*) > count({column}), count(nullif(trim({column}), '')), "
        f"count(*) FILTER (WHERE isfinite({number})), min({number}), max({number}) FROM reviews WHERE {_PREDICTED}"
    )
    found = dataset.ask(
        f"SELECT {column}, count(*) AS rows FROM reviews WHERE {_PREDICTED} GROUP BY 1 ORDER BY rows DESC, 1 LIMIT ?",
        [most],
    )
    numeric = filled > 0 and finite == filled and distinct > _FEW
    return ColumnValues(
        name=name,
        numbers=(least, greatest) if numeric else None,
        values=tuple((value, int(rows)) for value, rows in found),
        others=max(int(distinct) + int(missing) - len(found), 0),
    )
