"""The batches of this machine: those that wait and run, as they go on, and those that are over."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from workbench.batch import queue
from workbench.errors import WorkbenchError
from workbench.schema import BatchStatus
from workbench.schema.batch import PREDICTIONS
from workbench.ui import datasets, state
from workbench.ui.components.file_progress import bar_html
from workbench.ui.dataset_sentences import facts_text, last_line, phase_text, said
from workbench.ui.state import choices, widget_key
from workbench.ui.style import literal

_POLL_SECONDS = 1.0
_LISTED = 30
_FAULT = "dataset-queue"
_GONE = (
    "Its process is gone, perhaps for lack of memory or because the machine went down. Resume goes on as if nothing "
    "had happened."
)


def queue_panel(*, whole: bool) -> None:
    """Draw the batches, and follow them while anything is to happen.

    Args:
        whole: All of them, with what can be done; else a line for the one that runs, while there is one.
    """
    live = _live(queue.list_batches())
    if whole or live:
        # The only fragment that polls: two timers beside each other can lose each other's turns.
        st.fragment(_panel, run_every=_POLL_SECONDS if live else None)(whole, _shown(), live)


def followed() -> None:
    """Open the batch that this session waits for, once it is done; before anything is drawn."""
    chosen = choices()
    if chosen.dataset or not chosen.dataset_batch:
        return
    try:
        status = queue.read(chosen.dataset_batch)
    except WorkbenchError:  # somebody removed it
        chosen.dataset_batch = ""
        return
    if status.state.phase == "done":
        open_batch(status.plan.id)


def open_batch(batch: str) -> None:
    """Open a batch, with the rows that are there; before anything is drawn, so from a callback.

    Args:
        batch: Its id.
    """
    try:
        status = queue.read(batch)
    except WorkbenchError as error:
        state.note(_FAULT, str(error))
        return
    chosen = choices()
    datasets.open_folder(str(status.plan.output))
    chosen.dataset_batch, chosen.dataset_box, chosen.dataset_lost = status.plan.id, False, ""


def _panel(whole: bool, shown: tuple[str, str], live: list[str]) -> None:
    listed = queue.list_batches()
    if shown != _shown() or live != _live(listed):
        # What is open, and whether it is followed, are settled by the page.
        st.rerun()
    fault = state.noted(_FAULT)
    if fault:
        st.error(literal(said(fault)), icon=":material/error:")
    if not whole:
        _line(listed)
        return
    if not listed:
        st.caption("No batch yet. One is listed here from its start on, and still is after the app was closed.")
    with st.container(gap="small"):
        for status in listed[:_LISTED]:
            _row(status)
    if len(listed) > _LISTED:
        st.caption(f"and {len(listed) - _LISTED:,} older ones: workbench batches list")


def _live(listed: Sequence[BatchStatus]) -> list[str]:
    return [one.plan.id for one in listed if not one.final]


def _shown() -> tuple[str, str]:
    return choices().dataset, choices().dataset_batch


def _line(listed: Sequence[BatchStatus]) -> None:
    """The batch that runs, or else the next one, in a line."""
    live = [one for one in reversed(listed) if not one.final]
    first = next((one for one in live if one.state.phase == "running"), live[0])
    more = f"; {len(live) - 1} more" if len(live) > 1 else ""
    st.html(f'<div class="wb-dim">{escape(f"{first.plan.name}: {phase_text(first)}{more}")}{_bar(first)}</div>')


def _row(status: BatchStatus) -> None:
    batch = status.plan.id
    with st.container(horizontal=True, vertical_alignment="center", key=f"wb-batch-{batch}"):
        line = last_line(batch) if status.state.phase == "failed" else ""
        st.html(batch_html(status, line, opened=_is_open(batch)), width="stretch")
        _buttons(status)
    if choices().dataset_removing == batch:
        _confirmation(status)


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
    more = "" if status.final else _bar(status)
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


def _bar(status: BatchStatus) -> str:
    return bar_html(status.progress.done, status.progress.total) if status.progress is not None else bar_html(0, 0)


def _is_open(batch: str) -> bool:
    return batch == choices().dataset_batch and bool(choices().dataset)


def _buttons(status: BatchStatus) -> None:
    batch, phase = status.plan.id, status.state.phase
    if not _is_open(batch) and (phase == "done" or _has_rows(status)):
        st.button(
            "Open" if phase == "done" else "Look at the rows that are there",
            type="primary" if phase == "done" and not choices().dataset else "secondary",
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


def _confirmation(status: BatchStatus) -> None:
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
    chosen.dataset_removing = ""
    try:
        {"cancel": queue.cancel, "resume": queue.resume, "remove": queue.remove}[what](batch)
    except WorkbenchError as error:
        state.note(_FAULT, str(error))
        return
    if what == "remove" and chosen.dataset_batch == batch:
        chosen.dataset = chosen.dataset_batch = ""
    if what == "resume" and not chosen.dataset:
        chosen.dataset_batch = batch
