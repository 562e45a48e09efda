"""Charts as drawings: described with altair, drawn by vl-convert. Nothing is fetched."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.palette import COLOURS, DASHES
from workbench.reports.document import Chart
from workbench.schema import Band, Faithfulness, Reference

if TYPE_CHECKING:
    import altair as alt

_FONT = "Arial, Helvetica, Liberation Sans, sans-serif"
# Both panels with their axes and the legend below fit into 700 pixels.
_WIDTH, _HEIGHT = 280, 190
_SPOKEN = re.compile(r' (?:role|class|aria-[a-z]+)="[^"]*"')
_TAG = re.compile(r"<[^<>]*>")
_LONG_NUMBER = re.compile(r"-?\d+\.\d{3,}")


@dataclass(frozen=True)
class Theme:
    """Greys of a page: of text, of rules, of the band."""

    ink: str
    rule: str
    band: str


LIGHT = Theme("#55555f", "#b9b9c2", "#8a8f9c")
DARK = Theme("#b4b7c2", "#4d525e", "#8a8f9c")


@dataclass(frozen=True)
class _Panel:
    """One of the two plots."""

    caption: str
    band: Band
    best: Sequence[float]
    lines: Mapping[str, Sequence[float]]


def faithfulness_chart(reference: Reference, entries: Sequence[Faithfulness], titles: Mapping[str, str]) -> Chart:
    """How the target falls and rises as each method's first units go and come.

    Args:
        reference: Random band and best order.
        entries: One a method.
        titles: Method to what readers see.

    Returns:
        The chart.
    """
    random, best = reference.random, reference.best
    falling = {titles[one.method]: one.deletion for one in entries}
    rising = {titles[one.method]: one.insertion for one in entries}
    panels = (
        _Panel("The most important units removed", random.deletion, best.deletion, falling),
        _Panel("The most important units alone", random.insertion, best.insertion, rising),
    )
    title = f"The target as the units go and come that {', '.join(falling)} rank first"
    return Chart(title, *(drawn_svg(_curves(reference.steps, panels, theme), theme) for theme in (LIGHT, DARK)))


def _curves(steps: Sequence[int], panels: Sequence[_Panel], theme: Theme) -> alt.HConcatChart:
    import altair as alt

    values = [
        value
        for panel in panels
        for line in (panel.band.low, panel.band.high, panel.best, *panel.lines.values())
        for value in line
    ]
    low, high = min(values), max(values)
    # A target that never moves still needs an axis of some length.
    domain = [low, high] if high > low else [low - 0.5, high + 0.5]
    return alt.hconcat(*(_panel(steps, panel, domain, theme) for panel in panels))


def _panel(steps: Sequence[int], panel: _Panel, domain: list[float], theme: Theme) -> alt.LayerChart | alt.FacetChart:
    import altair as alt

    x = alt.X("units:Q", title="units", scale=alt.Scale(domain=[0, max(steps[-1], 1)], nice=False)).axis(tickMinStep=1)
    y = alt.Y("target:Q", title="target", scale=alt.Scale(domain=domain, zero=False))
    names = list(panel.lines)
    colours = [COLOURS[place % len(COLOURS)] for place in range(len(names))]
    dashes = [[int(part) for part in DASHES[place % len(DASHES)].split()] or [1, 0] for place in range(len(names))]
    legend = alt.Legend(title=None, orient="bottom", columns=4, symbolType="stroke", symbolSize=320, labelLimit=150)
    band = (
        alt.Chart(inline(units=steps, target=panel.band.low, high=panel.band.high))
        .mark_area(color=theme.band, opacity=0.28)
        .encode(x=x, y=y, y2="high:Q")
    )
    best = (
        alt.Chart(inline(units=steps, target=panel.best))
        .mark_line(color=theme.ink, strokeDash=[1, 3], strokeWidth=1.5)
        .encode(x=x, y=y)
    )
    drawn = (
        alt.Chart(_lines(steps, panel.lines))
        .mark_line(strokeWidth=1.8)
        .encode(
            x=x,
            y=y,
            color=alt.Color("method:N", scale=alt.Scale(domain=names, range=colours), legend=legend),
            strokeDash=alt.StrokeDash("method:N", scale=alt.Scale(domain=names, range=dashes), legend=legend),
        )
    )
    return alt.layer(band, best, drawn).properties(width=_WIDTH, height=_HEIGHT, title=panel.caption)


def inline(**columns: Sequence[float]) -> alt.InlineData:
    """Columns as the data of a chart.

    Args:
        columns: Of one length.

    Returns:
        A row each.
    """
    import altair as alt

    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    return alt.InlineData(values=rows)


def _lines(steps: Sequence[int], lines: Mapping[str, Sequence[float]]) -> alt.InlineData:
    import altair as alt

    rows = [
        {"method": name, "units": step, "target": value}
        for name, line in lines.items()
        for step, value in zip(steps, line, strict=True)
    ]
    return alt.InlineData(values=rows)


def drawn_svg(chart: alt.HConcatChart, theme: Theme) -> str:
    """A chart as a drawing.

    Args:
        chart: Described.
        theme: Of the page.

    Returns:
        SVG without scripts, that loads nothing.
    """
    import altair as alt
    import vl_convert

    config: dict[str, Any] = {
        "background": "transparent",
        "font": _FONT,
        "axis": {
            "labelColor": theme.ink,
            "titleColor": theme.ink,
            "domainColor": theme.rule,
            "tickColor": theme.rule,
            "grid": False,
            "titleFontWeight": "normal",
            "tickCount": 5,
        },
        "legend": {"labelColor": theme.ink},
        "title": {"color": theme.ink, "fontWeight": "normal", "fontSize": 12, "anchor": "start"},
        "view": {"stroke": None},
    }
    version = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
    svg: str = vl_convert.vegalite_to_svg(
        chart.to_dict() | {"config": config}, vl_version=version, allowed_base_urls=[]
    )
    # The chart's title says it all to who does not see it; hundredths of a pixel are more than enough. What is written
    # in the drawing, such as a name, stays as it is.
    return _TAG.sub(lambda tag: _LONG_NUMBER.sub(_short, _SPOKEN.sub("", tag[0])), svg)


def _short(number: re.Match[str]) -> str:
    return f"{float(number[0]):.2f}"
