"""What would change the rating: the smallest set of words to leave out, and single words replaced."""

from __future__ import annotations

from html import escape

import streamlit as st

from workbench.checkpoints import Checkpoint
from workbench.schema import Answer, Flip, Prediction
from workbench.text import excerpt
from workbench.ui.searches import REPLACED, SMALLEST, Found, Search
from workbench.ui.state import choices, widget_key
from workbench.ui.style import literal

_POLL_SECONDS = 0.5
_BUTTONS = {
    SMALLEST: ("Smallest change that flips it", ":material/content_cut:"),
    REPLACED: ("One word replaced", ":material/swap_horiz:"),
}


def search_buttons(checkpoint: Checkpoint, prediction: Prediction, name: str) -> None:
    """Draw a button a search; one that is under way, or whose result is shown, is off.

    Args:
        checkpoint: The model.
        prediction: Of the review as it is.
        name: Of the review.
    """
    searches = choices().searches.of(name)
    for kind, (label, icon) in _BUTTONS.items():
        known = searches.get(kind)
        st.button(
            label, icon=icon, key=widget_key("search", kind, name), on_click=choices().searches.start,
            args=(name, kind, checkpoint, prediction), disabled=known is not None and known.fault is None,
        )  # fmt: skip


def search_results(prediction: Prediction, name: str, *, busy: bool) -> None:
    """Show what was found, or how far that is; it stays while words are switched and the text is edited.

    Args:
        prediction: Of the review as it is.
        name: Of the review.
        busy: Another part of the page follows a job, and draws all anew when that ends.
    """
    for kind, search in choices().searches.of(name).items():
        if search.running:
            st.fragment(_progress, run_every=None if busy else _POLL_SECONDS)(search, widget_key("stop", kind, name))
        elif search.fault is not None:
            st.warning(literal(f"{_BUTTONS[kind][0]}: {search.fault}"), icon=":material/info:")
        else:
            st.html(found_html(search.found, prediction))


def _progress(search: Search, key: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Stop", icon=":material/stop_circle:", on_click=search.cancel, key=key, disabled=search.stopping())
        st.caption("Stopping" if search.stopping() else f"Searching; {search.done:,} evaluations so far")
    if not search.running:
        st.rerun()


def found_html(found: Found, prediction: Prediction) -> str:
    """What a search found.

    Args:
        found: A set of words to leave out, words that replace others, or nothing.
        prediction: Of the review as it is.

    Returns:
        HTML, all text escaped.
    """
    if isinstance(found, Flip):
        removed = ", ".join(span.of(prediction.text) for span in found.removed)
        how = "no smaller set does it" if found.proven else "the smallest set found"
        lines = [_found(f"without “{removed}”", found.answer, how)]
    elif found:
        lines = [
            _found(f"“{one.span.of(prediction.text)}” → “{one.word}”", one.answer, excerpt(one.text, 120))
            for one in found
        ]
    else:
        what = "set of words was found whose removal" if found is None else "single replacement was found that"
        lines = [f'<div class="wb-dim">No {what} changes the rating.</div>']
    return f'<div class="wb-swaps">{"".join(lines)}</div>'


def _found(change: str, answer: Answer, note: str) -> str:
    rating = "" if answer.expected_rating is None else f", expected {answer.expected_rating:.2f}"
    share = max(answer.probabilities.values())
    aside = f'<span class="wb-dim">{escape(note)}</span>'
    return f"<div>{escape(change)}: <b>{escape(answer.verdict)}</b> ({share:.2f}{rating}) {aside}</div>"
