"""A checkpoint as a card: facts and its model card."""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from typing import Any

import streamlit as st

from workbench.checkpoints import bundled, catalogue, here, places, title
from workbench.checkpoints.catalogue import Entry
from workbench.errors import CheckpointError, WorkbenchError
from workbench.ui import caching, state
from workbench.ui.state import choices
from workbench.ui.style import literal

_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_MOST_SIGNS = 40_000
_TITLES = {"megabytes": "size", "ratings": "labels are ratings"}


def your_checkpoints() -> None:
    """The cards of the user's own list, and what was removed from it last."""
    removed = choices().removed
    if removed is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"{literal(title(removed.name))} is off your list; its files are where they were.")
            st.button("Undo", icon=":material/undo:", key=state.widget_key("undo"), on_click=_put_back)
    listed = [one for one in catalogue.entries() if one.revision or places.allows(Path(one.name))]
    for file in catalogue.set_aside():
        st.warning(literal(f"The list was damaged once; what it held is in {file}."), icon=":material/warning:")
    if not listed:
        st.caption("Nothing yet. What you add is on every list of checkpoints, and still is after a restart.")
    for entry in listed:
        checkpoint_card(entry.name, entry)


def checkpoint_card(name: str, entry: Entry | None = None) -> None:
    """Show what a checkpoint is.

    Args:
        name: What loads it.
        entry: Where it is on the user's list, so that it can be removed.
    """
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.subheader(literal(title(name)), anchor=False)
        if entry is not None:
            st.button(
                "Remove",
                icon=":material/delete:",
                key=state.widget_key("remove", name),
                on_click=_remove,
                args=(entry,),
                help=literal(f"Take {title(name)} off your list. Its files stay where they are."),
            )
    try:
        facts = caching.facts(name)
    except CheckpointError as error:
        st.error(literal(str(error)), icon=":material/error:")
        return
    st.html(f'<div class="wb-box"><table class="wb-table">{_rows(name, facts, entry)}</table></div>')
    model_card(name)


def _rows(name: str, facts: dict[str, Any], entry: Entry | None) -> str:
    changed = entry is not None and entry.facts.get("fingerprint") != facts["fingerprint"]
    rows = {
        ("hub id" if facts.get("revision") else "folder"): name.partition("@")[0] if facts.get("revision") else name,
        **{key: value for key, value in facts.items() if value is not None and key != "name"},
        "added": None if entry is None else entry.added.replace("T", " ").replace("+00:00", " UTC"),
        "note": "The files have changed since it was added." if changed else None,
    }
    if name in bundled():
        del rows["folder"]
    return "".join(
        f'<tr><th>{escape(_TITLES.get(key, key))}</th><td class="wb-fold">{escape(_shown(key, value))}</td></tr>'
        for key, value in rows.items()
        if value is not None
    )


def model_card(name: str) -> None:
    """Show a model card: ours as it was written; any other as plain text, since its pictures and links lead elsewhere.

    Args:
        name: What loads the checkpoint.
    """
    folder = here(name)
    if folder is None or not (file := folder / "README.md").is_file():
        return
    with file.open(encoding="utf-8", errors="replace") as stream:
        text = _FRONT_MATTER.sub("", stream.read(_MOST_SIGNS))
    with st.expander("Model card"):
        if name in bundled():
            st.markdown(text)
        else:
            st.code(text, language=None, wrap_lines=True, height=320)


def _remove(entry: Entry) -> None:
    try:
        choices().removed = catalogue.remove(entry.name)
    except WorkbenchError as error:
        st.error(literal(str(error)), icon=":material/error:")


def _put_back() -> None:
    removed, choices().removed = choices().removed, None
    if removed is not None:
        catalogue.put(removed)


def _shown(key: str, value: object) -> str:
    if key == "megabytes":
        return f"{value:,} MB"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)
