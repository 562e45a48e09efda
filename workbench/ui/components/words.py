"""One table: words by methods, with bars."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

import streamlit as st

from workbench.explainers import METHODS
from workbench.schema import Explanation, Score, Span
from workbench.ui import state
from workbench.ui.jobs import Job
from workbench.ui.state import bound, choices

# Differences in sign count only where both scores are at least this share of their method's largest.
_CLEAR = 0.1

Row = tuple[tuple[int, int], str, dict[str, Score]]


def words_table(job: Job, spans: Sequence[Span]) -> None:
    """Show the table with a control that sorts it; it keeps its size while results arrive.

    Args:
        job: Running or ended.
        spans: The units of the text.
    """
    names = list(job.places)
    orders = ["Strongest", "Text order", *names]
    if choices().sort not in orders:
        state.put("sort", orders[0])
    st.segmented_control(
        "Sort the table by",
        orders,
        format_func=lambda name: METHODS[name].title if name in METHODS else name,
        required=True,
        **bound("sort"),
    )
    found = {name: place.explanation for name, place in job.places.items()}
    st.html(table_html(job.request.text, spans, found, choices().sort))


def table_html(text: str, spans: Sequence[Span], explanations: Mapping[str, Explanation | None], order: str) -> str:
    """The table as HTML.

    Args:
        text: What is explained.
        spans: Its units.
        explanations: Method to its result, or none while it is not there.
        order: ``Strongest``, ``Text order``, or a method.

    Returns:
        HTML, all text escaped.
    """
    found = [one for one in explanations.values() if one is not None]
    tops = {one.method: max((abs(unit.score) for unit in one.units), default=0.0) or 1.0 for one in found}
    shared = max((tops[one.method] for one in found if one.signed), default=1.0)
    scales = {one.method: shared if one.signed else tops[one.method] for one in found}
    head = "".join(f"<th>{escape(METHODS[name].title)}</th>" for name in explanations)
    rows = sorted_rows(text, spans, explanations, order)
    body = "".join(_line(row, explanations, tops, scales) for row in rows)
    unit = found[0].unit.value.title() if found else "Word"
    return (
        f'<div class="wb-box wb-scroll" tabindex="0"><table class="wb-table"><thead><tr>'
        f"<th>{unit}</th>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def sorted_rows(
    text: str, spans: Sequence[Span], explanations: Mapping[str, Explanation | None], order: str
) -> list[Row]:
    """The rows of the table.

    Args:
        text: What is explained.
        spans: Its units.
        explanations: Method to its result, or none while it is not there.
        order: ``Strongest``, ``Text order``, or a method.

    Returns:
        Place in the text, text, and one score a method (none where it has none for this place).
    """
    found: dict[tuple[int, int], Row] = {
        (span.start, span.end): ((span.start, span.end), span.of(text), {}) for span in spans
    }
    for name, one in explanations.items():
        for unit in one.units if one else ():
            place = (unit.start, unit.end)
            found.setdefault(place, (place, unit.text, {}))[2][name] = unit
    rows = [found[place] for place in sorted(found)]
    if order in explanations:
        return sorted(rows, key=lambda row: -_size(row[2].get(order)))
    if order == "Strongest":
        present = [name for name, one in explanations.items() if one is not None]
        signed = [name for name in present if METHODS[name].signed] or present
        return sorted(rows, key=lambda row: -max((_size(row[2].get(name)) for name in signed), default=0.0))
    return rows


def signs_differ(scores: Mapping[str, Score], tops: Mapping[str, float]) -> bool:
    """Whether two signed methods clearly disagree about the direction of a word.

    Args:
        scores: Method to its score of the word.
        tops: Method to its largest absolute score.

    Returns:
        True if one is clearly positive and another clearly negative.
    """
    clear = [
        score.score
        for name, score in scores.items()
        if METHODS[name].signed and abs(score.score) >= _CLEAR * tops[name]
    ]
    return bool(clear) and min(clear) < 0 < max(clear)


def _line(row: Row, names: Iterable[str], tops: Mapping[str, float], scales: Mapping[str, float]) -> str:
    _, text, scores = row
    tag = ' <span class="wb-tag">signs differ</span>' if signs_differ(scores, tops) else ""
    shown = escape(text) if text else '<span class="wb-dim">special tokens</span>'
    cells = "".join(_cell(scores.get(name), scales.get(name, 1.0), METHODS[name].signed) for name in names)
    return f"<tr><th><bdi>{shown}</bdi>{tag}</th>{cells}</tr>"


def _cell(score: Score | None, scale: float, signed: bool) -> str:
    if score is None:
        return '<td><span class="wb-cb"></span></td>'
    size = min(abs(score.score) / scale, 1.0)
    if not signed:
        bar = f'<b style="left:0;width:{size * 100:.0f}%;background:rgb(var(--wb-neutral))"></b>'
        return f'<td><span class="wb-cb wb-plain">{bar}</span><em>{score.score:.3f}</em></td>'
    side, colour = ("right", "down") if score.score < 0 else ("left", "up")
    bar = f'<b style="{side}:50%;width:{size * 50:.0f}%;background:rgb(var(--wb-{colour}))"></b>'
    return f'<td><span class="wb-cb">{bar}</span><em>{score.score:+.3f}</em></td>'


def _size(score: Score | None) -> float:
    return 0.0 if score is None else abs(score.score)
