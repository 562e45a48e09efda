"""The sidebar of the Train page: the base, what of it is trained, and the settings."""

from __future__ import annotations

import streamlit as st

from workbench.checkpoints import places, title
from workbench.errors import CheckpointError
from workbench.ui import caching
from workbench.ui.forms import options_form
from workbench.ui.state import bound, choices
from workbench.ui.train_choices import ADAPTERS, ALL_WEIGHTS, ENCODER, SETTINGS

_BASE_HELP = (
    "What training starts from: the encoder that comes with the workbench, a checkpoint of the list, or a hub id "
    "(owner/name) or folder typed here. Labels that are the same are learnt on; others get a new head."
)


def train_settings() -> None:
    """Draw the settings."""
    chosen = choices()
    with st.sidebar:
        offered = [ENCODER, *caching.offered()]
        st.selectbox(
            "Base",
            offered if chosen.train_base in offered else [*offered, chosen.train_base],
            format_func=_described,
            accept_new_options=True,
            help=_BASE_HELP,
            **bound("train_base"),
        )
        st.segmented_control(
            "What is trained",
            [ADAPTERS, ALL_WEIGHTS],
            required=True,
            width="stretch",
            wrap=False,
            help="Adapters are small additions to the base: less memory, a file of a few megabytes.",
            **bound("train_weights"),
        )
        _form(chosen.train_weights)
        with st.expander("Rows held out, labels, stopping"):
            _form("care")
        if places.roots() is None:
            st.caption("Trained in a process of its own on this machine, which goes on when the page is closed.")


def _form(group: str) -> None:
    kept = choices().train_settings
    kept[group] = options_form(f"train.{group}", SETTINGS[group], kept.get(group, {}))


def _described(name: str) -> str:
    if name == ENCODER:
        return f"{ENCODER} (encoder, 6 layers)"
    if name not in caching.offered():
        return name
    try:
        return f"{title(name)} ({len(caching.facts(name)['labels'])} labels)"
    except CheckpointError:
        return f"{title(name)} (cannot be used)"
