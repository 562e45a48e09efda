"""The view Words of a data set: what words do to the predictions, and which of them look like shortcuts."""

from __future__ import annotations

import streamlit as st

from workbench.explainers import METHODS
from workbench.schema import ExplainedKind, RowFilter
from workbench.text import excerpt
from workbench.triage import Dataset
from workbench.ui import dataset_found, state
from workbench.ui.components.dataset_explain import explain_box, running_box
from workbench.ui.components.dataset_probe import probe_panel
from workbench.ui.components.dataset_selection import selection
from workbench.ui.components.dataset_shortcuts import candidates_panel
from workbench.ui.components.dataset_word_pairs import pairs_panel
from workbench.ui.components.dataset_word_table import words_table
from workbench.ui.state import bound, choices, held

WHAT, APART, SHORTCUTS = "What words do", "Right against wrong", "Shortcuts"
_SHOWN = 40


def words_panel(dataset: Dataset) -> None:
    """Draw it.

    Args:
        dataset: The data set that is open.
    """
    chosen = selection(dataset)
    busy = running_box()
    kinds = dataset_found.kinds(dataset)
    explain_box(dataset, chosen, explained=bool(kinds), busy=busy)
    st.segmented_control(
        "Part", [WHAT, APART, SHORTCUTS], required=True, label_visibility="collapsed", **held("words_part")
    )
    part = choices().words_part
    if part == SHORTCUTS:
        probe_panel(dataset, chosen, busy=busy)
    if not kinds:
        if part != SHORTCUTS:
            st.info(
                "No review of this batch was explained, so there is nothing to add up. Explain some above.",
                icon=":material/info:",
            )
        return
    _explained(dataset, chosen, kinds, part, busy)


def _explained(dataset: Dataset, chosen: RowFilter, kinds: tuple[ExplainedKind, ...], part: str, busy: bool) -> None:
    """What there is to show once reviews were explained."""
    kind = _kind_choice(kinds)
    if part == WHAT:
        words_table(dataset, chosen, kind)
    elif part == APART:
        pairs_panel(dataset, chosen, kind)
    else:
        candidates_panel(dataset, chosen, kind, busy=busy)


def _kind_choice(kinds: tuple[ExplainedKind, ...]) -> ExplainedKind:
    named = {f"{one.method}|{one.unit}|{one.target}": one for one in kinds}
    if choices().words_kind not in named:
        state.put("words_kind", next(iter(named)))
    st.selectbox(
        "Explanations", list(named), format_func=lambda name: kind_title(named[name]), width=560,
        help="Scores of different methods, targets or units are never added up.", **bound("words_kind"),
    )  # fmt: skip
    return named[choices().words_kind]


def kind_title(kind: ExplainedKind) -> str:
    """Explanations in words.

    Args:
        kind: Which.

    Returns:
        Plain text.
    """
    method = METHODS[kind.method].title if kind.method in METHODS else kind.method
    target = {"predicted": "each review's own label", "expected": "the expected rating"}.get(kind.target, kind.target)
    return f"{method} of {excerpt(target, _SHOWN)}, by {kind.unit}: {kind.reviews:,} reviews"
