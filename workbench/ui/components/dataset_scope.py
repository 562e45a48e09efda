"""Which rows figures are of: all, or those that are chosen in the view Reviews."""

from __future__ import annotations

import streamlit as st

from workbench.schema import RowFilter
from workbench.ui.dataset_choices import CHOSEN, SCOPES
from workbench.ui.state import choices, held


def scope_box() -> RowFilter:
    """Let the reader choose, where rows are chosen at all.

    Returns:
        The rows.
    """
    every, chosen = RowFilter(), choices().dataset_filter
    if chosen == every:
        return every
    st.segmented_control("Figures of", SCOPES, required=True, **held("dataset_scope"))
    return chosen if choices().dataset_scope == CHOSEN else every
