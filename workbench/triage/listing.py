"""Rows of a data set as they are shown: page by page, or one whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench.errors import UnknownNameError
from workbench.schema import RowFilter, RowOrder, RowPage, RowsPage, Tag, TriageRow
from workbench.triage.dataset import FILE_STEP, Dataset
from workbench.triage.filtering import condition, extra_column, order

CUT = 300  # characters of a text in a table
_SHOWN = (
    'id, file, "row", error, given, right_label, is_right AS "right", label, confidence, margin, expected, '
    "probabilities, characters, words, tokens, tokens_read, unknown, language, language_share, unread_from, tags, "
    "correction, note"
)


def rows(
    dataset: Dataset,
    chosen: RowFilter | None = None,
    by: RowOrder | None = None,
    page: RowPage | None = None,
    *,
    length: int = CUT,
) -> RowsPage:
    """A page of the rows that meet a filter.

    Args:
        dataset: An opened batch.
        chosen: The filter; by default every row that was predicted.
        by: The order; by default that of the file.
        page: Which part; by default the first.
        length: Characters of a text.

    Returns:
        The rows; none beyond the last page.

    Raises:
        InputError: The filter or the order names a column that is not there.
    """
    by, page = by or RowOrder(), page or RowPage()
    extra = dataset.manifest.options.extra_columns
    where, values = condition(chosen or RowFilter(), extra)
    # First which, then what is in them: texts of other rows are not even read. Searched and counted in one pass.
    found = dataset.ask(
        "WITH met AS MATERIALIZED "
        f"(SELECT id, row_number() OVER (ORDER BY {order(by, extra)}) AS place FROM reviews WHERE {where}) "
        "SELECT id, (SELECT count(*) FROM met) FROM met WHERE place > ? AND place <= ? ORDER BY place",
        [*values, page.number * page.size, (page.number + 1) * page.size],
    )
    shown = _whole(dataset, [row_id for row_id, _ in found], length)
    total = found[0][1] if found else count(dataset, chosen) if page.number else 0
    return RowsPage(rows=shown, total=total, page=page)


def row(dataset: Dataset, row_id: int) -> TriageRow:
    """A row with the whole of its text.

    Args:
        dataset: An opened batch.
        row_id: Its number over all files.

    Returns:
        The row.

    Raises:
        UnknownNameError: There is none of that number.
    """
    found = _whole(dataset, [row_id], None)
    if not found:
        raise UnknownNameError(f"there is no row {row_id} in {dataset.folder.name}", "choose one of those listed")
    return found[0]


def count(dataset: Dataset, chosen: RowFilter | None = None) -> int:
    """How many rows meet a filter.

    Args:
        dataset: An opened batch.
        chosen: The filter; by default every row that was predicted.

    Returns:
        So many.

    Raises:
        InputError: The filter names a column that is not there.
    """
    where, values = condition(chosen or RowFilter(), dataset.manifest.options.extra_columns)
    return int(dataset.ask(f"SELECT count(*) FROM reviews WHERE {where}", values)[0][0])


def tag_counts(dataset: Dataset, chosen: RowFilter | None = None) -> dict[Tag, int]:
    """How many of the rows that meet a filter have each tag.

    Args:
        dataset: An opened batch.
        chosen: The filter; by default every row that was predicted.

    Returns:
        Every tag, in the order of ``Tag``.

    Raises:
        InputError: The filter names a column that is not there.
    """
    where, values = condition(chosen or RowFilter(), dataset.manifest.options.extra_columns)
    found = dict(
        dataset.ask(
            f"SELECT tag, count(*) FROM (SELECT unnest(tags) AS tag FROM reviews WHERE {where}) GROUP BY tag", values
        )
    )
    return {tag: found.get(tag.value, 0) for tag in Tag}


def _whole(dataset: Dataset, ids: list[int], length: int | None) -> tuple[TriageRow, ...]:
    """Rows in the order of their numbers ``ids``; unknown ones are passed over."""
    if not ids:
        return ()
    extra = dataset.manifest.options.extra_columns
    text = (
        "text, FALSE AS cut" if length is None else f"left(text, {length:d}) AS text, length(text) > {length:d} AS cut"
    )
    extras = f"[{', '.join(extra_column(name, extra) for name in extra)}] AS extras"
    # The number in its file lets most stretches of the files be passed over; that over all files is computed.
    numbers, wanted = ", ".join(str(one % FILE_STEP) for one in ids), ", ".join(map(str, ids))
    found = dataset.table(
        f'SELECT {_SHOWN}, {text}, {extras} FROM reviews WHERE "row" IN ({numbers}) AND id IN ({wanted})'
    ).to_pylist()
    place = {row_id: number for number, row_id in enumerate(ids)}
    files = [file.name for file in dataset.manifest.files]
    return tuple(_row(cells, files, extra) for cells in sorted(found, key=lambda cells: place[cells["id"]]))


def _row(cells: dict[str, Any], files: Sequence[str], extra: Sequence[str]) -> TriageRow:
    changed = {
        "file": files[cells["file"]],
        "probabilities": cells["probabilities"] or (),
        "note": cells["note"] or "",
        "extras": tuple(zip(extra, cells["extras"], strict=True)),
    }
    return TriageRow.model_validate(cells | changed)
