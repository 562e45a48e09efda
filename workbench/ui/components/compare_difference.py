"""Why two checkpoints differ: the review marked by what pushes either one up, the sum, and a table of the words."""

from __future__ import annotations

from html import escape

import streamlit as st

from workbench.explainers import shared_units
from workbench.render import blank_html
from workbench.schema import Difference, Span
from workbench.services import comparison_view
from workbench.ui import state
from workbench.ui.comparing import Sides, short_names
from workbench.ui.comparison_job import ComparisonJob, Names
from workbench.ui.components.compare_pair import pair_choice
from workbench.ui.components.compare_rows import part_html
from workbench.ui.components.methods import counts_html, progress_html
from workbench.ui.components.whatif import distinct
from workbench.ui.components.words import table_html
from workbench.ui.state import bound, choices
from workbench.ui.style import literal

_ORDERS = {"difference": "Largest difference", "text": "Text order"}
_SIDES = ("first", "second")


def difference_panel(job: ComparisonJob, sides: Sides) -> None:
    """Show why two checkpoints differ, or say why that cannot be explained.

    Args:
        job: Running or ended.
        sides: What the checkpoints say.
    """
    if sides.obstacle:
        st.html(f'<div class="wb-note">{escape(sides.obstacle)}</div>')
    pair = pair_choice(job, "difference", "−")
    if not sides.obstacle:
        st.html(difference_row_html(job, sides, pair))
    _table(job, sides, pair)


def difference_row_html(job: ComparisonJob, sides: Sides, pair: Names) -> str:
    """The difference of two checkpoints on the review, with its sum.

    Args:
        job: Running or ended; it explains differences.
        sides: What the checkpoints say.
        pair: The two.

    Returns:
        HTML, all text escaped.
    """
    part = job.pairs[pair]
    names = short_names(list(sides.each))
    first, second = (escape(names[name]) for name in pair)
    small = "" if part.fault else progress_html(part.done, part.total)
    if part.found is not None:
        small = counts_html(part.found)
    elif job.result is not None:
        small = "they read no word in common"
    units = shared_units([sides.each[name].prediction for name in pair], job.request.unit)
    return (
        f'<div class="wb-box" data-difference="{escape(" - ".join(pair))}"><div class="wb-mrow"><div title="'
        f'{escape(" - ".join(pair))}"><b>{first} − {second}</b><small>{small}</small></div>'
        f"{part_html(part, blank_html(job.request.text, units), None)}</div>"
        f'<div class="wb-sum">{_sum(job, pair, part.difference)}</div>'
        f'<div class="wb-legend wb-dim">pushes {second} above {first} (line above)<i></i>pushes {first} above {second} '
        f"(line below). {_meaning(sides, pair)}; hover for the number.</div></div>"
    )


def _sum(job: ComparisonJob, pair: Names, found: Difference | None) -> str:
    """How the words and the rest make the difference of the two predictions."""
    names = short_names(list(job.sides))
    values = [one.full_value for name in pair if (one := job.sides[name].explanation) is not None]
    if found is None or len(values) < len(pair):
        return '<span class="wb-dim">The sum comes when the method has finished.</span>'
    said = " − ".join(f"{escape(names[name])} {value:.4f}" for name, value in zip(pair, values, strict=True))
    tip = "base: the difference with every word missing" if found.additive else ""
    return (
        f"<b>{said} = {values[0] - values[1]:+.4f}</b>"
        f'<span title="{tip}">{escape(comparison_view.difference_sum(found))}</span>'
    )


def _meaning(sides: Sides, pair: Names) -> str:
    """What is subtracted from what."""
    place = list(sides.each).index(pair[0])
    return f"What differs is the {escape(sides.question.targets[place].phrase())}"


def _table(job: ComparisonJob, sides: Sides, pair: Names) -> None:
    """Words by both explanations and the difference; the columns keep their size while results arrive."""
    names = short_names(list(sides.each))
    part = job.pairs.get(pair)
    results = {column: job.sides[name].found for column, name in zip(_SIDES, pair, strict=True)}
    titles = {column: names[name] for column, name in zip(_SIDES, pair, strict=True)}
    if part is not None:
        results["difference"], titles["difference"] = part.found, f"{titles['first']} − {titles['second']}"
    order = _order(titles, with_difference=part is not None)
    if results.get(order, True) is None:
        # Words that change places whenever a result arrives cannot be read.
        order = "Text order"
    conflicts = next((one.conflicts for one in job.result.pairs if one.checkpoints == pair), ()) if job.result else ()
    spans: set[Span] = set().union(*(sides.each[name].spans(job.request.unit) for name in pair))
    in_order = sorted(spans, key=lambda span: (span.start, span.end))
    st.html(
        table_html(
            job.request.text,
            in_order,
            results,
            order,
            titles=titles,
            conflicts=conflicts,
            absent="not read",
            narrow=True,
        )
    )


def _order(titles: dict[str, str], *, with_difference: bool) -> str:
    """Draw the control that sorts the table.

    Returns:
        The order as the table takes it.
    """
    orders = {name: title for name, title in _ORDERS.items() if with_difference or name != "difference"}
    orders |= {column: literal(titles[column]) for column in _SIDES}
    if choices().compare_sort not in orders:
        state.put("compare_sort", "text")
    shown = dict(zip(orders, distinct(list(orders.values())), strict=True))
    st.segmented_control(
        "Sort the table by", list(orders), format_func=shown.__getitem__, required=True, **bound("compare_sort")
    )
    return {"text": "Text order"}.get(choices().compare_sort, choices().compare_sort)
