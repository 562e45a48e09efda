"""A new batch: its file and columns, the checkpoint, whether to explain, and the button that puts it in the queue."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from workbench import services
from workbench.errors import InputError, WorkbenchError
from workbench.explainers import METHODS
from workbench.schema import BatchOptions
from workbench.ui import caching, dataset_asking, dataset_source, state
from workbench.ui.components.dataset_file import columns_fields, preview, source_fields
from workbench.ui.components.settings import described
from workbench.ui.dataset_choices import BATCHES
from workbench.ui.dataset_sentences import said
from workbench.ui.dataset_source import Input
from workbench.ui.file_choice import NO_COLUMN
from workbench.ui.state import bound, choices, widget_key
from workbench.ui.style import literal

_USUAL_METHOD = "occlusion"  # tells as much as any for the least


def start_panel() -> None:
    """Draw the form of a new batch."""
    source_fields()
    chosen = choices()
    try:
        source = dataset_source.chosen_source(chosen)
        if source is None:
            st.caption("A review a row, with or without labels. All rows are predicted, by a process of their own.")
            return
        found = dataset_source.look(source)
        if found.rows == 0:
            raise InputError(f"{source.name} has no rows", "choose a file with a review a row")
        columns_fields(found)
        if chosen.dataset_text != NO_COLUMN:
            label = None if chosen.dataset_label == NO_COLUMN else found.columns[chosen.dataset_label]
            preview(found, dataset_source.head(source, found.columns[chosen.dataset_text], label))
        checkpoint, able = _checkpoint()
        options = dataset_asking.options_of(chosen, found)
    except WorkbenchError as error:
        chosen.dataset_wish = None
        st.error(literal(said(str(error))), icon=":material/error:")
        return
    _start(source, found, checkpoint, options if able else None)


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
            "Methods", able, selection_mode="multi", format_func=lambda name: METHODS[name].title, wrap=True,
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
            on_click=_ask,
            args=(chosen.dataset_asked,),
            key=widget_key("dataset-predict", str(chosen.dataset_asked)),
        )
    wished, chosen.dataset_wish = chosen.dataset_wish, None
    # Not by what the button was drawn with: the settings may have changed in the moment in which it was pressed.
    if options is not None and wished == chosen.dataset_asked:
        _begin(source, options)
    if options is not None:
        st.caption(literal(dataset_asking.cost_text(found, checkpoint, options)))
    elif chosen.dataset_text == NO_COLUMN:
        st.caption("Choose the column of the text.")
    else:
        st.caption("Choose a method, or do not explain.")


def _ask(asked: int) -> None:
    choices().dataset_wish = asked


def _begin(source: Path, options: BatchOptions) -> None:
    chosen = choices()
    chosen.dataset_fault = ""
    try:
        batch = dataset_asking.put(chosen, source, options)
    except WorkbenchError as error:
        chosen.dataset_fault = str(error)
        st.rerun()
    chosen.dataset_asked += 1
    chosen.dataset_started.append(batch)
    if not chosen.dataset:
        chosen.dataset_batch = batch
    state.later("dataset_way", BATCHES)
    st.rerun()
