"""Which checkpoints are compared: the sidebar of the Compare page."""

from __future__ import annotations

import streamlit as st

from workbench.ui import caching, state
from workbench.ui.state import choices, held

MOST = 4


def checkpoints_to_compare() -> tuple[str, ...]:
    """Draw the choice of checkpoints.

    Returns:
        Their names, in the order chosen: at most four.
    """
    offered = caching.offered()
    known = [name for name in choices().compared if name in offered]
    if known != choices().compared or not known:
        state.put("compared", known or list(offered[:2]))
    with st.sidebar:
        st.multiselect("Checkpoints", offered, max_selections=MOST, **held("compared"))
    return tuple(choices().compared)
