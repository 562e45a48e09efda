"""Words of a data set that look like shortcuts, worth a test."""

from __future__ import annotations

from html import escape

import streamlit as st

from workbench import services
from workbench.schema import Candidate, ExplainedKind, RowFilter, WordQuestion
from workbench.text import excerpt
from workbench.triage import Dataset
from workbench.ui import dataset_found, datasets, state
from workbench.ui.components.dataset_links import Act, Line, link_table
from workbench.ui.components.dataset_word_table import bar_html
from workbench.ui.dataset_opening import holding
from workbench.ui.state import choices

_MOST = 25
_LABEL = 24


def candidates_panel(dataset: Dataset, chosen: RowFilter, kind: ExplainedKind, *, busy: bool) -> None:
    """Draw the candidates, the most suspicious first, each with a button that tests it.

    Args:
        dataset: The data set.
        chosen: Which reviews.
        kind: Which explanations.
        busy: Nothing can begin now.
    """
    question = WordQuestion(method=kind.method, target=kind.target, unit=kind.unit)
    found = dataset_found.recalled(
        dataset,
        chosen,
        ("candidates", question, dataset_found.explanations(dataset)),
        lambda: services.shortcut_candidates(dataset, chosen, question, most=_MOST),
        "Looking for candidates",
    )
    st.subheader("Words worth a test")
    if not found:
        st.caption("No word goes with a predicted label more than the right labels warrant; any word can be tested.")
        return
    labelled = any(one.truth is not None for one in found)
    st.caption(
        "They go with a predicted label and push towards it"
        + (", more than the right labels warrant" if labelled else "; without right labels, opinions do so too")
        + ". That proves nothing; the test does."
    )
    top = max(one.magnitude for one in found)
    heads = ("Word", "Label", "Reviews", "Predicted so", "Are so", "z", "Mean score")
    lines = [
        Line(
            Act(one.form, datasets.show_rows, (holding(one.form, kind.unit, chosen),)),
            _cells(one, top),
            Act("Test this word", want, (one.form,)),
            off=busy,
        )
        for one in found
    ]
    link_table("suspects", heads, lines, grid="wb-suspects", share=0.2)


def want(word: str) -> None:
    """Test a word with the next run of the page; from a callback.

    Args:
        word: As it is written.
    """
    state.put("probe_word", word)
    choices().probe_wanted = True


def _cells(one: Candidate, top: float) -> tuple[str, ...]:
    plain = "<small>says nothing of itself</small>" if one.plain else ""
    return (
        f'<span title="{escape(one.label)}">{escape(excerpt(one.label, _LABEL))}</span>{plain}',
        f"{one.reviews:,}",
        f"{one.predicted:.0%}",
        "–" if one.truth is None else f"{one.truth:.0%}",
        f"{one.z:.1f}",
        f"{bar_html(one.mean, top)}<small>{f'{one.mean:+.3f}'.replace('-', '−')}</small>",
    )
