"""The one style sheet, for both themes, and the escaping of text for Streamlit's Markdown."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import streamlit as st

# Everything that Markdown, Streamlit's directives (:material/...:, :red[...]) or LaTeX could take for markup.
_MARKUP = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|$~:&^=])")


def is_dark() -> bool:
    """Whether the session shows the dark theme."""
    return st.context.theme.type == "dark"


def inject() -> None:
    """Put the style sheet into the page."""
    st.html(f"<style>{_sheet('dark' if is_dark() else 'light')}{_sheet('style')}</style>")


@cache
def _sheet(name: str) -> str:
    return (Path(__file__).parent / f"{name}.css").read_text(encoding="utf-8")


def literal(text: str) -> str:
    """Text for Streamlit's Markdown that shows as it is.

    Args:
        text: Any text.

    Returns:
        The text with everything escaped that could be markup.
    """
    return _MARKUP.sub(r"\\\1", text.replace("\n", " "))
