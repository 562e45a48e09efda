"""Checkpoints compared on one review."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from workbench.checkpoints import Checkpoint
from workbench.errors import WorkbenchError
from workbench.schema.comparison import FEWEST
from workbench.ui import comparing, opening
from workbench.ui.comparing import Sides
from workbench.ui.comparison_job import ComparisonJob
from workbench.ui.components.compare_attention import compared_attention
from workbench.ui.components.compare_difference import difference_panel
from workbench.ui.components.compare_rows import agreement_html, compared_rows_html
from workbench.ui.components.compare_settings import comparison_settings
from workbench.ui.components.compare_verdicts import verdicts_html
from workbench.ui.components.keeping import keep_comparison
from workbench.ui.components.review import review_box
from workbench.ui.components.saved_run import saved_banner
from workbench.ui.state import choices, widget_key
from workbench.ui.style import literal

_POLL_SECONDS = 0.4


def compare_review_panel(names: Sequence[str]) -> None:
    """Draw the review, the button and what came of it.

    Args:
        names: Of the checkpoints, two to four; fewer draw a hint.
    """
    pressed = review_box("Compare", ":material/compare_arrows:")
    chosen = choices()
    wanted, chosen.compare_wanted = pressed or chosen.compare_wanted, False
    if len(names) < FEWEST:
        st.info("Choose two to four checkpoints in the sidebar.", icon=":material/compare_arrows:")
    checkpoints = comparison_settings(names) if len(names) >= FEWEST else None
    # What stands in the history can be shown without the checkpoints.
    if checkpoints is None and (chosen.compare_job is None or chosen.compare_job.recorded is None):
        return
    try:
        if wanted and checkpoints is not None:
            comparing.ask(chosen, comparing.request_of(chosen, checkpoints))
        _results(checkpoints)
    except WorkbenchError as error:
        st.error(literal(str(error)), icon=":material/error:")


def _results(checkpoints: Sequence[Checkpoint] | None) -> None:
    chosen = choices()
    request = chosen.compare_request
    if request is None:
        return
    if checkpoints is not None and comparing.outdated(chosen, checkpoints):
        st.info("Review or settings have changed since; press Compare to see their effect.", icon=":material/update:")
    recorded = None if chosen.compare_job is None else chosen.compare_job.recorded
    sides = comparing.sides_of(request) if recorded is None else opening.sides_of_saved(recorded)
    job = comparing.job_for(chosen, request, sides)
    saved_banner(job.keeping)
    st.header("Verdicts")
    st.html(verdicts_html(sides, request.unit))
    st.fragment(_followed, run_every=_POLL_SECONDS if job.running else None)(job, sides, job.running)
    st.header("Attention, side by side")
    compared_attention(job, sides)
    st.header("Keep it")
    keep_comparison(job)


def _followed(job: ComparisonJob, sides: Sides, followed: bool) -> None:
    """What fills in while the job runs: explanations, agreement and differences."""
    running = job.running
    st.header("Explanations")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Cancel", icon=":material/stop_circle:", on_click=job.cancel, key=widget_key("compare", "cancel"),
            disabled=not running,
        )  # fmt: skip
        st.caption(_summary(job))
    st.html(compared_rows_html(job, sides))
    st.html(agreement_html(job))
    st.header("Why they differ")
    difference_panel(job, sides)
    if followed and not running:
        # Stop polling, and let the rest of the page see that the job has ended.
        st.rerun()


def _summary(job: ComparisonJob) -> str:
    if job.running:
        done, total = (sum(getattr(part, name) for part in job.parts) for name in ("done", "total"))
        return f"{done:,} / {total:,} evaluations"
    found = [part.found for part in job.parts if part.found is not None]
    asked, made = (sum(getattr(one.evaluations, name) for one in found) for name in ("asked", "made"))
    seconds = sum(one.seconds for one in found)
    return f"{asked:,} evaluations asked for, {made:,} made, the others known already; {seconds:.1f} s"
