"""The table of words: what each does to the prediction, over all reviews that were explained."""

from __future__ import annotations

from html import escape
from typing import Any

import streamlit as st

from workbench import services
from workbench.explainers import METHODS
from workbench.schema import ExplainedKind, RowFilter, WordGroups, WordMeasure, WordQuestion, WordScore, WordScores
from workbench.text import excerpt
from workbench.triage import Dataset
from workbench.ui import dataset_found, datasets
from workbench.ui.components.dataset_links import Act, Line, first_page, link_table, pages
from workbench.ui.dataset_opening import behind
from workbench.ui.state import bound, choices

SIZE = 25
_LABEL = 24
_GROUPS = {
    WordGroups.NONE.value: "all together",
    WordGroups.PREDICTED.value: "by predicted label",
    WordGroups.TRUTH.value: "by right label",
    WordGroups.PAIR.value: "by right and predicted label",
    WordGroups.ERROR.value: "by kind of error",
}
_SORTS = {
    WordMeasure.WEIGHT.value: "size × reviews",
    WordMeasure.MAGNITUDE.value: "size of the score",
    WordMeasure.MEAN.value: "mean score",
    WordMeasure.TOTAL.value: "total",
    WordMeasure.REVIEWS.value: "reviews",
    WordMeasure.OCCURRENCES.value: "times",
    WordMeasure.POSITIVE.value: "share that pushes up",
}


def words_table(dataset: Dataset, chosen: RowFilter, kind: ExplainedKind) -> None:
    """Draw the table and what it is sorted and searched by.

    Args:
        dataset: The data set.
        chosen: Which reviews.
        kind: Which explanations.
    """
    _settings()
    asked = choices()
    found = _found(dataset, chosen, kind)
    if not found.words and asked.words_page:
        # Of other rows there may be fewer pages.
        asked.words_page = 0
        found = _found(dataset, chosen, kind)
    st.html(f'<div class="wb-dim">{escape(_counted(found))}</div>')
    if not found.words:
        st.caption("No word; ask for less.")
    else:
        _draw(dataset, chosen, kind, found)
    pages("words_page", asked.words_page, found.count, SIZE)


def _found(dataset: Dataset, chosen: RowFilter, kind: ExplainedKind) -> WordScores:
    asked = choices()
    question = WordQuestion(
        method=kind.method,
        target=kind.target,
        unit=kind.unit,
        groups=WordGroups(asked.words_groups),
        sort=WordMeasure(asked.words_sort),
        ascending=asked.words_ascending,
        search=asked.words_search.strip(),
        least_reviews=asked.words_least,
        start=asked.words_page * SIZE,
        size=SIZE,
    )
    return dataset_found.recalled(
        dataset,
        chosen,
        (question, dataset_found.explanations(dataset)),
        lambda: services.word_scores(dataset, chosen, question),
        "Adding up",
    )


def _settings() -> None:
    with st.container(key="wb-asked-words"):
        groups, sort, down, search, least = st.columns([2.2, 1.8, 1.1, 1.8, 1], vertical_alignment="bottom")
    groups.selectbox("Reviews", list(_GROUPS), format_func=_GROUPS.__getitem__, **_turning("words_groups"))
    sort.selectbox("Sorted by", list(_SORTS), format_func=_SORTS.__getitem__, **_turning("words_sort"))
    down.toggle("Least first", **_turning("words_ascending"))
    search.text_input("Search", placeholder="letters", max_chars=200, **_turning("words_search"))
    least.number_input("Least reviews", min_value=1, max_value=1_000_000, **_turning("words_least"))


def _turning(name: str) -> dict[str, Any]:
    """As ``bound``, for what changes which words there are."""
    return bound(name) | {"on_change": first_page, "args": (name, "words_page")}


def _counted(found: WordScores) -> str:
    reviews = ", ".join(f"{excerpt(name, _LABEL) or 'all'} {count:,}" for name, count in found.reviews.items())
    notes = "".join(f" {note[:1].upper()}{note[1:]}." for note in found.notes)
    return f"{found.count:,} lines. Explained reviews: {reviews or 'none'}.{notes}"


def _draw(dataset: Dataset, chosen: RowFilter, kind: ExplainedKind, found: WordScores) -> None:
    labels = dataset.manifest.checkpoint.labels
    signed = kind.method not in METHODS or METHODS[kind.method].signed
    top = max((abs(one.mean) for one in found.words), default=0.0)
    groups = found.question.groups
    lines = [
        Line(Act(one.form, datasets.show_rows, (behind(one, kind, groups, chosen, labels),)), _cells(one, top, signed))
        for one in found.words
    ]
    heads = ("Word", "Of", "Reviews", "Mean score", "± standard error", "Pushes up", "Total")
    link_table("words", heads, lines, grid="wb-worded", share=0.2)
    st.html(
        '<div class="wb-legend wb-dim">pushes down<i></i>pushes up. A review counts once, with the mean of the word in '
        "it. A word opens all reviews of the selection that have it, those that were not explained too.</div>"
        if signed
        else '<div class="wb-legend wb-dim">This method gives sizes without a direction.</div>'
    )


def _cells(one: WordScore, top: float, signed: bool) -> tuple[str, ...]:
    of = " · ".join(filter(None, dict.fromkeys((one.target, one.group))))
    spread = "" if one.error is None else f"± {one.error:.3f}"
    return (
        f'<span title="{escape(of)}">{escape(excerpt(of, _LABEL))}</span>',
        f"{one.reviews:,}<small>{one.occurrences:,} ×</small>",
        bar_html(one.mean, top, signed=signed),
        f"{one.mean:+.3f} <em>{spread}</em>".replace("-", "−"),
        f"{one.positive:.0%}",
        f"{one.total:+.2f}".replace("-", "−"),
    )


def bar_html(value: float, top: float, *, signed: bool = True) -> str:
    """A score as a bar to either side.

    Args:
        value: The score.
        top: The largest of the table.
        signed: Whether its sign means a direction.

    Returns:
        HTML.
    """
    share = abs(value) / (top or 1.0)
    if not signed:
        return f'<span class="wb-cb wb-plain"><b style="left:0;width:{share * 100:.0f}%"></b></span>'
    side, colour = ("right", "wb-down") if value < 0 else ("left", "wb-up")
    return f'<span class="wb-cb"><b class="{colour}" style="{side}:50%;width:{share * 50:.0f}%"></b></span>'
