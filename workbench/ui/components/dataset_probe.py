"""The test of a word: removed and replaced across a data set, beside other words of the same reviews."""

from __future__ import annotations

import streamlit as st

from workbench import services
from workbench.errors import WorkbenchError
from workbench.schema import RowFilter, WordProbe
from workbench.triage import Dataset
from workbench.triage.sampling import check_same_model
from workbench.ui import caching
from workbench.ui.components.dataset_explain import CANCELLED
from workbench.ui.components.dataset_links import Act, Line, link_table
from workbench.ui.components.dataset_probe_html import changed_cells, effect_title, effects_html, verdict_html
from workbench.ui.dataset_jobs import ProbeJob, ProbeRequest
from workbench.ui.dataset_opening import holding, show_review
from workbench.ui.state import bound, choices, widget_key
from workbench.ui.style import literal

_EXAMPLES = 8
# Texts of a review beside those with replacements: as it is, without the word, and five other words edited twice.
_FIXED = 12
_DRAWN = 5  # replacements, where none are given


def probe_panel(dataset: Dataset, chosen: RowFilter, *, busy: bool) -> None:
    """Draw the word, the button, and what came of the last test.

    Args:
        dataset: The data set.
        chosen: Which reviews.
        busy: Nothing can begin now.
    """
    asked = choices()
    with st.container(key="wb-asked-probe"):
        word, instead, limit, begin = st.columns([2, 2, 1, 1.2], vertical_alignment="bottom")
    word.text_input("Word or phrase", max_chars=200, placeholder="any word", **bound("probe_word"))
    instead.text_input(
        "Put in its place", max_chars=500, placeholder="words that say nothing, drawn from the file",
        help="Several with commas between.", **bound("probe_instead"),
    )  # fmt: skip
    limit.number_input("Most reviews", min_value=10, max_value=5_000, step=50, **bound("probe_limit"))
    pressed = begin.button("Test this word", type="primary", key=widget_key("probe"), disabled=busy)
    wanted, asked.probe_wanted = asked.probe_wanted, False
    texts = asked.probe_limit * (_FIXED + (len(_replacements()) or _DRAWN))
    st.caption(
        "Removes it and replaces it in the reviews that have it, does the same to five other words of each, and "
        f"compares: at most about {texts:,} evaluations of the checkpoint."
    )
    if (pressed or wanted) and not busy and _start(dataset, chosen):
        st.rerun()
    _outcome(dataset)


def _start(dataset: Dataset, chosen: RowFilter) -> bool:
    """Whether the job could begin."""
    asked = choices()
    if not asked.probe_word.strip():
        st.caption("There is no word yet.")
        return False
    try:
        checkpoint = caching.checkpoint(dataset.manifest.checkpoint.name)
        check_same_model(dataset, checkpoint)
    except WorkbenchError as error:
        st.error(literal(str(error)), icon=":material/error:")
        return False
    job = ProbeJob(
        ProbeRequest(
            folder=str(dataset.folder),
            chosen=chosen,
            word=asked.probe_word.strip(),
            replace=_replacements(),
            reviews=asked.probe_limit,
        )
    )
    job.work(dataset, checkpoint)
    asked.probe = job
    return True


def _replacements() -> tuple[str, ...]:
    return tuple(filter(None, map(str.strip, choices().probe_instead.split(","))))


def _outcome(dataset: Dataset) -> None:
    job = choices().probe
    if job is None or job.running or job.request.folder != str(dataset.folder):
        return
    if job.fault == CANCELLED:
        st.caption("Cancelled before there was a result.")
    elif job.fault:
        st.error(literal(job.fault), icon=":material/error:")
    elif job.found is not None:
        st.html(verdict_html(services.shortcut_verdict(job.found), job.found))
        st.html(effects_html(job.found))
        _examples(job.found, job.request.chosen)


def _examples(probe: WordProbe, chosen: RowFilter) -> None:
    """The most changed reviews of each edit."""
    which = holding(probe.word, chosen=chosen)
    for place, effect in enumerate(probe.effects):
        words = effect.words
        if effect.examples:
            st.caption(literal(f"Most changed where it is {effect_title(effect)}"))
            lines = [
                Line(Act(f"review {one.id + 1:,}", show_review, (which, one.id)), changed_cells(one, probe.word, words))
                for one in effect.examples[:_EXAMPLES]
            ]
            link_table(
                f"changed-{place}", ("Review", "Prediction", "Read instead"), lines, grid="wb-changed", share=0.14
            )
