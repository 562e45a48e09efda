"""Slices of a data set as rows: figure, dot with interval against the overall line, and how sure the difference is."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from workbench.schema import Estimate, Measure, Slice, Slices, SliceSize
from workbench.ui import datasets
from workbench.ui.components.dataset_links import Act, Line, interval_html, link_table

_LEVEL = 0.05


def slice_rows(name: str, shown: Sequence[Slice], found: Slices) -> None:
    """Draw slices, a row each; a name opens its reviews.

    Args:
        name: Of the table.
        shown: The slices.
        found: What they are of.
    """
    measure = found.measure
    scale = scale_of(shown, found.overall)
    marks = (figure(scale[0], measure), f"│ all {figure(found.overall.value, measure)}", figure(scale[1], measure))
    ends = f'<span class="wb-ends">{"".join(f"<em>{mark}</em>" for mark in marks)}</span>'
    lines = [
        Line(Act(one.name, datasets.show_rows, (one.chosen,)), _cells(one, found.overall, scale, measure))
        for one in shown
    ]
    heads = ("Slice", "Reviews", "Figure", ends, "Difference from the rest", "Corrected p")
    link_table(name, heads, lines, grid="wb-slices")


def size_rows(shown: Sequence[SliceSize]) -> None:
    """Draw how many rows slices have.

    Args:
        shown: The slices.
    """
    most = max((one.rows for one in shown), default=1)
    lines = [
        Line(
            Act(one.name, datasets.show_rows, (one.chosen,)),
            (
                f"{one.rows:,}",
                f'<i class="wb-wait"><b style="width:{one.rows / most * 100:.1f}%"></b></i>',
                f"{one.confidence:.2f}",
            ),
        )
        for one in shown
    ]
    link_table("sizes", ("Slice", "Reviews", "", "Mean confidence"), lines, grid="wb-sizes")


def scale_of(shown: Sequence[Slice], overall: Estimate) -> tuple[float, float]:
    """What the ends of the drawing stand for: all intervals fit.

    Args:
        shown: The slices.
        overall: Of all rows.

    Returns:
        The least and the greatest.
    """
    every = [overall, *(one.value for one in shown)]
    ends = [number for one in every for number in (one.value, one.low, one.high) if number is not None]
    return min(ends), max(ends)


def figure(value: float, measure: Measure) -> str:
    """A figure as it is written: shares as percent, errors in stars."""
    return f"{value:.2f}" if measure is Measure.MAE else f"{value:.1%}"


def change(found: Estimate, measure: Measure) -> str:
    """A difference of two figures with its interval, in percentage points or stars."""
    unit, by = (" stars", 1.0) if measure is Measure.MAE else (" points", 100.0)
    form = "+.2f" if measure is Measure.MAE else "+.1f"

    def written(value: float) -> str:
        return f"{value * by:{form}}".replace("-", "−")

    ends = "" if found.low is None or found.high is None else f" [{written(found.low)}, {written(found.high)}]"
    return f"{written(found.value)}{unit}{ends}"


def chance(p: float) -> str:
    """A p value as it is written."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _cells(one: Slice, overall: Estimate, scale: tuple[float, float], measure: Measure) -> tuple[str, ...]:
    kind = _kind(one, measure)
    sign = {"down": "worse", "up": "better"}.get(kind, "not surely different")
    tip = f"{figure(one.value.value, measure)}, the rest {figure(one.rest, measure)}: {sign}"
    dots = interval_html(one.value.value, one.value.low, one.value.high, scale, line=overall.value, kind=kind, tip=tip)
    labelled = (
        "" if one.labelled == one.rows else f'<small title="with a right label">{one.labelled:,} labelled</small>'
    )
    told = f"<b>{chance(one.p_corrected)}</b>" if kind != "neutral" else chance(one.p_corrected)
    mark = {"down": "▼ worse", "up": "▲ better"}.get(kind, "")
    return (
        f"{one.rows:,}{labelled}",
        figure(one.value.value, measure),
        dots,
        escape(change(one.difference, measure)),
        f'{told}<small class="wb-{kind}">{mark}</small>',
    )


def _kind(one: Slice, measure: Measure) -> str:
    """Whether it is worse, better, or neither for sure."""
    if one.found:
        return "down"
    low, high = one.difference.low, one.difference.high
    good = high is not None and high < 0 if measure.low_is_good else low is not None and low > 0
    return "up" if good and one.p_corrected < _LEVEL else "neutral"
