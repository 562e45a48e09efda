"""Words whose scores differ between reviews predicted right and wrong."""

from __future__ import annotations

from html import escape

import streamlit as st

from workbench import services
from workbench.errors import InputError
from workbench.schema import ExplainedKind, RowFilter, WordDifference, WordDifferences, WordQuestion
from workbench.text import excerpt
from workbench.triage import Dataset
from workbench.ui import dataset_found, datasets
from workbench.ui.components.dataset_links import Act, Line, interval_html, link_table, pages
from workbench.ui.components.dataset_slice_rows import chance
from workbench.ui.dataset_opening import holding
from workbench.ui.state import choices
from workbench.ui.style import literal

_SIZE = 25
_LABEL = 24
_LEVEL = 0.05


def pairs_panel(dataset: Dataset, chosen: RowFilter, kind: ExplainedKind) -> None:
    """Draw the words, those that differ most surely first.

    Args:
        dataset: The data set.
        chosen: Which reviews.
        kind: Which explanations.
    """
    if chosen.right is not None:
        st.info(
            "The selection holds only one of right and wrong predictions; choose all reviews.", icon=":material/info:"
        )
        return
    found = _found(dataset, chosen, kind)
    if not isinstance(found, str) and not found.words and choices().pairs_page:
        # Of other rows there may be fewer pages.
        choices().pairs_page = 0
        found = _found(dataset, chosen, kind)
    if isinstance(found, str):
        st.info(literal(found), icon=":material/info:")
        return
    right, wrong = found.reviews
    if not right + wrong:
        st.info("No explained review has a right label, so none is known to be wrong.", icon=":material/info:")
        return
    notes = "".join(f" {note[:1].upper()}{note[1:]}." for note in found.notes)
    st.html(
        f'<div class="wb-dim">Explained reviews: {right:,} predicted right, {wrong:,} wrong; {found.tested:,} words '
        f"tested.{escape(notes)}</div>"
    )
    if not found.words:
        st.caption("No word is often enough in both; explain more reviews.")
        return
    _draw(chosen, kind, found)
    pages("pairs_page", choices().pairs_page, found.tested, _SIZE)


def _found(dataset: Dataset, chosen: RowFilter, kind: ExplainedKind) -> WordDifferences | str:
    question = WordQuestion(
        method=kind.method, target=kind.target, unit=kind.unit, start=choices().pairs_page * _SIZE, size=_SIZE
    )
    right, wrong = (chosen.model_copy(update={"right": right}) for right in (True, False))

    def make() -> WordDifferences | str:
        try:
            return services.word_differences(dataset, right, wrong, question)
        except InputError as error:
            return str(error)

    key = ("apart", question, dataset_found.explanations(dataset))
    return dataset_found.recalled(dataset, chosen, key, make, "Comparing")


def _draw(chosen: RowFilter, kind: ExplainedKind, found: WordDifferences) -> None:
    ends = [abs(end) for one in found.words for end in (one.low, one.high, one.difference) if end is not None]
    top = max(ends, default=0.0) or 1.0
    lines = [
        Line(Act(one.first.form, datasets.show_rows, (holding(one.first.form, kind.unit, chosen),)), _cells(one, top))
        for one in found.words
    ]
    scale = f'<span class="wb-ends"><em>−{top:.2f}</em><em>right less wrong</em><em>+{top:.2f}</em></span>'
    heads = ("Word", "Of", "Right", "Wrong", scale, "Difference", "Corrected p")
    link_table("apart", heads, lines, grid="wb-apart", share=0.2)
    st.caption(
        "Where the interval lies right of the line, the word pushes further up in reviews that are predicted right. "
        "Bold: of such words, about one in twenty is so by chance."
    )


def _cells(one: WordDifference, top: float) -> tuple[str, ...]:
    sure = one.q is not None and one.q < _LEVEL
    kind = ("up" if one.difference > 0 else "down") if sure else "neutral"
    ends = "" if one.low is None or one.high is None else f" [{one.low:+.3f}, {one.high:+.3f}]"
    told = f"{one.difference:+.3f}{ends}".replace("-", "−")
    told_p = "–" if one.q is None else chance(one.q)
    return (
        f'<span title="{escape(one.target)}">{escape(excerpt(one.target, _LABEL))}</span>',
        f"{one.first.mean:+.3f}<small>{one.first.reviews:,} reviews</small>".replace("-", "−"),
        f"{one.second.mean:+.3f}<small>{one.second.reviews:,} reviews</small>".replace("-", "−"),
        interval_html(one.difference, one.low, one.high, (-top, top), line=0.0, kind=kind, tip=told),
        told,
        f"<b>{told_p}</b>" if sure else told_p,
    )
