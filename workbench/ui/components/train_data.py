"""The data of a run: an upload, a file of this machine or a data set of the hub, and its columns."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import streamlit as st

from workbench import resources
from workbench.checkpoints import places
from workbench.errors import InputError
from workbench.training.recipe import Source
from workbench.ui import file_choice, state, training_data
from workbench.ui.file_choice import NO_COLUMN
from workbench.ui.state import bound, choices, held, widget_key
from workbench.ui.style import literal
from workbench.ui.train_choices import HUB, PATH, UPLOAD
from workbench.ui.training_words import said

_TYPES = ("csv", "tsv", "jsonl", "parquet")
_UPLOAD = "train-upload"


def data_box() -> Source | None:
    """Draw the choice of the data.

    Returns:
        What is chosen; none where something is missing or wrong (the box says what).
    """
    with st.container(border=True):
        st.segmented_control(
            "Data", [UPLOAD, PATH, HUB], required=True, label_visibility="collapsed", **_guessing("train_from")
        )
        chosen = choices()
        if chosen.train_from == HUB:
            _hub_fields()
            return training_data.source_of(chosen, None, ())
        if chosen.train_from == PATH:
            _path_field()
        else:
            _upload_field()
        try:
            path = training_data.chosen_path(chosen)
            if path is None:
                st.caption("A text and its label a row. Nothing is trained before you have seen what the data is like.")
                return None
            names = training_data.columns(path)
        except InputError as error:
            st.error(literal(said(str(error))), icon=":material/error:")
            return None
        _columns(names)
        source = training_data.source_of(chosen, path, names)
        if source is None:
            st.caption("Choose the columns of the text and of its label; then the data is looked at.")
        return source


def _upload_field() -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        shown = st.file_uploader(
            "Labelled texts", type=_TYPES, label_visibility="collapsed", key=widget_key(_UPLOAD), on_change=_uploaded
        )
        st.button("Use the sample reviews", icon=":material/dataset:", on_click=_sampled, width="content")
    kept = choices().train_upload
    # The widget forgets its file when the page is left.
    if kept is not None and (shown is None or file_choice.chosen_file(shown.name, b"").name != kept.name):
        st.caption(f":material/description: {literal(kept.name)}")


def _path_field() -> None:
    outside = " inside the folders that it may read" if places.roots() is not None else ""
    st.text_input(
        "File",
        placeholder="/path/to/reviews.csv",
        help=f"csv, tsv, jsonl or parquet, on the machine that runs this app{outside}.",
        **_guessing("train_path"),
    )


def _hub_fields() -> None:
    name, part, config = st.columns([2, 1, 1])
    name.text_input("Data set", placeholder="owner/name", help="Needs a network.", **_guessing("train_dataset"))
    part.text_input("Split", **bound("train_split"))
    config.text_input("Configuration", placeholder="the only one", **bound("train_config"))
    text, label = st.columns(2)
    text.text_input("Column of the text", placeholder="by its name", **bound("train_hub_text"))
    label.text_input("Column of the label", placeholder="by its name", **bound("train_hub_label"))


def _columns(names: tuple[str, ...]) -> None:
    positions = [NO_COLUMN, *range(len(names))]
    for place, field, title in zip(
        st.columns(2), ("train_text", "train_label"), ("Column of the text", "Column of the label"), strict=True
    ):
        if getattr(choices(), field) not in positions:
            state.put(field, NO_COLUMN)
        place.selectbox(
            title,
            positions if getattr(choices(), field) == NO_COLUMN else positions[1:],
            format_func=lambda position: "choose a column" if position == NO_COLUMN else names[position],
            **held(field),
        )


def _guessing(field: str) -> dict[str, Any]:
    """Ties a widget to a field; when it changes, columns are guessed anew."""
    return bound(field) | {"on_change": _changed, "args": (field,)}


def _changed(field: str) -> None:
    state.copy(field)
    _guess()


def _uploaded() -> None:
    given = state.value(widget_key(_UPLOAD))
    if given is None:
        return
    try:
        choices().train_upload = training_data.keep_upload(file_choice.chosen_file(given.name, given.getvalue()))
    except InputError as error:
        st.error(literal(str(error)), icon=":material/error:")
    _guess()


def _sampled() -> None:
    choices().train_upload = Path(resources.folder("sample_data") / file_choice.SAMPLE).absolute()
    _guess()


def _guess() -> None:
    """Guess the columns of the data chosen; names of labels belong to the data before."""
    chosen = choices()
    chosen.train_names = {}
    text = label = NO_COLUMN
    # The box says what is wrong when it is drawn.
    with suppress(InputError):
        path = training_data.chosen_path(chosen)
        if path is not None:
            text, label = training_data.guess(path)
    state.put("train_text", text)
    state.put("train_label", label)
