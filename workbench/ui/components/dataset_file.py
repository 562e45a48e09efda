"""The input of a new batch: an upload, the samples or a path, its columns, and its first rows."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import streamlit as st

from workbench import resources
from workbench.batch import queue
from workbench.checkpoints import places
from workbench.errors import WorkbenchError
from workbench.tables import Table
from workbench.ui import dataset_source, file_choice, state
from workbench.ui.components.file_box import faults_html, preview_html
from workbench.ui.dataset_source import Input
from workbench.ui.file_choice import NO_COLUMN
from workbench.ui.state import bound, choices, held, widget_key
from workbench.ui.style import literal
from workbench.ui.train_choices import PATH, UPLOAD

_TYPES = ("csv", "tsv", "jsonl", "parquet", "txt")
_UPLOAD = widget_key("dataset-upload")


def source_fields() -> None:
    """Draw where the file comes from."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.segmented_control(
            "Where the file is",
            [UPLOAD, PATH],
            required=True,
            label_visibility="collapsed",
            **_guessing("dataset_from"),
        )
        st.button("Use the sample reviews", icon=":material/dataset:", on_click=_sampled, key=widget_key("ds-sample"))
    if choices().dataset_from == PATH:
        outside = " inside the folders that it may read" if places.roots() is not None else ""
        st.text_input(
            "File or folder",
            placeholder="/path/to/reviews.csv",
            help=f"csv, tsv, jsonl, parquet, txt, or a folder of such, on the machine that runs this app{outside}.",
            **_guessing("dataset_path"),
        )
        return
    shown = st.file_uploader("Reviews", type=_TYPES, label_visibility="collapsed", key=_UPLOAD, on_change=_uploaded)
    kept = choices().dataset_upload
    # The widget forgets its file when the page is left.
    if (
        kept is not None
        and kept.exists()
        and (shown is None or file_choice.chosen_file(shown.name, b"").name != kept.name)
    ):
        st.caption(f":material/description: {literal(kept.name)}")


def columns_fields(found: Input) -> None:
    """Draw what each column is for.

    Args:
        found: The input.
    """
    names, chosen = found.columns, choices()
    positions = [NO_COLUMN, *range(len(names))]
    for field in ("dataset_text", "dataset_label"):
        if getattr(chosen, field) not in positions:
            state.put(field, NO_COLUMN)
    if chosen.dataset_label == chosen.dataset_text != NO_COLUMN:
        state.put("dataset_label", NO_COLUMN)
    own = {chosen.dataset_text, chosen.dataset_label}
    others = [place for place in range(len(names)) if place not in own]
    if not set(chosen.dataset_extra) <= set(others):
        state.put("dataset_extra", [place for place in chosen.dataset_extra if place in others])
    text, label, extra = st.columns([1, 1, 2], vertical_alignment="bottom")
    text.selectbox(
        "Column of the text",
        positions if chosen.dataset_text == NO_COLUMN else positions[1:],
        format_func=lambda place: "choose a column" if place == NO_COLUMN else names[place],
        **held("dataset_text"),
    )
    label.selectbox(
        "Column of the label",
        positions,
        format_func=lambda place: "no labels" if place == NO_COLUMN else names[place],
        **held("dataset_label"),
    )
    extra.multiselect(
        "Taken over",
        others,
        format_func=lambda place: names[place],
        placeholder="no other column",
        help="Columns that go with each row: to filter by, to compare slices, and into what is exported.",
        **held("dataset_extra"),
    )


def preview(found: Input, table: Table) -> None:
    """Draw the first rows, and what is wrong with some.

    Args:
        found: The input.
        table: Its first rows.
    """
    source = table.source
    about = "" if found.exact else "about "
    rows = "an unknown number of rows" if found.rows is None else f"{about}{found.rows:,} rows"
    labelled = sum(row.label is not None for row in table.rows)
    left = source.seen - source.good
    first = "" if found.exact and found.rows == source.seen else f"of the first {source.seen:,} rows "
    counts = [
        rows + (f" in {found.files:,} files" if found.files > 1 else ""),
        f"{labelled:,} {first}with a label" if labelled else "no labels",
        *([f"{left:,} {first}cannot be predicted"] if left else []),
        source.form + (f", {source.encoding}" if source.encoding else ""),
    ]
    st.html(preview_html(table, counts))
    if left:
        with st.expander(f"{left:,} row{'s' * (left != 1)} that cannot be predicted"):
            st.html(faults_html(source))


def _guessing(field: str) -> dict[str, Any]:
    """Ties a widget to a field; when it changes, columns are guessed anew."""
    return (held if field == "dataset_from" else bound)(field) | {"on_change": _changed, "args": (field,)}


def _changed(field: str) -> None:
    state.copy(field)
    _guess()


def _uploaded() -> None:
    given, chosen = state.value(_UPLOAD), choices()
    chosen.dataset_fault = ""
    try:
        chosen.dataset_upload = None if given is None else queue.keep_upload(given.name, given)
    except WorkbenchError as error:
        chosen.dataset_fault = str(error)
    _guess()


def _sampled() -> None:
    choices().dataset_upload = Path(resources.folder("sample_data") / file_choice.SAMPLE).absolute()
    state.put("dataset_from", UPLOAD)
    _guess()


def _guess() -> None:
    """Guess the columns and the name of the input chosen."""
    text = label = NO_COLUMN
    extra: list[int] = []
    name = ""
    # The form says what is wrong when it is drawn.
    with suppress(WorkbenchError):
        source = dataset_source.chosen_source(choices())
        if source is not None:
            found = dataset_source.look(source)
            text, label, extra, name = found.text, found.label, found.others, source.stem
    state.put("dataset_text", text)
    state.put("dataset_label", label)
    state.put("dataset_extra", extra)
    state.put("dataset_name", name)
