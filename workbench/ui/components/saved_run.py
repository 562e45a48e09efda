"""A run and the history: opened by its address, named where it is shown, and its link."""

from __future__ import annotations

from html import escape

import streamlit as st

from workbench import services
from workbench.errors import WorkbenchError
from workbench.schema import EntityReport, Report, SavedRun
from workbench.ui import caching, history, opening
from workbench.ui.run_keeping import Keeping, Outcome
from workbench.ui.state import bound, choices, leave_saved_run, widget_key
from workbench.ui.style import literal

_POLL_SECONDS = 0.4
_PRIVATE = "Private: nothing of this session is kept."


def open_from_address(kind: str = "explanation") -> None:
    """Open the run that the page's address names; before anything is drawn that it sets.

    Args:
        kind: Of the runs that the page shows. One of another kind goes to its own page.
    """
    run_id = st.query_params.get(history.ADDRESS)
    if not run_id or (run_id == choices().opened and kind in history.PAGES):
        return
    try:
        run = services.open_run(run_id)
    except WorkbenchError as error:
        st.error(literal(str(error)), icon=":material/error:")
        return
    if run.kind != kind:
        st.switch_page(history.page_file(run.kind), query_params={history.ADDRESS: run_id})
    opening.open_saved(run)


def name_in_address(keeping: Keeping) -> None:
    """Let the page's address name the run that is shown, so that a reload or a copied address finds it again.

    Args:
        keeping: Of the run's job; one that is not kept has no address.
    """
    run, chosen = keeping.run, choices()
    # Only once a run: whoever goes back to the address without it is not brought here again.
    if run is not None and chosen.opened != run.id:
        chosen.opened = run.id
        st.query_params[history.ADDRESS] = run.id


def saved_banner(keeping: Keeping) -> None:
    """Say that a run comes from the history; nothing for one that was made here.

    Args:
        keeping: Of the run's job.
    """
    run = keeping.run
    if run is None or not keeping.opened:
        return
    where = history.zone()
    with st.container(horizontal=True, vertical_alignment="center", key="wb-saved"):
        st.html(banner_html(run, f"{history.moment(run.created, where)} {run.created.astimezone(where.info):%Z}"))
        offered = {*caching.offered(), *caching.offered("entities")}
        st.button(
            "Run again", icon=":material/replay:", key=widget_key("run-again"), on_click=_run_again, args=(run,),
            disabled=any(one.name not in offered for one in run.checkpoints),
        )  # fmt: skip


def banner_html(run: SavedRun, moment: str) -> str:
    """When a saved run was made, and what its owner says of it.

    Args:
        run: The run.
        moment: When it ended, as shown.

    Returns:
        HTML, all text escaped.
    """
    tags = "".join(f'<span class="wb-tag">{escape(tag)}</span>' for tag in run.tags)
    note = f'<span class="wb-run-note">{escape(run.note)}</span>' if run.note else ""
    return (
        f'<div class="wb-saved"><b>Saved run of {escape(moment)}</b> <span class="wb-dim">as it was kept; nothing was '
        f"computed again</span> {tags}{note}</div>"
    )


def _run_again(run: SavedRun) -> None:
    chosen = choices()
    leave_saved_run()
    if isinstance(run.result, Report):
        chosen.job = None
    elif isinstance(run.result, EntityReport):
        chosen.entity_finding = chosen.entity_job = None
    else:
        chosen.compare_job = None


def kept_line(keeping: Keeping, *, ended: bool) -> None:
    """Say whether a run is kept, with its link; follows the history until that is settled.

    Args:
        keeping: Of the run's job.
        ended: Whether the job has ended.
    """
    waiting = ended and keeping.outcome is Outcome.PENDING
    st.fragment(_kept, run_every=_POLL_SECONDS if waiting else None)(keeping, waiting)


def _kept(keeping: Keeping, waiting: bool) -> None:
    run = keeping.run
    if keeping.notice:
        st.warning(literal(keeping.notice), icon=":material/history:")
    if run is not None:
        with st.container(horizontal=True, vertical_alignment="center", key="wb-kept"):
            st.caption("Kept in the history. Its link:", width="content")
            st.code(history.link_to(run.id, run.kind), language=None)
    if keeping.outcome is Outcome.PRIVATE:
        st.caption(_PRIVATE if run is None else "Private: what came later is not kept.")
    elif keeping.outcome is Outcome.EMPTY:
        st.caption("Nothing came out, so nothing is kept in the history.")
    elif keeping.outcome is Outcome.PENDING:
        st.caption(_PRIVATE if is_private() else "It will be kept in the history once it has ended.")
    if waiting and keeping.outcome is not Outcome.PENDING:
        # Stop polling.
        st.rerun()


def is_private() -> bool:
    """Whether nothing of this session is kept."""
    return choices().private or not services.history_enabled()


def private_toggle() -> None:
    """Let the user keep nothing of this session; where that is so for the whole app, say it."""
    if services.history_enabled():
        st.toggle("Private", help="Keep nothing of this session in the history.", **bound("private"))
    else:
        st.caption("Private: this app keeps nothing in the history (WORKBENCH_PRIVATE).")
