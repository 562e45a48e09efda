"""The text of the Entities page: a box, sentences to pick from, and the one button."""

from __future__ import annotations

import streamlit as st

from workbench.text import excerpt, words
from workbench.ui import caching, state
from workbench.ui.state import bound, choices

_FILE = "sentences.csv"
# Words are counted up to here, so that typing stays quick in a book.
_MOST_COUNTED = 200_000


def sentence_box() -> bool:
    """Draw the text box with the samples and the button.

    Returns:
        Whether the button was pressed in this run.
    """
    chosen = choices()
    begun, chosen.entity_begun = chosen.entity_begun, True
    if not begun and not chosen.entity_text:
        first = caching.samples(_FILE)[0]
        state.put("entity_text", first["text"])
        state.put("entity_sample", first["id"])
    with st.container(border=True):
        st.text_area(
            "Text", height=110, label_visibility="collapsed", placeholder="Paste a text",
            **(bound("entity_text") | {"on_change": _typed, "args": ()}),
        )  # fmt: skip
        with st.container(horizontal=True, vertical_alignment="center"):
            pressed = st.button("Find", type="primary", icon=":material/label:")
            _samples()
        count = len(words(chosen.entity_text[:_MOST_COUNTED]))
        st.caption(f"{count:,} words, {len(chosen.entity_text):,} characters")
    return pressed


def _samples() -> None:
    rows = {row["id"]: row for row in caching.samples(_FILE)}
    st.selectbox(
        "Sample sentences",
        list(rows),
        format_func=lambda name: f"{name} ({rows[name]['domain']}): {excerpt(rows[name]['text'], 70)}",
        index=None,
        placeholder="Sample sentences",
        label_visibility="collapsed",
        width="stretch",
        key=bound("entity_sample")["key"],
        on_change=_take,
    )


def _typed() -> None:
    state.copy("entity_text")
    # A text of one's own is no sample any more, and that sample can be taken again.
    state.put("entity_sample", None)


def _take() -> None:
    state.copy("entity_sample")
    name = choices().entity_sample
    row = next((row for row in caching.samples(_FILE) if row["id"] == name), None)
    if row:
        state.put("entity_text", row["text"])
