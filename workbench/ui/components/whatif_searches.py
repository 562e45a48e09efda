"""What would change the rating: the smallest set of words to leave out, and single words replaced."""

from __future__ import annotations

from html import escape

import streamlit as st

from workbench.checkpoints import Checkpoint
from workbench.errors import WorkbenchError
from workbench.schema import Answer, Prediction
from workbench.text import excerpt
from workbench.ui import caching, state
from workbench.ui.state import widget_key
from workbench.ui.style import literal

_SMALLEST, _REPLACED = "smallest", "replaced"
_BUTTONS = {
    _SMALLEST: ("Smallest change that flips it", ":material/content_cut:"),
    _REPLACED: ("One word replaced", ":material/swap_horiz:"),
}


def search_buttons(name: str) -> None:
    """Draw a button a search; one whose result is shown is off.

    Args:
        name: Of the review, for the keys of what is kept.
    """
    asked = _asked(name)
    for kind, (label, icon) in _BUTTONS.items():
        key = widget_key("search", kind, name)
        st.button(label, icon=icon, key=key, on_click=_ask, args=(name, kind), disabled=kind in asked)


def search_results(checkpoint: Checkpoint, prediction: Prediction, name: str) -> None:
    """Show what was found; it stays while words are switched and the text is edited.

    Args:
        checkpoint: The model.
        prediction: Of the review as it is.
        name: Of the review.
    """
    asked = _asked(name)
    shown = {_SMALLEST: _smallest, _REPLACED: _replaced}
    for kind in asked:
        try:
            shown[kind](checkpoint, prediction)
        except WorkbenchError as error:
            st.warning(literal(str(error)), icon=":material/info:")
            state.reset(_key(name), tuple(one for one in asked if one != kind))


def _key(name: str) -> str:
    return widget_key("searched", name)


def _asked(name: str) -> tuple[str, ...]:
    return tuple(state.peek(_key(name)) or ())


def _ask(name: str, kind: str) -> None:
    state.reset(_key(name), tuple(dict.fromkeys([*_asked(name), kind])))


def _smallest(checkpoint: Checkpoint, prediction: Prediction) -> None:
    windows = bool(prediction.windows)
    found = caching.smallest_removal(checkpoint, checkpoint.fingerprint, prediction, prediction.text, windows)
    if found is None:
        st.caption("No set of words was found whose removal changes the rating.")
        return
    removed = ", ".join(span.of(prediction.text) for span in found.removed)
    how = "no smaller set does it" if found.proven else "the smallest set found"
    st.html(_found(f"without “{removed}”", found.answer, how))


def _replaced(checkpoint: Checkpoint, prediction: Prediction) -> None:
    windows = bool(prediction.windows)
    others = caching.word_replacements(checkpoint, checkpoint.fingerprint, prediction, prediction.text, windows)
    if not others:
        st.caption("No single replacement was found that changes the rating.")
        return
    lines = [
        _found(f"“{one.span.of(prediction.text)}” → “{one.word}”", one.answer, excerpt(one.text, 120))
        for one in others
    ]
    st.html(f'<div class="wb-swaps">{"".join(lines)}</div>')


def _found(change: str, answer: Answer, note: str) -> str:
    rating = "" if answer.expected_rating is None else f", expected {answer.expected_rating:.2f}"
    share = max(answer.probabilities.values())
    aside = f'<span class="wb-dim">{escape(note)}</span>'
    return f"<div>{escape(change)}: <b>{escape(answer.verdict)}</b> ({share:.2f}{rating}) {aside}</div>"
