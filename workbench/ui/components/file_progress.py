"""How far work in the background is, and the button that stops it."""

from __future__ import annotations

import streamlit as st

from workbench.ui.background import Background

_POLL_SECONDS = 0.5


def follow(job: Background, steps: str, key: str) -> None:
    """Show progress and Cancel until the work ends; then the page is drawn anew.

    Args:
        job: Running.
        steps: What is counted.
        key: Of the button; one for each job, so that a late click stops no other.
    """
    st.fragment(_progress, run_every=_POLL_SECONDS)(job, steps, key)


def _progress(job: Background, steps: str, key: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Cancel", icon=":material/stop_circle:", on_click=job.cancel, key=key, disabled=job.stopping())
        stopping = ", stopping after this batch" if job.stopping() else ""
        st.caption(f"{job.done:,} / {job.total:,} {steps}{stopping}")
    st.html(bar_html(job.done, job.total))
    if not job.running:
        st.rerun()


def bar_html(done: int, total: int) -> str:
    """A bar.

    Args:
        done: Steps done.
        total: Steps in all.

    Returns:
        HTML.
    """
    share = min(done / total, 1.0) * 100 if total else 0.0
    return f'<i class="wb-wait"><b style="width:{share:.0f}%"></b></i>'
