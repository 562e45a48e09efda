"""How far confidence can be believed, and what a threshold on it does, as drawings."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

from workbench.palette import COLOURS
from workbench.schema import CalibrationBin, CoverageCurve, ReliabilityBin
from workbench.ui.components.curves import picture

_SIDE, _EDGE = 190, 30
_LARGEST_DOT = 9.0
_LENGTH, _BOTTOM = _SIDE - _EDGE - 10, _SIDE - _EDGE
_TOP, _RIGHT = _BOTTOM - _LENGTH, _EDGE + _LENGTH


def reliability_drawing(name: str, bins: Sequence[CalibrationBin], colour: str = COLOURS[0]) -> str:
    """How often a checkpoint is right when it is so sure; with whiskers where bins have intervals.

    Args:
        name: Of the checkpoint.
        bins: Of confidence.
        colour: Of the dots.

    Returns:
        HTML, all text escaped.
    """
    filled = [one for one in bins if one.rows and one.confidence is not None and one.accuracy is not None]
    most = max((one.rows for one in filled), default=1)

    def dot(one: CalibrationBin) -> str:
        across, up = _across(one.confidence or 0.0), _up(one.accuracy or 0.0)
        size = max(2.5, sqrt(one.rows / most) * _LARGEST_DOT)
        return (
            f'{_whisker(one, across)}<circle cx="{across:.1f}" cy="{up:.1f}" r="{size:.1f}" fill="{colour}" '
            'fill-opacity=".8" class="wb-rule" stroke-width=".7"/>'
        )

    best = f'<line x1="{_EDGE}" y1="{_BOTTOM}" x2="{_RIGHT}" y2="{_TOP}" class="wb-best"/>'
    drawn = _axes("0", "1", "confidence", ("0", "1", "right")) + best + "".join(map(dot, filled))
    said = "; ".join(f"{one.confidence:.2f} sure, {one.accuracy:.2f} right, {one.rows} reviews" for one in filled)
    return picture(f"0 0 {_SIDE} {_SIDE}", drawn, f"Reliability of {name}: {said}", f"{_SIDE + 40}px")


def coverage_drawing(curve: CoverageCurve, threshold: float | None = None, colour: str = COLOURS[0]) -> str:
    """Accuracy of what is left to the checkpoint, against how much that is.

    Args:
        curve: With labels.
        threshold: Where the reader stands; none draws no mark.
        colour: Of the line.

    Returns:
        HTML, all text escaped.
    """
    points = [(one.coverage, one.accuracy, one.threshold) for one in curve.points if one.accuracy is not None]
    least = min((accuracy for _, accuracy, _ in points), default=0.0)
    # The few most confident rows make a ragged beginning; half the errors' room below keeps the line off the axis.
    low = max(0.0, least - (1 - least) / 2)
    room = (1 - low) or 1.0
    line = " ".join(f"{_across(coverage):.1f},{_up((accuracy - low) / room):.1f}" for coverage, accuracy, _ in points)
    drawn = _axes("0", "1", "coverage", (f"{low:.2f}", "1", "right"))
    drawn += f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>'
    covered = [point for point in points if threshold is not None and point[2] >= threshold]
    if covered:
        coverage, accuracy, _ = covered[-1]
        drawn += (
            f'<circle cx="{_across(coverage):.1f}" cy="{_up((accuracy - low) / room):.1f}" r="4.5" fill="{colour}" '
            'class="wb-rule" stroke-width=".7"/>'
        )
    ends = [points[0], points[-1]] if points else []
    said = "; ".join(f"{accuracy:.2f} right on {coverage:.2f} of the reviews" for coverage, accuracy, _ in ends)
    return picture(f"0 0 {_SIDE} {_SIDE}", drawn, f"Coverage against accuracy: {said}", f"{_SIDE + 40}px")


def _across(share: float) -> float:
    return _EDGE + share * _LENGTH


def _up(share: float) -> float:
    return _BOTTOM - share * _LENGTH


def _whisker(one: CalibrationBin, across: float) -> str:
    if not isinstance(one, ReliabilityBin) or one.accuracy_low is None or one.accuracy_high is None:
        return ""
    low, high = _up(one.accuracy_low), _up(one.accuracy_high)
    return f'<line x1="{across:.1f}" y1="{low:.1f}" x2="{across:.1f}" y2="{high:.1f}" class="wb-rule"/>'


def _axes(left: str, right: str, across: str, up: tuple[str, str, str]) -> str:
    """Both axes: their ends and what they show."""
    low, high, name = up
    middle = _TOP + _LENGTH / 2
    return (
        f'<line x1="{_EDGE}" y1="{_BOTTOM}" x2="{_RIGHT}" y2="{_BOTTOM}" class="wb-rule"/>'
        f'<line x1="{_EDGE}" y1="{_TOP}" x2="{_EDGE}" y2="{_BOTTOM}" class="wb-rule"/>'
        f'<text x="{_EDGE - 4}" y="{_BOTTOM + 4}" class="wb-axis" text-anchor="end">{low}</text>'
        f'<text x="{_EDGE - 4}" y="{_TOP + 5}" class="wb-axis" text-anchor="end">{high}</text>'
        f'<text x="{_EDGE}" y="{_SIDE - 14}" class="wb-axis">{left}</text>'
        f'<text x="{_RIGHT}" y="{_SIDE - 14}" class="wb-axis" text-anchor="end">{right}</text>'
        f'<text x="{_EDGE + _LENGTH / 2}" y="{_SIDE - 14}" class="wb-axis" text-anchor="middle">{across}</text>'
        f'<text x="12" y="{middle}" class="wb-axis" text-anchor="middle" '
        f'transform="rotate(-90 12 {middle})">{name}</text>'
    )
