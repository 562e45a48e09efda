"""Which data set is looked at: a new batch, one that waits or runs, or a finished one."""

from __future__ import annotations

from html import escape
from pathlib import Path

import streamlit as st

from workbench.batch import queue
from workbench.checkpoints import places
from workbench.errors import InputError, WorkbenchError
from workbench.schema import RowFilter
from workbench.triage import Dataset
from workbench.ui import dataset_source, datasets, state
from workbench.ui.components.dataset_batch import open_batch
from workbench.ui.components.dataset_queue import ended, followed, queue_panel
from workbench.ui.components.dataset_start import start_panel
from workbench.ui.dataset_choices import ADDRESS, BATCHES, FOLDER, NEW
from workbench.ui.dataset_sentences import said
from workbench.ui.state import bound, choices, held, widget_key
from workbench.ui.style import literal
from workbench.ui.times import duration, when


def restore_batch() -> None:
    """Open the batch that the page's address names; before anything is drawn."""
    named = st.query_params.get(ADDRESS)
    chosen = choices()
    if named and not chosen.dataset and not chosen.dataset_batch and named != chosen.dataset_lost:
        try:
            status = queue.read(named)
        except WorkbenchError:
            chosen.dataset_lost = named
            return
        chosen.dataset_batch = status.plan.id
        if status.state.phase == "done":
            open_batch(status.plan.id)
        else:
            state.put("dataset_way", BATCHES)
    if chosen.dataset_batch:
        chosen.dataset_lost = ""
    if chosen.dataset_batch and named != chosen.dataset_batch:
        st.query_params[ADDRESS] = chosen.dataset_batch
    elif chosen.dataset and not chosen.dataset_batch and named is not None:
        del st.query_params[ADDRESS]


def dataset_box() -> Dataset | None:
    """Draw the choice: a box while nothing is open, and else a line that it unfolds from.

    Returns:
        The data set that is open.
    """
    chosen = choices()
    if chosen.dataset_way == BATCHES:
        followed()
    dataset = _opened()
    if dataset is not None:
        _header(dataset)
    elif chosen.dataset_lost:
        st.warning(
            f"There is no batch {literal(chosen.dataset_lost)} here; it was removed, or the address is of another "
            "machine. Choose one below.",
            icon=":material/link_off:",
        )
    if chosen.dataset_fault:
        st.error(literal(said(chosen.dataset_fault)), icon=":material/error:")
    unfolded = dataset is None or chosen.dataset_box
    if unfolded:
        _box()
    else:
        ended()
        queue_panel(whole=False)
    return dataset


def _opened() -> Dataset | None:
    try:
        return datasets.opened()
    except InputError as error:
        chosen = choices()
        chosen.dataset = chosen.dataset_batch = ""
        st.query_params.pop(ADDRESS, None)
        st.error(literal(said(str(error))), icon=":material/error:")
        return None


def _box() -> None:
    with st.container(border=True):
        way = st.segmented_control(
            "Data set", [NEW, BATCHES, FOLDER], required=True, label_visibility="collapsed",
            **(held("dataset_way") | {"on_change": _turned, "args": ()}),
        )  # fmt: skip
        if places.roots() is not None:
            st.caption(
                ":material/dns: This app is served to others: batches use the machine that serves it, and everybody "
                "who can open this page sees them."
            )
        if way == NEW:
            start_panel()
        elif way == FOLDER:
            _folder()
        if way != BATCHES:
            ended()
        queue_panel(whole=way == BATCHES)


def _turned() -> None:
    state.copy("dataset_way")
    choices().dataset_fault = ""


def _folder() -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            "Folder of a finished batch",
            placeholder="/path/to/predicted",
            help="As workbench batch wrote it, on the machine that runs this app.",
            **(bound("dataset_folder") | {"on_change": _typed, "args": ()}),
        )
        st.button("Open", icon=":material/folder_open:", on_click=_open_typed, key=widget_key("ds-folder"))


def _typed() -> None:
    state.copy("dataset_folder")
    _open_typed()


def _open_typed() -> None:
    chosen = choices()
    chosen.dataset_fault = ""
    try:
        folder = dataset_source.batch_folder(chosen.dataset_folder)
        if folder is None:
            return
        # Opened here already, so that what is open stays open where this cannot be.
        datasets.check(folder)
    except InputError as error:
        chosen.dataset_fault = str(error)
        return
    datasets.open_folder(str(folder))
    chosen.dataset_batch = _queued(folder)
    chosen.dataset_box = False


def _queued(folder: Path) -> str:
    """The batch of the queue whose result a folder is; empty where it is of none."""
    return next((one.plan.id for one in queue.list_batches() if one.plan.output == folder), "")


def _header(dataset: Dataset) -> None:
    rows, errors = _counts(dataset)
    with st.container(horizontal=True, vertical_alignment="center", key="wb-dataset-head"):
        st.html(header_html(dataset, _name(dataset), rows), width="stretch")
        if errors:
            st.button(
                f"{errors:,} could not be predicted",
                type="tertiary",
                icon=":material/error:",
                key=widget_key("ds-failed"),
                on_click=datasets.show_rows,
                args=(RowFilter(failed=True),),
            )
        if dataset.summary is None:
            st.button("Refresh", icon=":material/refresh:", key=widget_key("ds-refresh"))
        st.button(
            "Fold" if choices().dataset_box else "Another data set",
            icon=":material/unfold_less:" if choices().dataset_box else ":material/unfold_more:",
            key=widget_key("ds-box"),
            on_click=_toggle,
        )


def header_html(dataset: Dataset, name: str, rows: int) -> str:
    """What a data set is.

    Args:
        dataset: The data set.
        name: What people call it.
        rows: How many of its rows are there.

    Returns:
        HTML, all text escaped.
    """
    manifest, summary = dataset.manifest, dataset.summary
    total = f"{rows:,} row{'s' * (rows != 1)}"
    facts = [
        manifest.checkpoint.name,
        total if summary is not None else f"unfinished: {rows:,} of {manifest.rows:,} rows so far",
        *([f"explained with {', '.join(manifest.options.methods)}"] if manifest.options.methods else []),
        *([f"took {duration(summary.seconds)}", when(summary.finished)] if summary is not None else []),
    ]
    notes = "".join(f'<div class="wb-dim">{escape(note)}</div>' for note in manifest.notes)
    said_of = f'<span class="wb-dim">{escape(" · ".join(facts))}</span>'
    return f'<div class="wb-batch"><b>{escape(name)}</b> {said_of}{notes}</div>'


def _name(dataset: Dataset) -> str:
    batch = choices().dataset_batch
    try:
        return queue.read(batch).plan.name if batch else dataset.manifest.input
    except WorkbenchError:  # removed meanwhile; the rows are still known
        return dataset.manifest.input


def _counts(dataset: Dataset) -> tuple[int, int]:
    """Rows that are there, and those of them that could not be predicted."""
    if dataset.summary is not None:
        return dataset.summary.rows, sum(dataset.summary.errors.values())
    question = "SELECT count(*), count(error) FROM reviews"
    ((rows, errors),) = dataset.memory.recall("counts", lambda: dataset.ask(question))
    return rows, errors


def _toggle() -> None:
    choices().dataset_box = not choices().dataset_box
