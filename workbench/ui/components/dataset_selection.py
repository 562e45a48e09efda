"""Which rows figures, slices and words are of: all, or those that are listed."""

from __future__ import annotations

import streamlit as st

from workbench.schema import RowFilter
from workbench.triage import Dataset
from workbench.ui.dataset_choices import ALL, SELECTION
from workbench.ui.dataset_conditions import parts_of
from workbench.ui.state import choices, held
from workbench.ui.style import literal


def selection(dataset: Dataset) -> RowFilter:
    """Let the user choose, where rows are listed that are not all.

    Args:
        dataset: The data set that is open.

    Returns:
        The rows.
    """
    chosen = choices().dataset_filter
    if chosen == RowFilter():
        return chosen
    with st.container(horizontal=True, vertical_alignment="center"):
        st.segmented_control(
            "Of", [ALL, SELECTION], required=True, label_visibility="collapsed",
            help="The selection is what the view Reviews lists.", **held("dataset_scope"),
        )  # fmt: skip
        said = ", ".join(part.words for part in parts_of(chosen, dataset.manifest.checkpoint.labels))
        st.caption(literal(f"The selection: {said}."))
    return chosen if choices().dataset_scope == SELECTION else RowFilter()
