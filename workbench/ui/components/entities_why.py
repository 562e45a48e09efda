"""Why an entity has its type: pick one, and a row a method with the text as a heat map."""

from __future__ import annotations

import streamlit as st

from workbench.checkpoints import Checkpoint
from workbench.schema import EntityPrediction
from workbench.ui import entities
from workbench.ui.components.methods import POLL_SECONDS, rows_html, summary
from workbench.ui.components.words import words_table
from workbench.ui.entity_job import EntityJob
from workbench.ui.state import bound, choices
from workbench.ui.style import literal


def why_entity(checkpoint: Checkpoint | None, prediction: EntityPrediction, missing: str = "") -> EntityJob | None:
    """Let the reader pick an entity, and explain it in the background.

    Args:
        checkpoint: The model, where it is there.
        prediction: What it found.
        missing: Why it is not, in one line.

    Returns:
        The job; none while no entity is picked, or one that cannot be explained.
    """
    chosen = choices()
    numbers = entities.numbers_of(prediction, chosen.entity_types)
    if not numbers:
        st.caption("There is no entity to explain.")
        return None
    st.selectbox(
        "Entity",
        numbers,
        index=None,
        placeholder="Pick an entity here, or click a row above",
        format_func=lambda number: entities.name_of(prediction, number),
        label_visibility="collapsed",
        **bound("entity"),
    )
    if chosen.entity is None or chosen.entity_request is None:
        return None
    number = chosen.entity
    st.markdown(_question(prediction, number))
    job = _job(checkpoint, prediction, number)
    if job is None:
        st.warning(literal(missing), icon=":material/info:")
        return None
    st.fragment(_panel, run_every=POLL_SECONDS if job.running else None)(job, prediction, number, job.running)
    return job


def _job(checkpoint: Checkpoint | None, prediction: EntityPrediction, number: int) -> EntityJob | None:
    """The job that explains an entity; none where that is not in the saved run shown, and the checkpoint is gone."""
    chosen = choices()
    if chosen.entity_request is None:
        return None
    if checkpoint is not None:
        return entities.job_for(chosen, chosen.entity_request, checkpoint, prediction, number)
    job = chosen.entity_job
    return job if job is not None and job.opened is not None and job.request.entity == number else None


def _question(prediction: EntityPrediction, number: int) -> str:
    """What is explained, in a sentence, as Markdown."""
    one = prediction.entities[number]
    where = ""
    if prediction.windows:
        window = prediction.window_of(one)
        where = f" It was found in the window of characters {window.start:,} to {window.end:,}; no word outside counts."
    return (
        f"Why is **{literal(one.text)}** of type **{literal(one.type)}**? The scores say how much each word raises or "
        f"lowers the probability of that type on these words.{where}"
    )


def _panel(job: EntityJob, prediction: EntityPrediction, number: int, followed: bool) -> None:
    running = job.running
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Cancel",
            icon=":material/stop_circle:",
            on_click=job.cancel,
            key="workbench.cancel-entity",
            disabled=not running,
        )
        st.caption(summary(job))
    drawn, spans = entities.within(job, prediction, prediction.entities[number])
    st.html(rows_html(drawn, spans))
    words_table(drawn, spans)
    if followed and not running:
        # Stop polling, and let the rest of the page see that the job has ended.
        st.rerun()
