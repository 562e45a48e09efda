"""What came of a run: scores, the model card, and the ways on."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import streamlit as st

from workbench.training.plan import Status
from workbench.ui import caching, navigation, state
from workbench.ui.components.cards import model_card
from workbench.ui.state import widget_key
from workbench.ui.style import literal

_FIGURES = {
    "accuracy": "accuracy",
    "off_by_one": "at most one off",
    "mae": "mean error in stars",
    "macro_f1": "macro F1",
    "ece": "calibration error",
}


def result_panel(status: Status) -> None:
    """Draw the result of a run, where there is one.

    Args:
        status: Of a run that is over.
    """
    entry = status.state.entry
    if entry is None:
        return
    st.header("What came of it")
    st.html(scores_html(status))
    if entry not in caching.offered():
        st.caption(f"Its checkpoint is not on the list any more: {literal(str(status.plan.output))}")
        return
    base = status.plan.base
    comparable = base in caching.offered()
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(
            "Explain with it", type="primary", icon=":material/troubleshoot:", key=widget_key("train-explain")
        ):
            state.put("checkpoint", entry)
            navigation.open_page("explain.py")
        if st.button(
            "Compare with its base",
            icon=":material/compare_arrows:",
            disabled=not comparable,
            key=widget_key("train-compare"),
        ):
            state.put("compared", [entry, base])
            navigation.open_page("compare.py")
        st.caption(
            "It is on every list of checkpoints."
            + ("" if comparable else " Its base is not on the list, or has no labels of its own.")
        )
    model_card(entry)


def scores_html(status: Status) -> str:
    """The figures of a checkpoint.

    Args:
        status: Of its run.

    Returns:
        HTML, all text escaped.
    """
    return f'<div class="wb-box">{_scores(status, status.state.scores)}</div>'


def _scores(status: Status, scores: Mapping[str, Any] | None) -> str:
    if not scores:
        return "Nothing was held out, so nothing was measured."
    known = {title: scores[name] for name, title in _FIGURES.items() if scores.get(name) is not None}
    head = "".join(f"<th>{escape(name)}</th>" for name in known)
    body = "".join(f"<td>{value:.3f}</td>" for value in known.values())
    which = "held-out" if status.state.scored_on == "test" else "validation"
    step = f" Weights of step {status.state.kept_step:,}." if status.state.kept_step is not None else ""
    chosen = " They were chosen on these rows, so the figures are a little too good." if which != "held-out" else ""
    return (
        f'<table class="wb-table wb-figures"><thead><tr><th>rows</th>{head}</tr></thead>'
        f"<tbody><tr><th>{scores['rows']:,}</th>{body}</tr></tbody></table>"
        f'<div class="wb-dim">On the {which} rows, which were not trained on.{step}{chosen}</div>'
    )
