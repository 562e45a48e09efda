"""The file of reviews: an upload or the samples, its columns, its first rows, and what cannot be used of it."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from workbench.errors import InputError
from workbench.schema import FileSource
from workbench.tables import MOST_ROWS, Table
from workbench.text import excerpt
from workbench.ui import caching, file_choice, state
from workbench.ui.file_choice import NO_COLUMN, ChosenFile
from workbench.ui.state import bound, choices, held, widget_key
from workbench.ui.style import literal

_TYPES = ("csv", "tsv", "jsonl", "parquet", "txt")
_SHOWN, _WIDTH = 4, 150
_FAULTS_SHOWN = 50
_UPLOAD = "upload"


def file_box() -> Table | None:
    """Draw the choice of a file.

    Returns:
        Its reviews; none where there is no file, or none that can be read (the box says why).
    """
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.file_uploader(
                "Reviews",
                type=_TYPES,
                label_visibility="collapsed",
                key=widget_key(_UPLOAD),
                on_change=_uploaded,
            )
            st.button("Use the sample reviews", icon=":material/dataset:", on_click=_sampled, width="content")
        file = choices().file
        if file is None:
            st.caption("A review a row, with or without labels. Labels tell which checkpoint is right.")
            return None
        return _opened(file)


def column_named(position: int) -> str | None:
    """The name of a column of the chosen file.

    Args:
        position: Of the column, or ``NO_COLUMN``.

    Returns:
        Its name, or none.
    """
    file = choices().file
    names = () if file is None else caching.columns(file, file.digest, file.name)
    return names[position] if 0 <= position < len(names) else None


def _uploaded() -> None:
    given = state.value(widget_key(_UPLOAD))
    if given is not None:
        _take(file_choice.chosen_file(given.name, given.getvalue()))
    elif choices().file != file_choice.sample_file():
        choices().file = None


def _sampled() -> None:
    _take(file_choice.sample_file())


def _take(file: ChosenFile) -> None:
    """Choose a file, and guess its columns."""
    choices().file = file
    text = label = NO_COLUMN
    try:
        names = caching.columns(file, file.digest, file.name)
        text, label = file_choice.guessed_columns(names)
        if text == NO_COLUMN:
            found = caching.table(file, file.digest, file.name, None, None, choices().file_limit)
            text = names.index(found.source.text_columns[0])
    except InputError:
        pass  # The box says so when it is drawn.
    state.put("file_text", text)
    state.put("file_label", label)


def _opened(file: ChosenFile) -> Table | None:
    try:
        names = caching.columns(file, file.digest, file.name)
        _columns(names)
        table = caching.table(
            file,
            file.digest,
            file.name,
            column_named(choices().file_text),
            column_named(choices().file_label),
            choices().file_limit,
        )
    except InputError as error:
        st.error(literal(str(error)), icon=":material/error:")
        return None
    st.html(preview_html(table))
    faults = table.source.fault_counts
    if faults:
        left = sum(faults.values())
        with st.expander(f"{left:,} row{'s' * (left != 1)} left out"):
            st.html(faults_html(table.source))
    return table


def _columns(names: tuple[str, ...]) -> None:
    places = [NO_COLUMN, *range(len(names))]
    for field in ("file_text", "file_label"):
        if getattr(choices(), field) not in places:
            state.put(field, NO_COLUMN)
    text, label, limit = st.columns(3)
    text.selectbox(
        "Column of the text",
        places if choices().file_text == NO_COLUMN else places[1:],
        format_func=lambda place: "choose a column" if place == NO_COLUMN else names[place],
        **held("file_text"),
    )
    label.selectbox(
        "Column of the label",
        places,
        format_func=lambda place: "no labels" if place == NO_COLUMN else names[place],
        **held("file_label"),
    )
    limit.number_input(
        "At most rows",
        min_value=1,
        max_value=MOST_ROWS,
        step=100,
        help="Of a longer file so many rows are drawn at random.",
        **bound("file_limit"),
    )


def preview_html(table: Table, counts: Sequence[str] = ()) -> str:
    """The first rows, and how many there are.

    Args:
        table: What was read.
        counts: What is said of the file; by default how many rows were read.

    Returns:
        HTML, all text escaped.
    """
    source = table.source
    labelled = sum(row.label is not None for row in table.rows)
    left = source.seen - source.good
    counts = counts or [
        f"{len(table.rows):,} of {source.seen:,} rows read",
        f"{labelled:,} with a label" if labelled else "no labels",
        *([f"{left:,} left out"] if left else []),
        source.form + (f", {source.encoding}" if source.encoding else ""),
    ]
    body = "".join(
        f'<tr><th>{row.number}</th><td class="wb-fold" dir="auto">{escape(excerpt(row.text, _WIDTH))}</td>'
        f"<td>{escape(excerpt(row.label or '', 24))}</td></tr>"
        for row in table.rows[:_SHOWN]
    )
    notes = "".join(f'<div class="wb-dim">{escape(note)}</div>' for note in source.notes)
    return (
        f'<div><b>{escape(source.name)}</b> <span class="wb-dim">{escape(" · ".join(counts))}</span>'
        f'<table class="wb-table wb-preview"><thead><tr><th>row</th><th>text</th><th>label</th></tr></thead>'
        f"<tbody>{body}</tbody></table>{notes}</div>"
    )


def faults_html(source: FileSource) -> str:
    """What was left out, by reason and row.

    Args:
        source: Of the rows.

    Returns:
        HTML, all text escaped.
    """
    reasons = "".join(f"<li>{escape(reason)}: {count:,}</li>" for reason, count in source.fault_counts.items())
    rows = "".join(
        f'<tr><th>row {fault.number}</th><td class="wb-fold">{escape(fault.reason)}</td></tr>'
        for fault in source.faults[:_FAULTS_SHOWN]
    )
    more = sum(source.fault_counts.values()) - len(source.faults[:_FAULTS_SHOWN])
    rest = f'<div class="wb-dim">and {more:,} more</div>' if more > 0 else ""
    return f'<ul class="wb-list">{reasons}</ul><table class="wb-table"><tbody>{rows}</tbody></table>{rest}'
