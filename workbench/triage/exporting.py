"""Rows of a data set as files: DuckDB writes them, so that no data set has to fit into memory.

CSV may be opened by a spreadsheet: cells that it would take for a formula stand behind an apostrophe there. JSON lines
and Parquet have every text as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from workbench.errors import InputError
from workbench.schema import RowFilter, RowOrder
from workbench.tables import FORMULA_SIGNS, defused
from workbench.triage.dataset import Dataset
from workbench.triage.filtering import condition, confidence_of, extra_column, identifier, order, texts

FORMATS = {".csv": "FORMAT csv, HEADER", ".jsonl": "FORMAT json", ".parquet": "FORMAT parquet"}
_ROWS = {
    **{name: name for name in ("id", "file", "row", "text", "error", "given", "right_label")},
    "predicted": "label",
    "right": "is_right",
    **{name: name for name in ("confidence", "margin", "expected", "words", "language", "unread_from", "tags")},
    **{name: name for name in ("correction", "note")},
}
_RELABELLED = "correction IS DISTINCT FROM right_label"
_MARKED = {
    **{name: name for name in ("id", "file", "row", "text")},
    "label": "correction",
    "given": "given",
    "predicted": "label",
    "confidence": "confidence",
    "changed": _RELABELLED,
    "note": "note",
}
_CORRECTED = {
    **{name: name for name in ("file", "row", "text")},
    "label": "coalesce(correction, right_label)",
    "given": "given",
    "corrected": f"coalesce(correction IS NOT NULL AND {_RELABELLED}, FALSE)",
}


class Content(NamedTuple):
    """What a file holds.

    Attributes:
        question: A query.
        values: For each of its ``?``.
    """

    question: str
    values: list[object]


def chosen_rows(dataset: Dataset, chosen: RowFilter, by: RowOrder) -> Content:
    """Rows that meet a filter, with what the triage knows of them.

    Args:
        dataset: An opened batch.
        chosen: The filter.
        by: The order.

    Returns:
        What to write.

    Raises:
        InputError: The filter or the order names a column that is not there.
    """
    extra = dataset.manifest.options.extra_columns
    return _content(dataset, _ROWS, *condition(chosen, extra), order(by, extra))


def pile(dataset: Dataset, threshold: float, confident: bool, chosen: RowFilter) -> Content:
    """One of the two piles of a threshold; together they are all rows that meet the filter.

    Args:
        dataset: An opened batch.
        threshold: Least confidence of what need not be looked at.
        confident: Those; else those for a person to look at, to which rows belong that could not be predicted.
        chosen: The filter; what it says of failed rows is passed over.

    Returns:
        What to write, the least sure first of what is to be looked at, else in the order of the file.

    Raises:
        InputError: The filter names a column that is not there.
    """
    extra = dataset.manifest.options.extra_columns
    where, values = condition(chosen.model_copy(update={"failed": None}), extra)
    sure = confidence_of(chosen.temperature)
    side = f"({sure}) >= ?" if confident else f"(({sure}) < ? OR error IS NOT NULL)"
    by = "id" if confident else f"({sure}) NULLS FIRST, id"
    return _content(dataset, _ROWS, f"{where} AND {side}", [*values, threshold], by)


def marked_rows(dataset: Dataset) -> Content:
    """Rows about whose label something was said; ``label`` is the one that they should have.

    Args:
        dataset: An opened batch.

    Returns:
        What to write.
    """
    return _content(dataset, _MARKED, "correction IS NOT NULL", [], "id")


def corrected_rows(dataset: Dataset) -> Content:
    """All rows; ``label`` is the corrected one, else what the file's means.

    Args:
        dataset: An opened batch.

    Returns:
        What to write.
    """
    return _content(dataset, _CORRECTED, "TRUE", [], "id")


def write(dataset: Dataset, content: Content, suffix: str, file: Path) -> int:
    """Write a file.

    Args:
        dataset: An opened batch.
        content: What to write.
        suffix: ``.csv``, ``.jsonl`` or ``.parquet``: the format.
        file: Where to; replaced where it is there.

    Returns:
        How many rows.

    Raises:
        InputError: There is no such format, or the file cannot be written.
    """
    if suffix not in FORMATS:
        raise InputError(f"{suffix or 'no suffix'!r} is no format of rows", f"choose from: {', '.join(FORMATS)}")
    question = _for_spreadsheets(dataset, content) if suffix == ".csv" else content.question
    return dataset.copy(question, content.values, FORMATS[suffix], file)


def _content(dataset: Dataset, columns: Mapping[str, str], where: str, values: list[object], by: str) -> Content:
    files = texts([file.name for file in dataset.manifest.files])
    named = {name: f"{files}[file + 1]" if name == "file" else sql for name, sql in columns.items()}
    extra = dataset.manifest.options.extra_columns
    for name in extra:
        named[_free(name, named)] = extra_column(name, extra)
    listed = ", ".join(f"{sql} AS {identifier(name)}" for name, sql in named.items())
    # The order is of the view's columns, whatever those of the file are called.
    return Content(f"SELECT {listed} FROM (SELECT * FROM reviews WHERE {where} ORDER BY {by})", values)


def _free(name: str, taken: Mapping[str, str]) -> str:
    """The name of a column beside those that are there, in which case makes no difference."""
    known = {one.casefold() for one in taken}
    tried, number = name, 2
    while tried.casefold() in known:
        tried, number = f"{name} ({number})", number + 1
    return tried


def _for_spreadsheets(dataset: Dataset, content: Content) -> str:
    columns = dataset.ask(f"DESCRIBE {content.question}", content.values)
    signs = ", ".join(f"chr({ord(sign)})" for sign in FORMULA_SIGNS)
    listed = []
    for name, kind, *_ in columns:
        cell = identifier(name)
        if kind.endswith("[]"):
            cell = f"array_to_string({cell}, '; ')"
        elif kind == "VARCHAR":
            cell = f"CASE WHEN left({cell}, 1) IN ({signs}) THEN '''' || {cell} ELSE {cell} END"
        listed.append(f"{cell} AS {identifier(defused(name))}")
    return f"SELECT {', '.join(listed)} FROM ({content.question})"
