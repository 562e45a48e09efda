"""What a threshold on the confidence does, as a drawing."""

from __future__ import annotations

import math
from collections.abc import Sequence

from workbench.palette import COLOURS
from workbench.schema import CoverageCurve, ThresholdFigures
from workbench.ui.components.curves import picture

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 420, 210, 46, 20, 10, 34
_STEPS = 4
Point = tuple[float, float]


def coverage_drawing(curve: CoverageCurve, now: ThresholdFigures) -> str:
    """Accuracy of what is left to the checkpoint, against how much that is; without labels how much, by threshold.

    Args:
        curve: Of all thresholds.
        now: Where the reader stands.

    Returns:
        HTML, all text escaped.
    """
    if not curve.labelled:
        return _coverage(curve, now)
    points = [(one.coverage, one.accuracy) for one in curve.points if one.accuracy is not None]
    here = [] if now.accuracy is None else [(now.coverage.value, now.accuracy.value)]
    # The few most confident rows make a ragged beginning, and room below keeps the line off the axis.
    least = min(accuracy for _, accuracy in [*points, *here])
    low = max(0.0, least - (1 - least) / 4)
    # In steps of which each quarter is a whole percent; where all are right, the axis must still have a length.
    low = min(math.floor(low * 25) / 25, 0.96)
    said = "; ".join(
        f"{accuracy:.3f} right on {coverage:.3f} of the rows" for coverage, accuracy in (points[0], points[-1])
    )
    said += "".join(f"; here {accuracy:.3f} on {coverage:.3f}" for coverage, accuracy in here)
    axes = ("coverage: share left to the checkpoint", "accuracy")
    return _plot(points, low, here, axes, f"Coverage against accuracy: {said}")


def _coverage(curve: CoverageCurve, now: ThresholdFigures) -> str:
    points = [(min(one.threshold, 1.0), one.coverage) for one in curve.points]
    # Above the most confident row nothing is covered, below the least confident one everything is.
    points = [(1.0, 0.0), (points[0][0], 0.0), *points, (0.0, 1.0)]
    here = (now.threshold, now.coverage.value)
    said = f"Coverage by threshold: at {here[0]:.3f} it is {here[1]:.3f}"
    return _plot(points, 0.0, [here], ("threshold", "coverage"), said)


def _plot(points: Sequence[Point], low: float, marked: Sequence[Point], names: tuple[str, str], alt: str) -> str:
    across, up = names
    room = (1 - low) or 1.0

    def place(point: Point) -> tuple[float, float]:
        right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
        return _LEFT + point[0] * (right - _LEFT), bottom - (point[1] - low) / room * (bottom - _TOP)

    line = " ".join(f"{left:.1f},{top:.1f}" for left, top in map(place, points))
    drawn = f'<polyline points="{line}" fill="none" stroke="{COLOURS[0]}" stroke-width="2"/>'
    for left, top in map(place, marked):
        drawn += (
            f'<line x1="{left:.1f}" y1="{top:.1f}" x2="{left:.1f}" y2="{_HEIGHT - _BOTTOM}" class="wb-best"/>'
            f'<circle cx="{left:.1f}" cy="{top:.1f}" r="5.5" fill="{COLOURS[1]}"/>'
        )
    return picture(f"0 0 {_WIDTH} {_HEIGHT}", _axes(low, across, up) + drawn, alt, f"{_WIDTH + 60}px")


def _axes(low: float, across: str, up: str) -> str:
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM
    middle = (_TOP + bottom) / 2
    drawn = (
        f'<line x1="{_LEFT}" y1="{bottom}" x2="{right}" y2="{bottom}" class="wb-rule"/>'
        f'<line x1="{_LEFT}" y1="{_TOP}" x2="{_LEFT}" y2="{bottom}" class="wb-rule"/>'
        f'<text x="{(_LEFT + right) / 2}" y="{_HEIGHT - 4}" class="wb-axis" text-anchor="middle">{across}</text>'
        f'<text x="12" y="{middle}" class="wb-axis" text-anchor="middle" '
        f'transform="rotate(-90 12 {middle})">{up}</text>'
    )
    for step in range(_STEPS + 1):
        share = step / _STEPS
        left, top = _LEFT + share * (right - _LEFT), bottom - share * (bottom - _TOP)
        shown = low + share * (1 - low)
        drawn += (
            f'<text x="{left}" y="{bottom + 15}" class="wb-axis" text-anchor="middle">{share:.0%}</text>'
            f'<text x="{_LEFT - 5}" y="{top + 4}" class="wb-axis" text-anchor="end">{shown:.0%}</text>'
        )
    return drawn
