"""The batches of this machine: those that wait and run, as they go on, and those that are over."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from workbench.batch import queue
from workbench.errors import WorkbenchError
from workbench.schema import BatchStatus
from workbench.ui.components.dataset_batch import (
    batch_buttons,
    batch_html,
    confirmation,
    dismiss,
    is_open,
    open_batch,
    progress_bar,
)
from workbench.ui.dataset_sentences import last_line, phase_text
from workbench.ui.state import choices, widget_key

_POLL_SECONDS = 1.0
_LISTED = 30


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


def ended() -> None:
    """Say which batches of this session have come to their end since."""
    chosen = choices()
    for batch in [one for one in chosen.dataset_started if one != chosen.dataset_batch or not chosen.dataset]:
        try:
            status = queue.read(batch)
        except WorkbenchError:  # somebody removed it
            chosen.dataset_started.remove(batch)
            continue
        if status.final:
            _told(status)


def _told(status: BatchStatus) -> None:
    batch = status.plan.id
    with st.container(horizontal=True, vertical_alignment="center", key=f"wb-ended-{batch}"):
        st.html(batch_html(status, ""), width="stretch")
        if status.state.phase == "done":
            st.button(
                "Open",
                icon=":material/table_view:",
                key=widget_key("ds-ended", batch),
                on_click=open_batch,
                args=(batch,),
            )
        st.button("Dismiss", type="tertiary", key=widget_key("ds-told", batch), on_click=dismiss, args=(batch,))


def _panel(whole: bool, shown: tuple[str, ...], live: list[str]) -> None:
    listed = queue.list_batches()
    if shown != _shown() or live != _live(listed):
        # What is open, and whether it is followed, are settled by the page.
        st.rerun()
    if not whole:
        _line(listed)
        return
    if not listed:
        st.caption("No batch yet. One is listed here from its start on, and still is after the app was closed.")
    with st.container(gap="small"):
        for status in listed[:_LISTED]:
            _row(status)
            if status.final:
                dismiss(status.plan.id)
    if len(listed) > _LISTED:
        st.caption(f"and {len(listed) - _LISTED:,} older ones: workbench batches list")


def _live(listed: Sequence[BatchStatus]) -> list[str]:
    return [one.plan.id for one in listed if not one.final]


def _shown() -> tuple[str, ...]:
    chosen = choices()
    return chosen.dataset, chosen.dataset_batch, chosen.dataset_fault


def _line(listed: Sequence[BatchStatus]) -> None:
    """The batch that runs, or else the next one, in a line."""
    live = [one for one in reversed(listed) if not one.final]
    first = next((one for one in live if one.state.phase == "running"), live[0])
    more = f"; {len(live) - 1} more" if len(live) > 1 else ""
    st.html(f'<div class="wb-dim">{escape(f"{first.plan.name}: {phase_text(first)}{more}")}{progress_bar(first)}</div>')


def _row(status: BatchStatus) -> None:
    batch = status.plan.id
    with st.container(horizontal=True, vertical_alignment="center", key=f"wb-batch-{batch}"):
        line = last_line(batch) if status.state.phase == "failed" else ""
        st.html(batch_html(status, line, opened=is_open(batch)), width="stretch")
        batch_buttons(status)
    if choices().dataset_removing == batch:
        confirmation(status)
