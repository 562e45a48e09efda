"""A condition on a column that was taken over from the file: one of its values, or a range of its numbers."""

from __future__ import annotations

import streamlit as st

from workbench.schema import ColumnValues
from workbench.services import triaging
from workbench.text import excerpt
from workbench.triage import Dataset
from workbench.ui import dataset_rows, state
from workbench.ui.components.dataset_filter_fields import key_of
from workbench.ui.state import choices, held

_SHOWN = 60


def column_filter(dataset: Dataset) -> None:
    """Draw the choice of a column, and of what it shall hold.

    Args:
        dataset: The data set that is open.
    """
    names = dataset.manifest.options.extra_columns
    if not names:
        return
    if choices().dataset_column not in names:
        state.put("dataset_column", None)
    st.selectbox("Column of the file", names, index=None, placeholder="Choose a column", **held("dataset_column"))
    name = choices().dataset_column
    if name is None:
        return
    found = triaging.column_values(dataset, name)
    if found.numbers is not None:
        _range(found, *found.numbers)
    else:
        _value(found)


def _value(found: ColumnValues) -> None:
    current = [value for name, value in choices().dataset_filter.extra if name == found.name]
    rows = dict(found.values)
    places = [value for value, _ in found.values] + [value for value in current if value not in rows]
    key = key_of("value")
    state.reset(key, places.index(current[0]) if current else None)
    st.selectbox(
        "Its value", range(len(places)), index=None, placeholder="Any", key=key, on_change=_take_value,
        format_func=lambda place: _called(places[place], rows.get(places[place])), args=(found.name, places, key),
    )  # fmt: skip
    if found.others:
        st.caption(f"The {len(found.values)} most frequent of {len(found.values) + found.others:,} values.")


def _called(value: str | None, rows: int | None) -> str:
    name = "(missing)" if value is None else excerpt(value, _SHOWN) or "(empty)"
    return name if rows is None else f"{name}: {rows:,}"


def _take_value(name: str, places: list[str | None], key: str) -> None:
    others = tuple(one for one in choices().dataset_filter.extra if one[0] != name)
    place = state.value(key)
    dataset_rows.narrow(extra=others if place is None else (*others, (name, places[place])))


def _range(found: ColumnValues, low: float, high: float) -> None:
    current = next((ends for name, *ends in choices().dataset_filter.extra_ranges if name == found.name), [low, high])
    columns = st.columns(2)
    for place, title in enumerate(("From", "to")):
        key = key_of("range", str(place))
        state.reset(key, float(current[place]))
        columns[place].number_input(title, key=key, format="%g", on_change=_take_range, args=(found.name, low, high))


def _take_range(name: str, low: float, high: float) -> None:
    others = tuple(one for one in choices().dataset_filter.extra_ranges if one[0] != name)
    least, most = (state.value(key_of("range", place)) for place in ("0", "1"))
    ends = (low if least is None else float(least), high if most is None else float(most))
    dataset_rows.narrow(extra_ranges=others if ends == (low, high) else (*others, (name, *ends)))
