"""What the view Reviews of the Datasets page does between its widgets: filters, pages, the row that is open."""

from __future__ import annotations

from typing import Any

import streamlit as st

from workbench.errors import UnknownNameError
from workbench.schema import RowFilter, RowOrder, RowPage, RowsPage, Tag, TriageRow
from workbench.services import triaging
from workbench.triage import Dataset
from workbench.ui.state import Choices, choices

PAGE_SIZE = 50
# Enough for a line of the table; the row that is open has its whole text.
_LENGTH = 200


def listed(dataset: Dataset) -> RowsPage:
    """The page of rows that the session looks at; one that is no longer there becomes the last one.

    Args:
        dataset: The data set that is open.

    Returns:
        The rows, and how many meet the filter.

    Raises:
        InputError: The filter or the order names a column that is not there.
    """
    chosen = choices()
    found = _page(dataset, chosen.dataset_page)
    if not found.rows and chosen.dataset_page:
        chosen.dataset_page = min(chosen.dataset_page, found.pages - 1)
        found = _page(dataset, chosen.dataset_page)
    return found


def counts(dataset: Dataset) -> dict[Tag, int]:
    """How many of the rows that meet the filter have each tag."""
    return _counts(dataset, *_state_of(dataset), choices().dataset_filter.model_dump_json())


def all_rows(dataset: Dataset) -> int:
    """How many rows there are, with those that could not be predicted."""
    return _all_rows(dataset, *_state_of(dataset)[:2])


def narrow(**changes: Any) -> None:
    """Change fields of the filter; from a callback.

    Args:
        changes: Fields of ``RowFilter``.
    """
    chosen = choices()
    show(RowFilter.model_validate(chosen.dataset_filter.model_dump() | changes))


def show(which: RowFilter) -> None:
    """List other rows, from the first page; from a callback.

    Args:
        which: The rows.
    """
    chosen = choices()
    if which != chosen.dataset_filter:
        chosen.dataset_filter, chosen.dataset_page, chosen.dataset_row = which, 0, None


def sort(column: str, descending: bool) -> None:
    """List rows in another order, from the first page; the row that is open stays so. From a callback.

    Args:
        column: As in ``RowOrder``.
        descending: Greatest first.
    """
    chosen = choices()
    chosen.dataset_order = RowOrder(column=column, descending=descending)
    chosen.dataset_page = chosen.dataset_place = 0


def turn(page: int) -> None:
    """Turn to a page; from a callback.

    Args:
        page: From zero.
    """
    choices().dataset_page = max(page, 0)


def pick(row_id: int, place: int) -> None:
    """Open a row of the table; from its callback.

    Args:
        row_id: Its number over all files.
        place: Where it stands in the list, from zero.
    """
    chosen = choices()
    # A browser that has not yet drawn what a button opened reports the row of before together with the next press.
    if not chosen.dataset_moved:
        chosen.dataset_row, chosen.dataset_place = row_id, place


def opened_row(dataset: Dataset) -> TriageRow | None:
    """The row that is open, with its whole text.

    Args:
        dataset: The data set that is open.

    Returns:
        None where none is, or where it is not there.

    Raises:
        InputError: A file cannot be read.
    """
    row_id = choices().dataset_row
    if row_id is None:
        return None
    try:
        return triaging.row(dataset, row_id)
    except UnknownNameError:
        return None


def neighbour(dataset: Dataset, step: int) -> int | None:
    """Where the row before or after the open one stands in the list.

    Args:
        dataset: The data set that is open.
        step: 1 for the next, -1 for the one before.

    Returns:
        Its place from zero; none at the end of the list.
    """
    chosen, total = choices(), listed(dataset).total
    place, there = _standing(dataset, chosen)
    # Where the row has left the list, the one after it has taken its place.
    target = place + step if there or step < 0 else place + step - 1
    return target if 0 <= target < total else None


def go(dataset: Dataset, step: int, row_id: int | None = None) -> None:
    """Open the row before or after another one, on whatever page; from a callback.

    Args:
        dataset: The data set that is open.
        step: 1 for the next, -1 for the one before.
        row_id: The row that the button stood beside; by default the one that is open.
    """
    chosen = choices()
    chosen.dataset_moved = True
    chosen.dataset_row = chosen.dataset_row if row_id is None else row_id
    target = neighbour(dataset, step)
    if target is None:
        return
    chosen.dataset_page = target // PAGE_SIZE
    rows = _page(dataset, chosen.dataset_page).rows
    if target % PAGE_SIZE < len(rows):
        chosen.dataset_row, chosen.dataset_place = rows[target % PAGE_SIZE].id, target


def standing(dataset: Dataset) -> int | None:
    """Where the open row stands in the list, from zero; none where it has left it, or where that is not known."""
    place, there = _standing(dataset, choices())
    return place if there else None


def press(dataset: Dataset, row_id: int) -> None:
    """Note that a button beside a row was pressed, and where that stands before it may leave the list.

    Args:
        dataset: The data set that is open.
        row_id: The row.
    """
    chosen = choices()
    chosen.dataset_moved, chosen.dataset_row = True, row_id
    chosen.dataset_place = _standing(dataset, chosen)[0]


def _standing(dataset: Dataset, chosen: Choices) -> tuple[int, bool]:
    """The place of the open row in the list, and whether it is there: on the page shown, or on that where it stood."""
    for number in (chosen.dataset_page, chosen.dataset_place // PAGE_SIZE):
        ids = [one.id for one in _page(dataset, number).rows]
        if chosen.dataset_row in ids:
            return number * PAGE_SIZE + ids.index(chosen.dataset_row), True
    return chosen.dataset_place, False


def _page(dataset: Dataset, number: int) -> RowsPage:
    chosen = choices()
    asked = chosen.dataset_filter.model_dump_json(), chosen.dataset_order.model_dump_json()
    return _rows(dataset, *_state_of(dataset), *asked, number)


def _state_of(dataset: Dataset) -> tuple[str, int, tuple[int, int] | None]:
    """What the answers depend on beside the question."""
    return str(dataset.folder), dataset.parts, dataset.version


@st.cache_data(show_spinner=False, max_entries=64)
def _rows(
    _dataset: Dataset, folder: str, parts: int, version: tuple[int, int] | None, chosen: str, by: str, number: int
) -> RowsPage:
    asked, order = RowFilter.model_validate_json(chosen), RowOrder.model_validate_json(by)
    return triaging.rows(_dataset, asked, order, RowPage(number=number, size=PAGE_SIZE), length=_LENGTH)


@st.cache_data(show_spinner=False, max_entries=64)
def _counts(_dataset: Dataset, folder: str, parts: int, version: tuple[int, int] | None, chosen: str) -> dict[Tag, int]:
    return triaging.tag_counts(_dataset, RowFilter.model_validate_json(chosen))


@st.cache_data(show_spinner=False, max_entries=16)
def _all_rows(_dataset: Dataset, folder: str, parts: int) -> int:
    return triaging.count(_dataset, RowFilter(failed=None))
