"""Which runs are listed: the words above the list, the filters in the sidebar."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from workbench.explainers import METHODS
from workbench.schema import RunFacets
from workbench.ui import state
from workbench.ui.components.saved_run import private_toggle
from workbench.ui.components.whatif import distinct
from workbench.ui.state import bound, choices

_KINDS = ("explanation", "comparison", "entities")
_FILTERS = ("history_kind", "history_checkpoint", "history_method", "history_label", "history_tag")


def history_search() -> None:
    """Draw the field of the words that are searched."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _field()
        chosen = choices()
        st.button(
            "Clear", icon=":material/filter_alt_off:", key=state.widget_key("history-clear"), on_click=_clear,
            disabled=not any(getattr(chosen, one) for one in (*_FILTERS, "history_words", "history_dates")),
        )  # fmt: skip


def _field() -> None:
    binding = bound("history_words")
    st.text_input(
        "Search",
        placeholder="Search texts, notes and tags; Enter searches",
        label_visibility="collapsed",
        icon=":material/search:",
        width="stretch",
        key=binding["key"],
        on_change=_changed,
        args=binding["args"],
    )


def history_filters(facets: RunFacets) -> None:
    """Draw the filters.

    Args:
        facets: What there is to choose from.
    """
    with st.sidebar:
        _choice("Kind", "history_kind", _KINDS, str.title)
        _choice("Checkpoint", "history_checkpoint", facets.checkpoints)
        _choice("Method", "history_method", facets.methods, method_title)
        _choice("Predicted label", "history_label", facets.labels)
        _choice("Tag", "history_tag", facets.tags)
        _days()
        private_toggle()


def _days() -> None:
    """A range of days. Cleared, it is another widget, since one with a value of its own cannot be set."""
    key = state.widget_key("history-days", str(choices().forms))
    st.date_input(
        "Days, first and last",
        list(choices().history_dates),
        format="YYYY-MM-DD",
        key=key,
        on_change=_take_days,
        args=(key,),
    )


def _take_days(key: str) -> None:
    choices().history_dates = tuple(state.value(key))
    choices().history.page = 0


def method_title(name: str) -> str:
    """A method as readers know it.

    Args:
        name: Registered here, or by another version.

    Returns:
        Its title, or the name.
    """
    return METHODS[name].title if name in METHODS else name


def _choice(title: str, name: str, offered: Sequence[str], shown: Callable[[str], str] = str) -> None:
    """A filter; what it is set to is offered even where no run has it any longer."""
    current = getattr(choices(), name)
    options = [*offered, *([current] if current and current not in offered else [])]
    binding = bound(name)
    labels = dict(zip(options, distinct([shown(one) for one in options]), strict=True))
    st.selectbox(
        title, options, index=None, format_func=labels.__getitem__, placeholder="All",
        key=binding["key"], on_change=_changed, args=binding["args"],
    )  # fmt: skip


def _changed(name: str) -> None:
    """Another choice begins at its first page."""
    state.copy(name)
    choices().history.page = 0


def _clear() -> None:
    for name in _FILTERS:
        state.put(name, None)
    state.put("history_words", "")
    chosen = choices()
    chosen.history_dates, chosen.history.page = (), 0
    chosen.forms += 1
