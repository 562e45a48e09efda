"""Which data set is looked at: a new batch, one that waits or runs, or a finished one."""

from __future__ import annotations

import streamlit as st

from workbench.triage import Dataset
from workbench.ui import datasets, state
from workbench.ui.state import choices, widget_key


def restore_batch() -> None:
    """Open the batch that the page's address names."""


def dataset_box() -> Dataset | None:
    """Draw the choice.

    Returns:
        The data set that is open.
    """
    key = widget_key("dataset-folder")
    st.text_input("Folder of a finished batch", key=state.seed(key, choices().dataset), on_change=_typed, args=(key,))
    return datasets.opened()


def _typed(key: str) -> None:
    datasets.open_folder(state.value(key))
