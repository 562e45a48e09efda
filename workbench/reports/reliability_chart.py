"""How far the confidence of checkpoints can be believed, as a drawing: a panel a checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from workbench.palette import COLOURS
from workbench.reports.charts import DARK, LIGHT, Theme, drawn_svg, inline
from workbench.reports.document import Chart
from workbench.reports.signs import visible
from workbench.schema import CheckpointOnFile
from workbench.text import excerpt

# Four panels with their axes fit into 700 pixels; fewer need not be larger than this.
_WIDTH, _LARGEST = 560, 190
_NAME = 26  # signs
_DOTS = (20, 260)  # square pixels, of no reviews and of the most

if TYPE_CHECKING:
    import altair as alt


def reliability_chart(sides: Sequence[CheckpointOnFile]) -> Chart:
    """How often each checkpoint is right when it is so sure.

    Args:
        sides: At least one, with bins of confidence.

    Returns:
        The chart.
    """
    title = f"Reliability of {', '.join(side.name for side in sides)}: the share that is right against the confidence"
    return Chart(title, *(drawn_svg(_panels(sides, theme), theme) for theme in (LIGHT, DARK)))


def _panels(sides: Sequence[CheckpointOnFile], theme: Theme) -> alt.HConcatChart:
    import altair as alt

    most = max(one.rows for side in sides for one in side.calibration)
    length = min(_LARGEST, _WIDTH // len(sides))
    return alt.hconcat(*(_panel(side, place, most, length, theme) for place, side in enumerate(sides)))


def _panel(side: CheckpointOnFile, place: int, most: int, length: int, theme: Theme) -> alt.LayerChart | alt.FacetChart:
    import altair as alt

    filled = [one for one in side.calibration if one.confidence is not None and one.accuracy is not None]
    share = alt.Scale(domain=[0, 1], nice=False)
    x = alt.X("confidence:Q", title="confidence", scale=share)
    y = alt.Y("right:Q", title="share that is right", scale=share)
    honest = (
        alt.Chart(inline(confidence=[0.0, 1.0], right=[0.0, 1.0]))
        .mark_line(color=theme.ink, strokeDash=[1, 3], strokeWidth=1.5)
        .encode(x=x, y=y)
    )
    data = inline(
        confidence=[one.confidence or 0.0 for one in filled],
        right=[one.accuracy or 0.0 for one in filled],
        reviews=[one.rows for one in filled],
    )
    dots = (
        alt.Chart(data)
        .mark_circle(color=COLOURS[place % len(COLOURS)], opacity=0.85)
        .encode(x=x, y=y, size=alt.Size("reviews:Q", scale=alt.Scale(domain=[0, most], range=list(_DOTS)), legend=None))
    )
    # Signs that no drawing may hold, or that nobody would see, stand as their numbers.
    name = visible(excerpt(side.name, _NAME))
    return alt.layer(honest, dots).properties(width=length, height=length, title=name)
