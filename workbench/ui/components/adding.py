"""Adding a checkpoint to the list: one field, one button, the progress of a download."""

from __future__ import annotations

from typing import Literal

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from workbench.checkpoints import fits, places, title
from workbench.ui import adding, caching, state
from workbench.ui.adding import Addition
from workbench.ui.state import choices
from workbench.ui.style import literal

_POLL_SECONDS = 0.4


def add_checkpoint(place: str) -> None:
    """Draw the field, and follow what was begun, here or elsewhere in this session.

    Args:
        place: Where it is drawn, for the keys of its widgets.
    """
    key = state.widget_key("add", place)
    addition = choices().addition
    _settle(addition, key)
    form = st.form(state.widget_key("add-form", place), border=False)
    with form, _line(place, "bottom"):
        st.text_input(
            "Hub id" if places.roots() is not None else "Hub id or folder",
            key=key,
            placeholder="owner/name" if places.roots() is not None else "owner/name or /path/to/folder",
            help="A hub id may name a revision, owner/name@revision. It is downloaded once and kept at that commit.",
        )
        busy = addition is not None and addition.running
        st.form_submit_button("Add", icon=":material/add:", on_click=_begin, args=(key,), disabled=busy)
    if addition is not None:
        st.fragment(_follow, run_every=_POLL_SECONDS if addition.running else None)(addition, place, addition.running)


def _begin(key: str) -> None:
    choices().addition = adding.start(str(state.value(key) or ""))


def _settle(addition: Addition | None, key: str) -> None:
    """The field is emptied once what it held is on the list; after a fault it keeps it."""
    if addition is None or addition.running or addition.seen:
        return
    addition.seen = True
    if addition.entry is not None:
        caching.forget(addition.entry.name)
        state.reset(key, "")


def _follow(addition: Addition, place: str, followed: bool) -> None:
    if addition.running:
        st.progress(*_progress(addition))
        st.button(
            "Cancel",
            icon=":material/stop_circle:",
            key=state.widget_key("add-cancel", place),
            on_click=addition.cancel,
            disabled=addition.stopping,
        )
    elif addition.fault is not None:
        st.error(literal(addition.fault), icon=":material/error:")
    elif addition.entry is not None:
        _added(addition.entry.name, place)
    if followed and not addition.running:
        # Every select of the page shows it from now on.
        st.rerun()


def _added(name: str, place: str) -> None:
    field, page = ("tagger", "Entities") if fits(name, "entities") else ("checkpoint", "Explain")
    used = getattr(choices(), field) == name
    with _line(place, "center"):
        st.markdown(f":material/check: {literal(title(name))} is on your list.", width="content")
        st.button(
            f"{page} uses it" if used else f"Use it on {page}",
            key=state.widget_key("add-use", place),
            on_click=state.put,
            args=(field, name),
            disabled=used,
        )


def _line(place: str, align: Literal["bottom", "center"]) -> DeltaGenerator:
    """Side by side on the page; the sidebar is too narrow for it."""
    wide = place == "page"
    return st.container(horizontal=wide, vertical_alignment=align if wide else "top")


def _progress(addition: Addition) -> tuple[float, str]:
    if addition.stopping:
        return 0.0, "Stopping"
    if not addition.total:
        return 0.0, f"Looking for {literal(addition.asked)}"
    share = min(addition.done / addition.total, 1.0)
    return share, f"{addition.done / 1e6:,.1f} of {addition.total / 1e6:,.1f} MB"
