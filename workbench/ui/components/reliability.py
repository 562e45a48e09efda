"""How far confidence can be believed, as a drawing."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

from workbench.palette import COLOURS
from workbench.schema import CalibrationBin, ReliabilityBin
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
    drawn = _axes("confidence", "right") + best + "".join(map(dot, filled))
    said = "; ".join(f"{one.confidence:.2f} sure, {one.accuracy:.2f} right, {one.rows} reviews" for one in filled)
    return picture(f"0 0 {_SIDE} {_SIDE}", drawn, f"Reliability of {name}: {said}", f"{_SIDE + 40}px")


def _across(share: float) -> float:
    return _EDGE + share * _LENGTH


def _up(share: float) -> float:
    return _BOTTOM - share * _LENGTH


def _whisker(one: CalibrationBin, across: float) -> str:
    if not isinstance(one, ReliabilityBin) or one.accuracy_low is None or one.accuracy_high is None:
        return ""
    low, high = _up(one.accuracy_low), _up(one.accuracy_high)
    return f'<line x1="{across:.1f}" y1="{low:.1f}" x2="{across:.1f}" y2="{high:.1f}" class="wb-rule"/>'


def _axes(across: str, up: str) -> str:
    """Both axes: their ends and what they show."""
    middle = _TOP + _LENGTH / 2
    return (
        f'<line x1="{_EDGE}" y1="{_BOTTOM}" x2="{_RIGHT}" y2="{_BOTTOM}" class="wb-rule"/>'
        f'<line x1="{_EDGE}" y1="{_TOP}" x2="{_EDGE}" y2="{_BOTTOM}" class="wb-rule"/>'
        f'<text x="{_EDGE - 4}" y="{_BOTTOM + 4}" class="wb-axis" text-anchor="end">0</text>'
        f'<text x="{_EDGE - 4}" y="{_TOP + 5}" class="wb-axis" text-anchor="end">1</text>'
        f'<text x="{_EDGE}" y="{_SIDE - 14}" class="wb-axis">0</text>'
        f'<text x="{_RIGHT}" y="{_SIDE - 14}" class="wb-axis" text-anchor="end">1</text>'
        f'<text x="{_EDGE + _LENGTH / 2}" y="{_SIDE - 14}" class="wb-axis" text-anchor="middle">{across}</text>'
        f'<text x="12" y="{middle}" class="wb-axis" text-anchor="middle" '
        f'transform="rotate(-90 12 {middle})">{up}</text>'
    )
