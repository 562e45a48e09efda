"""A checkpoint as a card: facts and its model card."""

from __future__ import annotations

import re
from html import escape

import streamlit as st

from workbench.checkpoints import find
from workbench.errors import CheckpointError
from workbench.ui import caching
from workbench.ui.style import literal

_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)


def checkpoint_card(name: str) -> None:
    """Show what a checkpoint is.

    Args:
        name: As the user named it.
    """
    st.header(literal(name), anchor=False)
    try:
        facts = caching.facts(name)
    except CheckpointError as error:
        st.error(literal(str(error)), icon=":material/error:")
        return
    rows = "".join(
        f'<tr><th>{escape(key)}</th><td class="wb-fold">{escape(_shown(value))}</td></tr>'
        for key, value in facts.items()
        if value is not None and key != "name"
    )
    st.html(f'<div class="wb-box"><table class="wb-table"><tbody>{rows}</tbody></table></div>')
    card = find(name) / "README.md"
    if card.is_file():
        with st.expander("Model card"):
            st.markdown(_FRONT_MATTER.sub("", card.read_text(encoding="utf-8", errors="replace")))


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)
