"""One batch in the list: what it is, how far, and what can be done with it."""

from __future__ import annotations

from html import escape

import streamlit as st

from workbench.batch import queue
from workbench.errors import WorkbenchError
from workbench.schema import BatchStatus
from workbench.schema.batch import PREDICTIONS
from workbench.ui import datasets
from workbench.ui.components.file_progress import bar_html
from workbench.ui.dataset_choices import ADDRESS
from workbench.ui.dataset_sentences import facts_text, phase_text, said
from workbench.ui.state import choices, widget_key
from workbench.ui.style import literal

_GONE = (
    "Its process is gone, perhaps for lack of memory or because the machine went down. Resume goes on as if nothing "
    "had happened."
)


def batch_html(status: BatchStatus, line: str, *, opened: bool = False) -> str:
    """What a batch is, how far, and what is wrong with it.

    Args:
        status: Where it stands.
        line: The last one of its log.
        opened: Whether it is the one that is open.

    Returns:
        HTML, all text escaped.
    """
    facts = " · ".join([phase_text(status), facts_text(status), *(["open"] if opened else [])])
    more = "" if status.final else progress_bar(status)
    if status.state.phase == "interrupted":
        more = f'<div class="wb-dim">{_GONE}</div>'
    if status.state.phase == "failed":
        fault = said(status.state.fault or "it failed; see its log")
        more = f'<div class="wb-fault">{escape(fault)}</div>'
        if line and line not in (status.state.fault or ""):
            more += f'<div class="wb-dim">Last line of the log: {escape(said(line))}</div>'
    return (
        f'<div class="wb-batch" data-phase="{status.state.phase}"><b>{escape(status.plan.name)}</b> '
        f'<span class="wb-dim">{escape(facts)}</span>{more}</div>'
    )


def progress_bar(status: BatchStatus) -> str:
    """How far a batch is, as a bar.

    Args:
        status: Where it stands.

    Returns:
        HTML.
    """
    return bar_html(status.progress.done, status.progress.total) if status.progress is not None else bar_html(0, 0)


def is_open(batch: str) -> bool:
    """Whether a batch is the one that is open.

    Args:
        batch: Its id.
    """
    return batch == choices().dataset_batch and bool(choices().dataset)


def batch_buttons(status: BatchStatus) -> None:
    """Draw what can be done with a batch.

    Args:
        status: Where it stands.
    """
    batch, phase = status.plan.id, status.state.phase
    if not is_open(batch) and (phase == "done" or _has_rows(status)):
        st.button(
            "Open" if phase == "done" else "Look at the rows that are there",
            icon=":material/table_view:",
            key=widget_key("ds-open", batch),
            on_click=open_batch,
            args=(batch,),
        )
    if not status.final:
        st.button(
            "Stopping" if status.cancelling else "Cancel",
            icon=":material/stop_circle:",
            help="Stops after the rows at hand; what is done stays, and Resume goes on from there.",
            disabled=status.cancelling,
            key=widget_key("ds-cancel", batch),
            on_click=_do,
            args=("cancel", batch),
        )
        return
    if status.resumable:
        st.button(
            "Try again" if phase == "failed" else "Resume",
            icon=":material/resume:",
            key=widget_key("ds-resume", batch),
            on_click=_do,
            args=("resume", batch),
        )
    if choices().dataset_removing != batch:
        st.button(
            "Remove", icon=":material/delete:", key=widget_key("ds-remove", batch), on_click=_ask, args=(batch,)
        )  # fmt: skip


def confirmation(status: BatchStatus) -> None:
    """Ask whether a batch is really to be removed.

    Args:
        status: Where it stands.
    """
    batch, own = status.plan.id, status.plan.output.is_relative_to(queue.root())
    what = "its result and marks" if own else f"its record; the result in {status.plan.output} stays"
    with st.container(horizontal=True, vertical_alignment="center", key=f"wb-remove-{batch}"):
        st.caption(f"Delete {literal(status.plan.name)}: {literal(what)}. This cannot be undone.")
        st.button(
            "Delete it", type="primary", key=widget_key("ds-delete", batch), on_click=_do, args=("remove", batch)
        )  # fmt: skip
        st.button("Keep it", key=widget_key("ds-keep", batch), on_click=_ask, args=("",))


def _has_rows(status: BatchStatus) -> bool:
    return any((status.plan.output / PREDICTIONS).glob("[0-9]*.parquet"))


def _ask(batch: str) -> None:
    choices().dataset_removing = batch


def _do(what: str, batch: str) -> None:
    chosen = choices()
    chosen.dataset_removing = chosen.dataset_fault = ""
    try:
        {"cancel": queue.cancel, "resume": queue.resume, "remove": queue.remove}[what](batch)
    except WorkbenchError as error:
        chosen.dataset_fault = str(error)
        return
    if what == "remove" and chosen.dataset_batch == batch:
        chosen.dataset = chosen.dataset_batch = ""
        st.query_params.pop(ADDRESS, None)
    if what == "resume" and batch not in chosen.dataset_started:
        chosen.dataset_started.append(batch)
    if what == "resume" and not chosen.dataset:
        chosen.dataset_batch = batch


def open_batch(batch: str) -> None:
    """Open a batch, with the rows that are there; before anything is drawn, so from a callback.

    Args:
        batch: Its id.
    """
    chosen = choices()
    chosen.dataset_fault = ""
    try:
        status = queue.read(batch)
    except WorkbenchError as error:
        chosen.dataset_fault = str(error)
        return
    datasets.open_folder(str(status.plan.output))
    chosen.dataset_batch, chosen.dataset_box, chosen.dataset_lost = status.plan.id, False, ""
    dismiss(status.plan.id)


def dismiss(batch: str) -> None:
    """Count the end of a batch as told.

    Args:
        batch: Its id.
    """
    started = choices().dataset_started
    if batch in started:
        started.remove(batch)
