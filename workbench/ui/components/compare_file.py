"""Checkpoints compared on a file of reviews."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from workbench import services
from workbench.errors import WorkbenchError
from workbench.schema import Choice
from workbench.tables import Table
from workbench.ui import caching, file_jobs, state
from workbench.ui.components.file_box import column_named, file_box
from workbench.ui.components.file_disagreement import disagreement_panel
from workbench.ui.components.file_figures import figures_panel
from workbench.ui.components.file_progress import follow
from workbench.ui.components.file_words import words_panel
from workbench.ui.components.keeping import downloads
from workbench.ui.file_jobs import FileJob, FileRequest
from workbench.ui.state import bound, choices, leave_file, widget_key
from workbench.ui.style import literal

ON_FILE = "A file"
_ADDRESS = state.FILE_ADDRESS


def restore_comparison() -> None:
    """Bring back the comparison that the page's address names, if it is still kept; before anything is drawn.

    Whoever goes to the other half of the page leaves the address, and comes back to it with the browser's Back.
    """
    key = st.query_params.get(_ADDRESS)
    chosen = choices()
    if key is None:
        return
    if chosen.file_job is None:
        chosen.file_job = caching.kept_comparisons().get(key)
        if chosen.file_job is None:
            st.info(
                "The comparison of this address is no longer kept here; choose a file and compare again.",
                icon=":material/history:",
            )
            leave_file()
            return
        state.put("compared", list(chosen.file_job.request.checkpoints))
    if chosen.compare_on != ON_FILE:
        state.put("compare_on", ON_FILE)


def half_choice() -> str:
    """Draw the choice between a review and a file.

    Returns:
        Which.
    """
    st.segmented_control(
        "Compare on", ["One review", ON_FILE], required=True, label_visibility="collapsed",
        key=bound("compare_on")["key"], on_change=_switched,
    )  # fmt: skip
    return choices().compare_on


def _switched() -> None:
    state.copy("compare_on")
    if choices().compare_on != ON_FILE:
        leave_file()


def compare_file_panel(names: Sequence[str]) -> None:
    """Draw the file, the button and what came of it.

    Args:
        names: Of the checkpoints, two to four; fewer draw a hint.
    """
    table = file_box()
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button(
            "Compare",
            type="primary",
            icon=":material/compare_arrows:",
            disabled=table is None or len(names) < 2,
            key=widget_key("compare-file"),
        )
        if len(names) < 2:
            st.caption("Choose at least two checkpoints in the sidebar.")
        elif table is not None:
            st.caption(literal(f"{', '.join(names)} on {len(table.rows):,} reviews"))
    if pressed and table is not None:
        _start(names, table)
    job = choices().file_job
    if job is not None:
        if st.query_params.get(_ADDRESS) != job.key:
            st.query_params[_ADDRESS] = job.key
        _answer(job, names, table)


def _start(names: Sequence[str], table: Table) -> None:
    try:
        checkpoints = [caching.checkpoint(name) for name in names]
        services.check_chosen(names, [one.fingerprint for one in checkpoints])
    except WorkbenchError as error:
        st.error(literal(str(error)), icon=":material/error:")
        return
    request = _request(names)
    if request is None:
        return
    chosen = choices()
    if chosen.file_job is not None:
        chosen.file_job.cancel()
    chosen.file_job = file_jobs.start(request, table, checkpoints, caching.kept_comparisons())
    state.put("file_pair", 0)
    state.put("file_choice", Choice.DISAGREE.value)


def _request(names: Sequence[str]) -> FileRequest | None:
    """What the button would ask for; none without a file."""
    chosen = choices()
    if chosen.file is None:
        return None
    return FileRequest(
        checkpoints=tuple(names),
        file=chosen.file.name,
        digest=chosen.file.digest,
        text=column_named(chosen.file_text),
        label=column_named(chosen.file_label),
        limit=chosen.file_limit,
    )


def _answer(job: FileJob, names: Sequence[str], table: Table | None) -> None:
    if table is not None and len(names) > 1 and _request(names) != job.request:
        st.info("File or settings have changed since; press Compare to see their effect.", icon=":material/update:")
    if job.running:
        follow(job, "predictions", widget_key("cancel-file", job.key))
    if job.found is None:
        if job.fault == "cancelled":
            st.info("Cancelled before all checkpoints had read any review.", icon=":material/stop_circle:")
        elif job.fault:
            st.error(literal(job.fault), icon=":material/error:")
        return
    st.header("How good each is")
    figures_panel(job.found)
    st.header("Where they differ")
    pair = disagreement_panel(job)
    st.header("Which words go with the disagreement")
    words_panel(job, pair)
    st.header("Keep it")
    downloads(job.told)
