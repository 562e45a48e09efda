"""Which rows figures, slices and words are of: all, or those that are listed."""

from __future__ import annotations

import streamlit as st

from workbench.schema import RowFilter
from workbench.text import excerpt
from workbench.triage import Dataset
from workbench.ui.dataset_choices import ALL, SELECTION
from workbench.ui.state import choices, held
from workbench.ui.style import literal

_SHOWN = 40


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
        st.caption(literal(f"The selection: {described(chosen, dataset.manifest.checkpoint.labels)}."))
    return chosen if choices().dataset_scope == SELECTION else RowFilter()


def described(chosen: RowFilter, labels: tuple[str, ...]) -> str:
    """A filter in words.

    Args:
        chosen: The filter.
        labels: Of the checkpoint.

    Returns:
        Clauses with commas between, not escaped.
    """
    verdicts = ((chosen.right, "right", "wrong"), (chosen.failed or None, "not predicted", ""))
    marks = ((chosen.corrected, "relabelled", "not relabelled"), (chosen.marked, "marked", "not marked"))
    parts = [
        f"with the text {_quoted(chosen.text)}" if chosen.text else "",
        f"with the word {_quoted(chosen.word)}" if chosen.word else "",
        f"predicted {_label(chosen.predicted, labels)}" if chosen.predicted is not None else "",
        f"labelled {_label(chosen.truth, labels)}" if chosen.truth is not None else "",
        *(yes if asked else no for asked, yes, no in (*verdicts, *marks) if asked is not None),
        *(tag.value for tag in chosen.tags),
        f"confidence from {chosen.confidence[0]:.2f} to below {chosen.confidence[1]:.2f}" if chosen.confidence else "",
        f"confidence scaled by a temperature of {chosen.temperature:.2f}" if chosen.temperature else "",
        f"{chosen.words[0]:,} to {chosen.words[1]:,} words" if chosen.words else "",
        *(f"{_cut(name)} is {'missing' if value is None else _quoted(value)}" for name, value in chosen.extra),
        *(f"{_cut(name)} from {low:g} to {high:g}" for name, low, high in chosen.extra_ranges),
        f"language {chosen.language}" if chosen.language else "",
    ]
    return ", ".join(filter(None, parts)) or "all that could be predicted"


def _label(place: int, labels: tuple[str, ...]) -> str:
    return _cut(labels[place]) if place < len(labels) else f"label {place}"


def _quoted(text: str) -> str:
    return f"“{_cut(text)}”"


def _cut(text: str) -> str:
    return excerpt(text, _SHOWN)
