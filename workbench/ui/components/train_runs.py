"""The runs of this machine: the list, newest first, and one of them as it goes on."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

import streamlit as st

from workbench.checkpoints import title
from workbench.errors import WorkbenchError
from workbench.training import runs
from workbench.training.plan import FINAL, Status
from workbench.ui import state
from workbench.ui.components.file_progress import bar_html
from workbench.ui.components.train_curves import curves_html
from workbench.ui.components.train_result import result_panel
from workbench.ui.state import choices, widget_key
from workbench.ui.style import literal
from workbench.ui.times import duration, when
from workbench.ui.train_choices import ENCODER, NEW, RUNS
from workbench.ui.training_words import last_line, said

_ADDRESS = "run"
_POLL_SECONDS = 1.0
_LISTED = 30
_PHASES = {
    "starting": "starting",
    "reading": "reading the data",
    "training": "training",
    "scoring": "measuring on the held-out rows",
    "interrupted": "interrupted",
    "done": "done",
    "cancelled": "cancelled",
    "failed": "failed",
}


def restore_run() -> None:
    """Show the run that the page's address names; before anything is drawn."""
    named = st.query_params.get(_ADDRESS)
    chosen = choices()
    if named is not None and not chosen.train_run:
        chosen.train_run = named
        state.put("train_view", RUNS)
    if named is not None and chosen.train_view == NEW:
        del st.query_params[_ADDRESS]


def runs_panel() -> None:
    """Draw the run that is chosen, and the list."""
    listed, chosen = runs.list_runs(), choices()
    if listed and not chosen.train_run:
        chosen.train_run = listed[0].plan.id
    if chosen.train_run and all(one.plan.id != chosen.train_run for one in listed):
        st.warning(
            f"There is no run {literal(chosen.train_run)} here; it was removed, or the address is of another machine.",
            icon=":material/link_off:",
        )
    if not listed:
        st.caption("No run yet. A run is listed here from its start on, and still is after the app was closed.")
        return
    if st.query_params.get(_ADDRESS) != chosen.train_run:
        st.query_params[_ADDRESS] = chosen.train_run
    live = [one.plan.id for one in listed if not one.final]
    # One fragment for all that changes: two timers beside each other can lose each other's turns.
    st.fragment(_page, run_every=_POLL_SECONDS if live else None)(chosen.train_run, live)


def _page(run: str, live: list[str]) -> None:
    if choices().train_run != run:
        # Which run is shown, and its address, are settled by the page.
        st.rerun()
    listed = runs.list_runs()
    status = next((one for one in listed if one.plan.id == run), None)
    if status is not None:
        _run(status)
        if status.final:
            result_panel(status)
    st.header("All runs")
    _list(listed, run)
    if live != [one.plan.id for one in listed if not one.final]:
        # Followed or not, and the checkpoints to choose from, are settled by the page.
        st.rerun()


def _run(status: Status) -> None:
    run, phase = status.plan.id, status.state.phase
    st.header(literal(status.plan.output.name), anchor=False)
    st.html(head_html(status))
    fault = state.noted(f"run-fault.{run}")
    if fault:
        st.error(literal(said(fault)), icon=":material/error:")
    if phase == "failed":
        st.error(literal(said(status.state.fault or "it failed; see its log")), icon=":material/error:")
    if phase == "interrupted":
        st.warning(
            "Its process is gone, perhaps for lack of memory or because the machine went down. Resume goes on from "
            "the last saved step, as if nothing had happened.",
            icon=":material/power_off:",
        )
    _buttons(status)
    drawn = curves_html(runs.events(run), over=status.final)
    if drawn:
        st.html(drawn)
    line = last_line(run)
    if line and phase != "done":
        st.caption(f"Last line of the log: {literal(said(line))}")


def _buttons(status: Status) -> None:
    run, phase = status.plan.id, status.state.phase
    with st.container(horizontal=True):
        if not status.final:
            st.button(
                "Stopping" if status.cancelling else "Cancel",
                icon=":material/stop_circle:",
                help="Stops after this step; the best weights so far are kept as a checkpoint.",
                disabled=status.cancelling,
                key=widget_key("train-cancel", run),
                on_click=_do,
                args=("cancel", run),
            )
        elif phase in ("interrupted", "failed") or (phase == "cancelled" and not status.state.entry):
            st.button(
                "Try again" if phase == "failed" else "Resume",
                type="primary" if phase == "interrupted" else "secondary",
                icon=":material/resume:",
                key=widget_key("train-resume", run),
                on_click=_do,
                args=("resume", run),
            )
        if status.final:
            st.button(
                "Remove this run",
                icon=":material/delete:",
                help="The record of the run goes; its checkpoint stays.",
                key=widget_key("train-remove", run),
                on_click=_do,
                args=("remove", run),
            )


def _do(what: str, run: str) -> None:
    try:
        {"cancel": runs.cancel, "resume": runs.resume, "remove": runs.remove}[what](run)
    except WorkbenchError as error:
        state.note(f"run-fault.{run}", str(error))
        return
    if what == "remove" and choices().train_run == run:
        choices().train_run = ""
        st.query_params.pop(_ADDRESS, None)


def head_html(status: Status) -> str:
    """What a run is, and how far.

    Args:
        status: Where it stands.

    Returns:
        HTML, all text escaped.
    """
    recipe = status.plan.recipe
    base = title(status.plan.base)
    how = f"adapters of rank {recipe.lora_rank}" if recipe.lora_rank else "all weights"
    facts = [
        ", ".join(Path(one.file).name for one in recipe.data),
        base if base != ENCODER else f"{ENCODER} (encoder)",
        how,
        f"{len(recipe.labels)} labels",
        f"learning rate {recipe.learning_rate:g}",
        f"batches of {recipe.batch_size}",
        f"begun {when(status.plan.created)}",
    ]
    bar = "" if status.state.phase in FINAL else bar_html(status.step, status.steps)
    return (
        f'<div class="wb-box"><b>{escape(phase_text(status))}</b> '
        f'<span class="wb-dim">{escape(" · ".join(facts))}</span>{bar}</div>'
    )


def phase_text(status: Status) -> str:
    """How far a run is, in a few words.

    Args:
        status: Where it stands.

    Returns:
        Such as ``training, step 12 of 40, about 2 min left``.
    """
    parts = ["stopping after this step" if status.cancelling else _PHASES[status.state.phase]]
    if status.state.phase == "done" and status.state.stopped == "early":
        parts.append("stopped early")
    if status.steps:
        parts.append(f"step {status.step:,} of {status.steps:,}")
    if status.seconds_left is not None and not status.cancelling:
        parts.append(f"about {duration(status.seconds_left)} left")
    return ", ".join(parts)


def _list(listed: Sequence[Status], shown: str) -> None:
    with st.container(gap=None):
        for status in listed[:_LISTED]:
            _row(status, shown)
    if len(listed) > _LISTED:
        st.caption(f"and {len(listed) - _LISTED:,} older ones: workbench training list")


def _row(status: Status, shown: str) -> None:
    run = status.plan.id
    with st.container(horizontal=True, vertical_alignment="center"):
        name = literal(status.plan.output.name)
        pressed = st.button(f"**{name}**" if run == shown else name, type="tertiary", key=widget_key("train-run", run))
        st.caption(literal(" · ".join([phase_text(status), *_score(status), when(status.plan.created)])))
    if pressed:
        choices().train_run = run
        st.rerun()


def _score(status: Status) -> list[str]:
    scores = status.state.scores
    return [f"accuracy {scores['accuracy']:.2f} on {scores['rows']:,} rows"] if scores else []
