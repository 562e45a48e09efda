"""Which two checkpoints a part of the page shows, where more than two are compared."""

from __future__ import annotations

import streamlit as st

from workbench.ui import state
from workbench.ui.comparing import short_names
from workbench.ui.comparison_job import ComparisonJob, Names
from workbench.ui.components.whatif import distinct
from workbench.ui.state import widget_key
from workbench.ui.style import literal


def pair_choice(job: ComparisonJob, place: str, between: str) -> Names:
    """Draw the choice, where there is one.

    Args:
        job: The comparison; it keeps the choice.
        place: The part of the page.
        between: What stands between two names.

    Returns:
        The first and the second.
    """
    pairs = job.request.pairs
    current = job.shown.get(place, pairs[0])
    if len(pairs) == 1:
        return current
    names = short_names(job.request.checkpoints)
    labels = distinct([literal(f"{names[first]} {between} {names[second]}") for first, second in pairs])
    key = widget_key("pair", place, str(hash(job.request)))
    st.pills(
        "Which two", range(len(pairs)), default=pairs.index(current), required=True, format_func=labels.__getitem__,
        label_visibility="collapsed", key=key, on_change=_choose, args=(job, place, key),
    )  # fmt: skip
    return current


def _choose(job: ComparisonJob, place: str, key: str) -> None:
    """Keep the choice with the comparison it was made for, which a late answer cannot change."""
    index = state.value(key)
    if index is not None:
        job.shown[place] = job.request.pairs[index]
