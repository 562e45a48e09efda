"""One table: words by methods, with bars."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

import streamlit as st

from workbench.explainers import METHODS
from workbench.render import phrase_tip, phrases_of, score_tip, signs_differ
from workbench.schema import Attribution, Score, Span, Unit
from workbench.ui import state
from workbench.ui.components.trusting import flipped_of
from workbench.ui.jobs import Job
from workbench.ui.state import bound, choices

# Widths in pixels: of the first column (for sentences, a wider one), and the least of the others; both are less where
# few columns shall fit on a narrow page.
_FIRST, _WIDE_FIRST, _LEAST = 142, 380, 104
_NARROW_FIRST, _NARROW_LEAST = 130, 100

Row = tuple[tuple[int, int], str, dict[str, Score]]


@dataclass(frozen=True)
class _Column:
    """How the scores of one method are drawn.

    Attributes:
        signed: They have a direction.
        top: Their largest absolute score.
        scale: Absolute score of a whole bar.
        phrases: Unit to what is shown on hover, where the method did not tell it apart.
        flipped: Units whose sign depends on the seed.
        absent: What stands where a unit has no score.
    """

    signed: bool
    top: float = 1.0
    scale: float = 1.0
    phrases: Mapping[Span, str] = field(default_factory=dict)
    flipped: Collection[Span] = ()
    absent: str = ""


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
    # Words that change places whenever a result arrives cannot be read.
    settled = found.get(choices().sort) is not None or all(place.settled for place in job.places.values())
    order = choices().sort if settled else "Text order"
    flipped = {name: flipped_of(job.trust, name) for name in names}
    st.html(table_html(job.request.text, spans, found, order, flipped))


def table_html(
    text: str,
    spans: Sequence[Span],
    explanations: Mapping[str, Attribution | None],
    order: str,
    flipped: Mapping[str, Collection[Span]] | None = None,
    *,
    titles: Mapping[str, str] | None = None,
    conflicts: Collection[Span] | None = None,
    absent: str = "",
    narrow: bool = False,
) -> str:
    """The table as HTML.

    Args:
        text: What is explained.
        spans: Its units.
        explanations: Column to its result, or none while it is not there.
        order: ``Strongest``, ``Text order``, or a column.
        flipped: Column to the units whose sign depends on the seed.
        titles: Column to its head; by default the columns are methods, with their titles.
        conflicts: The units whose signs differ; by default those where two columns clearly do.
        absent: What stands where a result has no score for a unit.
        narrow: Columns take less room.

    Returns:
        HTML, all text escaped.
    """
    columns = _columns(explanations, flipped or {}, absent)
    heads = titles or {name: METHODS[name].title for name in explanations}
    head = "".join(f"<th>{escape(heads[name])}</th>" for name in explanations)
    body = "".join(_line(row, columns, conflicts) for row in sorted_rows(text, spans, explanations, order))
    unit = next((one.unit for one in explanations.values() if one is not None), Unit.WORD)
    first = _WIDE_FIRST if unit is Unit.SENTENCE else _NARROW_FIRST if narrow else _FIRST
    width = first + len(columns) * (_NARROW_LEAST if narrow else _LEAST)
    return (
        f'<div class="wb-box wb-scroll" tabindex="0"><table class="wb-table wb-words" style="min-width:{width}px">'
        f'<colgroup><col style="width:{first}px"></colgroup><thead><tr><th>{unit.value.title()}</th>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _columns(
    explanations: Mapping[str, Attribution | None], flipped: Mapping[str, Collection[Span]], absent: str
) -> dict[str, _Column]:
    found = {name: one for name, one in explanations.items() if one is not None}
    tops = {name: max((abs(unit.score) for unit in one.units), default=0.0) or 1.0 for name, one in found.items()}
    # Without a sign, scores of several methods are of several kinds; those of one method are of one.
    alike = len({one.method for one in found.values()}) == 1
    shared = max((tops[name] for name, one in found.items() if one.signed or alike), default=1.0)
    columns = {name: _Column(signed=True) for name in explanations}
    for name, one in found.items():
        columns[name] = _Column(
            one.signed,
            tops[name],
            shared if one.signed or alike else tops[name],
            {span: phrase_tip(one, units) for span, units in phrases_of(one).items()},
            flipped.get(name, ()),
            absent,
        )
    return columns


def sorted_rows(
    text: str, spans: Sequence[Span], explanations: Mapping[str, Attribution | None], order: str
) -> list[Row]:
    """The rows of the table.

    Args:
        text: What is explained.
        spans: Its units.
        explanations: Column to its result, or none while it is not there.
        order: ``Strongest``, ``Text order``, or a column.

    Returns:
        Place in the text, text, and one score a column (none where it has none for this place).
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
        present = {name: one for name, one in explanations.items() if one is not None}
        signed = [name for name, one in present.items() if one.signed] or list(present)
        return sorted(rows, key=lambda row: -max((_size(row[2].get(name)) for name in signed), default=0.0))
    return rows


def _line(row: Row, columns: Mapping[str, _Column], conflicts: Collection[Span] | None) -> str:
    (start, end), text, scores = row
    if conflicts is None:
        differ = signs_differ(scores, {name: column.top for name, column in columns.items() if column.signed})
    else:
        differ = Span(start=start, end=end) in conflicts
    tag = ' <span class="wb-tag">signs differ</span>' if differ else ""
    shown = escape(text) if text else '<span class="wb-dim">special tokens</span>'
    cells = "".join(_cell(scores.get(name), column) for name, column in columns.items())
    return f"<tr><th><bdi>{shown}</bdi>{tag}</th>{cells}</tr>"


def _cell(score: Score | None, column: _Column) -> str:
    if score is None:
        shown = (
            f'<span class="wb-dim">{escape(column.absent)}</span>' if column.absent else '<span class="wb-cb"></span>'
        )
        return f"<td><div>{shown}<em></em></div></td>"
    flips = score.span in column.flipped
    shared = column.phrases.get(score.span)
    tip = "; ".join(filter(None, [score_tip(score, flips=flips), shared and f"of a phrase: {shared}"]))
    kinds = " ".join(filter(None, ["wb-shared" if shared else "", "wb-flip" if flips else ""]))
    digits = decimals(column.top)
    spread = "" if score.spread is None else f"± {score.spread:.{digits}f}"
    sign = "+" if column.signed else ""
    return (
        f'<td class="{kinds}" title="{tip}"><div>{_bar(score, column)}'
        f"<em>{score.score:{sign}.{digits}f}<small>{spread}</small></em></div></td>"
    )


def decimals(top: float) -> int:
    """How many decimals tell the scores of a column apart: where a model is very sure, all of them are small.

    Args:
        top: The largest absolute score.

    Returns:
        Three to six.
    """
    return min(max(3, 1 - math.floor(math.log10(top))), 6) if top > 0 else 3


def _bar(score: Score, column: _Column) -> str:
    size = min(abs(score.score) / column.scale, 1.0)
    if not column.signed:
        return f'<span class="wb-cb wb-plain"><b style="left:0;width:{size * 100:.0f}%"></b></span>'
    side, colour = ("right", "wb-down") if score.score < 0 else ("left", "wb-up")
    return f'<span class="wb-cb"><b class="{colour}" style="{side}:50%;width:{size * 50:.0f}%"></b></span>'


def _size(score: Score | None) -> float:
    return 0.0 if score is None else abs(score.score)
