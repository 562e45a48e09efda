"""The review: a text box, samples to pick from, and the one button."""

from __future__ import annotations

import streamlit as st

from workbench.text import excerpt, words
from workbench.ui import caching, state
from workbench.ui.state import bound, choices


def review_box(action: str = "Explain", icon: str = ":material/troubleshoot:") -> bool:
    """Draw the text box with the samples and the button; the text is the same on every page.

    Args:
        action: What the button says.
        icon: What stands beside it.

    Returns:
        Whether the button was pressed in this run.
    """
    chosen = choices()
    if not chosen.text and not chosen.greeted:
        first = caching.samples()[0]
        state.put("text", first["text"])
        state.put("sample", first["id"])
    # A box that the reader has emptied stays empty.
    chosen.greeted = True
    with st.container(border=True):
        st.text_area(
            "Review", height=110, label_visibility="collapsed", placeholder="Paste a review",
            key=bound("text")["key"], on_change=_typed,
        )  # fmt: skip
        with st.container(horizontal=True, vertical_alignment="center"):
            pressed = st.button(action, type="primary", icon=icon)
            _samples()
        st.caption(f"{len(words(chosen.text[:200_000])):,} words, {len(chosen.text):,} characters")
    return pressed


def _samples() -> None:
    rows = {row["id"]: row for row in caching.samples()}
    binding = bound("sample")
    st.selectbox(
        "Sample reviews",
        list(rows),
        format_func=lambda name: f"{name} ({rows[name]['label']}): {excerpt(rows[name]['text'], 70)}",
        index=None,
        placeholder="Sample reviews",
        label_visibility="collapsed",
        width="stretch",
        key=binding["key"],
        on_change=_take,
    )


def _typed() -> None:
    """A text of the reader's own is no sample any longer."""
    state.copy("text")
    row = _sample()
    if row and row["text"] != choices().text:
        state.put("sample", None)


def _take() -> None:
    state.copy("sample")
    row = _sample()
    if row:
        state.put("text", row["text"])


def _sample() -> dict[str, str] | None:
    """The one that was picked."""
    return next((row for row in caching.samples() if row["id"] == choices().sample), None)
