"""Filters and orders as SQL: whatever a user typed travels beside the query, never in it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from workbench.errors import InputError
from workbench.schema.batch import EXTRA, Column
from workbench.schema.triage import RowFilter, RowOrder

Condition = tuple[str, list[object]]
_LISTS = {Column.LOGITS, Column.PROBABILITIES}
_MARKED = "correction IS NOT NULL"
# What the view has beside the columns of the predictions, and can be sorted by.
_BESIDE = {"tags": "len(tags)", "correction": "correction"}
_RELABELLED = f"{_MARKED} AND correction IS DISTINCT FROM right_label"


def condition(chosen: RowFilter, extra: tuple[str, ...]) -> Condition:
    """What rows of the view ``reviews`` must meet.

    Args:
        chosen: The filter.
        extra: Columns that were taken over from the file.

    Returns:
        SQL for after WHERE, and the values of its ``?``.

    Raises:
        InputError: It names a column that is not there, or holds what no file can.
    """
    _check(chosen)
    parts: list[Condition] = []
    if chosen.text:
        parts.append(("contains(lower(text), lower(?))", [chosen.text]))
    if chosen.word:
        parts.append(("regexp_matches(text, ?)", [_word(chosen.word)]))
    parts += [
        (f"{name} = ?", [value])
        for name, value in (("predicted", chosen.predicted), ("truth", chosen.truth), ("language", chosen.language))
        if value is not None
    ]
    if chosen.right is not None:
        parts.append(("is_right = ?", [chosen.right]))
    if chosen.tags:
        parts.append(("list_has_all(tags, ?)", [[tag.value for tag in chosen.tags]]))
    if chosen.confidence is not None:
        sure = confidence_of(chosen.temperature)
        parts.append((f"{sure} >= ? AND {sure} < ?", list(chosen.confidence)))
    if chosen.words is not None:
        parts.append(("words BETWEEN ? AND ?", list(chosen.words)))
    parts += [(f"{extra_column(name, extra)} IS NOT DISTINCT FROM ?", [value]) for name, value in chosen.extra]
    parts += [
        (f"TRY_CAST({extra_column(name, extra)} AS DOUBLE) BETWEEN ? AND ?", [low, high])
        for name, low, high in chosen.extra_ranges
    ]
    if chosen.failed is not None:
        parts.append((f"error IS {'NOT ' if chosen.failed else ''}NULL", []))
    parts += [
        (sql if asked else f"NOT ({sql})", [])
        for sql, asked in ((_RELABELLED, chosen.corrected), (_MARKED, chosen.marked))
        if asked is not None
    ]
    return " AND ".join(f"({sql})" for sql, _ in parts) or "TRUE", [value for _, values in parts for value in values]


def order(chosen: RowOrder, extra: tuple[str, ...]) -> str:
    """What rows are sorted by.

    Args:
        chosen: The order.
        extra: Columns that were taken over from the file.

    Returns:
        SQL for after ORDER BY.

    Raises:
        InputError: There is no such column, or it cannot be sorted by.
    """
    direction = "DESC" if chosen.descending else "ASC"
    if chosen.column == Column.FILE:
        return f"id {direction}"
    known = _BESIDE | {column.value: identifier(column.value) for column in Column if column not in _LISTS}
    name = known.get(chosen.column) or extra_column(chosen.column.removeprefix(EXTRA), extra)
    return f"{name} {direction} NULLS LAST, id"


def confidence_of(temperature: float | None) -> str:
    """The confidence of a row, in SQL.

    Args:
        temperature: What logits are divided by before; none for the confidence as it is.

    Returns:
        An expression over the view ``reviews``.
    """
    if temperature is None:
        return Column.CONFIDENCE.value
    by = f"CAST('{float(temperature)!r}' AS DOUBLE)"
    top = "CAST(list_max(logits) AS DOUBLE)"
    return f"1 / list_sum(list_transform(logits, lambda logit: exp((CAST(logit AS DOUBLE) - {top}) / {by})))"


def lasting(chosen: RowFilter) -> bool:
    """Whether a filter means the same rows for as long as a data set is open: marks come and go.

    Args:
        chosen: The filter.
    """
    return chosen.corrected is None and chosen.marked is None


def extra_column(name: str, extra: tuple[str, ...]) -> str:
    """A column of the file, as SQL names it.

    Args:
        name: As the file has it.
        extra: Those that were taken over.

    Returns:
        An identifier.

    Raises:
        InputError: It was not.
    """
    if name not in extra:
        raise InputError(f"there is no column {name!r}", f"choose from: {', '.join(extra) or 'none was taken over'}")
    # To DuckDB names that differ by the case of ASCII letters only are the same; it numbers those after the first.
    alike = [one for one in extra if _lower(one) == _lower(name)].index(name)
    return identifier(f"{EXTRA}{name}_{alike}" if alike else EXTRA + name)


def identifier(name: str) -> str:
    """A name of a column in SQL.

    Args:
        name: Any text.

    Returns:
        An identifier.
    """
    return '"' + name.replace('"', '""') + '"'


def texts(values: Sequence[str]) -> str:
    """Texts as a list in SQL, for views and file functions, which take no parameters.

    Args:
        values: Any texts.

    Returns:
        A literal.
    """
    return "[" + ", ".join("'" + value.replace("'", "''") + "'" for value in values) + "]"


def _check(chosen: RowFilter) -> None:
    try:
        "".join([chosen.text, chosen.word, chosen.language or "", *(value or "" for _, value in chosen.extra)]).encode()
    except UnicodeEncodeError:
        raise InputError("what is looked for holds a lone surrogate", "paste it again") from None


def _lower(name: str) -> bytes:
    return name.encode("utf-8", "surrogatepass").lower()


def _word(word: str) -> str:
    # RE2's \b knows ASCII only. Marks belong to the letter before them.
    return rf"(?i)(^|[^\p{{L}}\p{{M}}\p{{N}}_]){re.escape(word)}($|[^\p{{L}}\p{{M}}\p{{N}}_])"
