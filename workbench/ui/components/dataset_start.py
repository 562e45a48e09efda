"""A new batch: its file and columns, the checkpoint, whether to explain, and the button that puts it in the queue."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import streamlit as st

from workbench import resources, services
from workbench.batch import queue
from workbench.checkpoints import places
from workbench.errors import WorkbenchError
from workbench.explainers import METHODS
from workbench.schema import BatchOptions
from workbench.tables import Table
from workbench.ui import caching, dataset_asking, dataset_source, file_choice, state
from workbench.ui.components.file_box import faults_html, preview_html
from workbench.ui.components.settings import described
from workbench.ui.dataset_choices import BATCHES, PATH, UPLOAD
from workbench.ui.dataset_sentences import said
from workbench.ui.dataset_source import Input
from workbench.ui.file_choice import NO_COLUMN
from workbench.ui.state import bound, choices, held, widget_key
from workbench.ui.style import literal

_TYPES = ("csv", "tsv", "jsonl", "parquet", "txt")
_UPLOAD = widget_key("dataset-upload")
_USUAL_METHOD = "occlusion"  # tells as much as any for the least


def start_panel() -> None:
    """Draw the form of a new batch."""
    _source_fields()
    chosen = choices()
    fault = state.noted("dataset-start")
    if fault:
        st.error(literal(said(fault)), icon=":material/error:")
    try:
        source = dataset_source.chosen_source(chosen)
        if source is None:
            st.caption("A review a row, with or without labels. All rows are predicted, by a process of their own.")
            return
        found = dataset_source.look(source)
        _columns(found)
        if chosen.dataset_text != NO_COLUMN:
            label = None if chosen.dataset_label == NO_COLUMN else found.columns[chosen.dataset_label]
            _preview(found, dataset_source.head(source, found.columns[chosen.dataset_text], label))
        checkpoint, able = _checkpoint()
        options = dataset_asking.options_of(chosen, found)
    except WorkbenchError as error:
        st.error(literal(said(str(error))), icon=":material/error:")
        return
    _start(source, found, checkpoint, options if able else None)


def _source_fields() -> None:
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


def _columns(found: Input) -> None:
    names, chosen = found.columns, choices()
    positions = [NO_COLUMN, *range(len(names))]
    for field in ("dataset_text", "dataset_label"):
        if getattr(chosen, field) not in positions:
            state.put(field, NO_COLUMN)
    own = {chosen.dataset_text, chosen.dataset_label}
    others = [place for place in range(len(names)) if place not in own]
    if not set(chosen.dataset_extra) <= set(others):
        state.put("dataset_extra", [place for place in chosen.dataset_extra if place in others])
    text, label, extra = st.columns([1, 1, 2])
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


def _preview(found: Input, table: Table) -> None:
    source = table.source
    about = "" if found.exact else "about "
    rows = "an unknown number of rows" if found.rows is None else f"{about}{found.rows:,} rows"
    labelled = sum(row.label is not None for row in table.rows)
    left = source.seen - source.good
    first = "" if found.exact and found.rows == source.seen else f"of the first {source.seen:,} "
    counts = [
        rows + (f" in {found.files:,} files" if found.files > 1 else ""),
        first + (f"{labelled:,} with a label" if labelled else "no labels"),
        *([f"{first}{left:,} cannot be predicted"] if left else []),
        source.form + (f", {source.encoding}" if source.encoding else ""),
    ]
    st.html(preview_html(table, counts))
    if left:
        with st.expander(f"{left:,} row{'s' * (left != 1)} that cannot be predicted"):
            st.html(faults_html(source))


def _checkpoint() -> tuple[str, bool]:
    """Draw the checkpoint and whether to explain; gives its name, and whether that can be done."""
    chosen = choices()
    names = caching.offered()
    if chosen.dataset_checkpoint not in names:
        state.put("dataset_checkpoint", chosen.checkpoint if chosen.checkpoint in names else names[0])
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox("Checkpoint", names, format_func=described, width=320, **bound("dataset_checkpoint"))
        st.toggle(
            "Explain each review too",
            help="Takes many evaluations of the model for each row. A selection can be explained later as well.",
            **(bound("dataset_explain") | {"on_change": _explaining, "args": ()}),
        )
    if not chosen.dataset_explain:
        return chosen.dataset_checkpoint, True
    able = [
        name for name, why in services.methods_for(caching.checkpoint(chosen.dataset_checkpoint)).items() if not why
    ]
    if not set(chosen.dataset_methods) <= set(able):
        state.put("dataset_methods", [name for name in chosen.dataset_methods if name in able])
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.pills(
            "Methods", able, selection_mode="multi", format_func=lambda name: METHODS[name].title,
            **bound("dataset_methods"),
        )  # fmt: skip
        st.number_input(
            "Evaluations a review", min_value=1, step=100, placeholder="the usual ones", width=200,
            help="Of each method that has a budget.", **bound("dataset_budget"),
        )  # fmt: skip
    return chosen.dataset_checkpoint, bool(chosen.dataset_methods)


def _explaining() -> None:
    state.copy("dataset_explain")
    if not choices().dataset_methods:
        state.put("dataset_methods", [_USUAL_METHOD])


def _start(source: Path, found: Input, checkpoint: str, options: BatchOptions | None) -> None:
    chosen = choices()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("Name", placeholder=source.name, width=320, **bound("dataset_name"))
        st.button(
            "Predict",
            type="primary",
            icon=":material/play_arrow:",
            disabled=options is None,
            on_click=_begin,
            args=(chosen.dataset_asked, source, options),
            key=widget_key("dataset-predict", str(chosen.dataset_asked)),
        )
    if options is not None:
        st.caption(literal(dataset_asking.cost_text(found, checkpoint, options)))
    elif chosen.dataset_text == NO_COLUMN:
        st.caption("Choose the column of the text.")
    else:
        st.caption("Choose a method, or do not explain.")


def _begin(asked: int, source: Path, options: BatchOptions) -> None:
    chosen = choices()
    if asked != chosen.dataset_asked:
        return  # pressed twice
    try:
        batch = dataset_asking.put(chosen, source, options)
    except WorkbenchError as error:
        state.note("dataset-start", str(error))
        return
    chosen.dataset_asked += 1
    if not chosen.dataset:
        chosen.dataset_batch = batch
    state.put("dataset_way", BATCHES)


def _guessing(field: str) -> dict[str, Any]:
    """Ties a widget to a field; when it changes, columns are guessed anew."""
    return (held if field == "dataset_from" else bound)(field) | {"on_change": _changed, "args": (field,)}


def _changed(field: str) -> None:
    state.copy(field)
    _guess()


def _uploaded() -> None:
    given = state.value(_UPLOAD)
    try:
        choices().dataset_upload = None if given is None else queue.keep_upload(given.name, given)
    except WorkbenchError as error:
        state.note("dataset-start", str(error))
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
