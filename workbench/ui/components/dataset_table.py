"""The rows of a data set, a page at a time: sorted by the server, opened by a click, never more than a page shipped."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any
from zlib import crc32

import streamlit as st

from workbench.schema import Column, RowOrder, RowsPage, TriageRow
from workbench.schema.batch import EXTRA
from workbench.text import excerpt
from workbench.triage import Dataset
from workbench.ui import dataset_rows, state
from workbench.ui.components.dataset_filter_fields import key_of
from workbench.ui.dataset_rows import PAGE_SIZE
from workbench.ui.state import choices

_TEXT, _LABEL = 160, 24
_HEIGHT = 560
_ROW = 35
# Column of the table to that of the rows which a click on its head sorts by, its title and its width.
_COLUMNS = {
    "row": (Column.FILE, "Row", 58),
    "text": (Column.TEXT, "Review", 208),
    "given": (Column.GIVEN, "Label", 64),
    "label": (Column.LABEL, "Predicted", 80),
    "confidence": (Column.CONFIDENCE, "Confidence", 96),
    "tags": ("tags", "Tags", 185),
    "correction": ("correction", "Marked", 78),
    "expected": (Column.EXPECTED, "Expected", 74),
}
_ORDERS = {
    Column.FILE: "Order of the file",
    Column.TEXT: "Review",
    Column.GIVEN: "Label",
    Column.LABEL: "Predicted",
    Column.CONFIDENCE: "Confidence",
    Column.MARGIN: "Margin",
    Column.EXPECTED: "Expected rating",
    Column.WORDS: "Words",
    Column.UNKNOWN: "Unknown tokens",
    Column.LANGUAGE: "Language",
    "tags": "Number of tags",
    "correction": "Marked",
}


def rows_table(dataset: Dataset, found: RowsPage) -> None:
    """Draw the order, the rows, and the way to other pages.

    Args:
        dataset: The data set that is open.
        found: The page.
    """
    _order(dataset)
    if not found.rows:
        st.info("No row meets this; take a condition away.", icon=":material/filter_alt:")
        return
    _grid(dataset, found)
    _pages(found)


def _order(dataset: Dataset) -> None:
    by = choices().dataset_order
    extra = dataset.manifest.options.extra_columns
    titles = {str(name): title for name, title in _ORDERS.items()} | {EXTRA + name: excerpt(name, 40) for name in extra}
    titles.setdefault(by.column, by.column)
    key = key_of("order")
    state.reset(key, by.column)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.selectbox(
            "Sort by", list(titles), format_func=lambda name: f"Sort by {titles[name].lower()}", key=key,
            label_visibility="collapsed", on_change=_take_order, args=(key,), width=230,
        )  # fmt: skip
        st.button(
            "Descending" if by.descending else "Ascending", key=key_of("direction"), type="tertiary",
            icon=":material/arrow_downward:" if by.descending else ":material/arrow_upward:",
            help="Turn the order round", on_click=dataset_rows.sort, args=(by.column, not by.descending),
        )  # fmt: skip


def _take_order(key: str) -> None:
    column = state.value(key)
    if column is not None:
        dataset_rows.sort(column, choices().dataset_order.descending)


def _grid(dataset: Dataset, found: RowsPage) -> None:
    chosen = choices()
    by = chosen.dataset_order
    cells = table_of(found.rows)
    # A table of its own for each page, so that a late click is never about other rows.
    name = "|".join([chosen.dataset_filter.model_dump_json(), by.model_dump_json(), str(found.page.number)])
    key = key_of("table", str(crc32(f"{dataset.folder}|{name}".encode("utf-8", "replace"))))
    place = [number for number, row in enumerate(found.rows) if row.id == chosen.dataset_row]
    # The mark follows what is opened beside it, too.
    state.reset(key, {"selection": {"rows": place, "columns": [], "cells": [(one, "text") for one in place]}})
    st.dataframe(
        cells,
        hide_index=True,
        column_config={name: _config(name, by) for name in cells},
        height=min(38 + _ROW * len(found.rows), _HEIGHT),
        row_height=_ROW,
        key=key,
        on_select=partial(_picked, key, tuple(row.id for row in found.rows), found.page.number * PAGE_SIZE),
        # With columns that can be picked, a click on a head sorts all rows here and not those of the page there.
        selection_mode=["single-row", "single-column", "single-cell"],
        placeholder="",
        alt="Rows of the data set",
    )


def table_of(rows: Sequence[TriageRow]) -> dict[str, list[Any]]:
    """A page of rows as columns of cells.

    Args:
        rows: The rows.

    Returns:
        Column to cells; without those that have nothing in any row.
    """
    columns: dict[str, list[Any]] = {
        "row": [one.row for one in rows],
        "text": [excerpt(one.text, _TEXT) if one.error is None else f"({one.error})" for one in rows],
        "given": [_cut(one.given) for one in rows],
        "label": [_cut(one.label) for one in rows],
        "confidence": [one.confidence for one in rows],
        "tags": [[tag.value for tag in one.tags] for one in rows],
        "correction": [_mark(one) for one in rows],
        "expected": [one.expected for one in rows],
    }
    kept = ("row", "text", "label", "confidence")
    return {name: cells for name, cells in columns.items() if name in kept or any(_filled(cell) for cell in cells)}


def _filled(cell: object) -> bool:
    return cell is not None and cell != "" and cell != []


def _cut(label: str | None) -> str | None:
    return None if label is None else excerpt(label, _LABEL)


def _mark(row: TriageRow) -> str | None:
    if row.correction is None:
        return None
    return f"→ {excerpt(row.correction, _LABEL)}" if row.relabelled else "right"


def _config(name: str, by: RowOrder) -> Any:
    column, title, width = _COLUMNS[name]
    arrow = (" ↓" if by.descending else " ↑") if column == by.column else ""
    if name == "confidence":
        return st.column_config.ProgressColumn(title + arrow, width=width, min_value=0, max_value=1, format="%.2f")
    if name == "expected":
        return st.column_config.NumberColumn(title + arrow, width=width, format="%.2f")
    if name == "row":
        return st.column_config.NumberColumn(title + arrow, width=width, format="%d")
    if name == "tags":
        return st.column_config.ListColumn(title + arrow, width=width)
    return st.column_config.TextColumn(title + arrow, width=width)


def _picked(key: str, ids: tuple[int, ...], first: int) -> None:
    picked = state.value(key)["selection"]
    heads, rows = list(picked["columns"]), [*picked["rows"], *(cell[0] for cell in picked["cells"])]
    if heads:
        by, column = choices().dataset_order, str(_COLUMNS[heads[0]][0])
        dataset_rows.sort(column, by.column == column and not by.descending)
        return
    # Of a new pick the mark of the row before is still among them.
    fresh = [row for row in rows if ids[row] != choices().dataset_row]
    if fresh:
        dataset_rows.pick(ids[fresh[-1]], first + fresh[-1])


def _pages(found: RowsPage) -> None:
    if found.pages == 1:
        return
    page, last = found.page.number, found.pages - 1
    with st.container(horizontal=True, vertical_alignment="center", key="wb-rows-pages"):
        _turn("First page", ":material/first_page:", 0, page == 0)
        _turn("Previous page", ":material/chevron_left:", page - 1, page == 0)
        key = key_of("page")
        state.reset(key, page + 1)
        st.number_input(
            "Page", 1, found.pages, key=key, label_visibility="collapsed", width=110, on_change=_jump, args=(key,)
        )
        st.caption(f"of {found.pages:,}", width="content")
        _turn("Next page", ":material/chevron_right:", page + 1, page == last)
        _turn("Last page", ":material/last_page:", last, page == last)


def _turn(label: str, icon: str, to: int, disabled: bool) -> None:
    st.button(
        label, icon=icon, key=key_of(label), help=label, disabled=disabled, on_click=dataset_rows.turn, args=(to,)
    )


def _jump(key: str) -> None:
    dataset_rows.turn(int(state.value(key) or 1) - 1)
