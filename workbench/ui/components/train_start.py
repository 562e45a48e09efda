"""The start of a run: what it would take, the name of its checkpoint, one button."""

from __future__ import annotations

import streamlit as st

from workbench.checkpoints import places
from workbench.errors import WorkbenchError
from workbench.training import runs
from workbench.training.estimating import Estimate
from workbench.training.recipe import Source
from workbench.ui import state, training
from workbench.ui.components.train_data import data_box
from workbench.ui.components.train_look import look_panel
from workbench.ui.components.train_settings import train_settings
from workbench.ui.state import bound, choices, widget_key
from workbench.ui.style import literal
from workbench.ui.times import duration
from workbench.ui.train_choices import RUNS
from workbench.ui.training import Look
from workbench.ui.training_words import said


def new_run_panel() -> None:
    """Draw data, what it is like, settings and the button."""
    busy_note()
    train_settings()
    source = data_box()
    if source is None:
        return
    try:
        wanted = training.wanted_of(choices(), source)
    except WorkbenchError as error:
        st.error(literal(str(error)), icon=":material/error:")
        return
    st.header("What the data is like")
    job = training.look(choices(), wanted)
    look_panel(job)
    st.header("Train")
    _start(job, source)


def busy_note() -> None:
    """Say what is being trained already, and whose machine it is done on."""
    if places.roots() is not None:
        st.caption(
            ":material/dns: This app is served to others: training uses the machine that serves it, "
            "and everybody who can open this page sees the runs."
        )
    live = [one for one in runs.list_runs() if not one.final]
    if live:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f":material/model_training: {literal(live[0].plan.output.name)} is being trained.")
            st.button("Show it", key=widget_key("train-show"), on_click=show_run, args=(live[0].plan.id,))


def show_run(run: str) -> None:
    """Turn to a run; before anything is drawn, so from a callback.

    Args:
        run: Its id.
    """
    choices().train_run = run
    state.put("train_view", RUNS)


def _start(job: Look, source: Source) -> None:
    chosen = choices()
    if not chosen.train_name:
        state.put("train_name", training.free_name(source))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input("Name of the checkpoint", width=320, **bound("train_name"))
        st.button(
            "Train",
            type="primary",
            icon=":material/model_training:",
            disabled=job.recipe is None or job.inspection is None or not job.inspection.trainable,
            on_click=_begin,
            args=(job,),
            key=widget_key("train-start"),
        )
    if job.estimate is not None:
        st.caption(literal(estimate_text(job.estimate)))
    elif job.running:
        st.caption("How long it will take and how much memory is being measured.")
    fault = state.noted("train-fault")
    if fault:
        st.error(literal(said(fault)), icon=":material/error:")


def _begin(job: Look) -> None:
    if job.recipe is None or choices().train_view == RUNS:
        return  # pressed twice
    job.cancel()
    try:
        show_run(training.start(job.recipe, choices().train_name))
        state.put("train_name", "")
    except WorkbenchError as error:
        state.note("train-fault", str(error))


def estimate_text(found: Estimate) -> str:
    """What a run will take, in one sentence.

    Args:
        found: The estimate.

    Returns:
        The sentence.
    """
    share = found.trained / found.parameters
    return (
        f"{found.steps:,} steps, about {duration(found.seconds)} and {found.memory_bytes / 1e9:.1f} GB of memory on "
        f"{found.device}; {found.trained / 1e6:,.1f} of {found.parameters / 1e6:,.1f} million weights are trained "
        f"({share:.0%})."
    )
