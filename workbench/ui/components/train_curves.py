"""Losses and figures of a run, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from workbench.palette import COLOURS, DASHES
from workbench.training.events import Event
from workbench.ui.components.curves import picture

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 360, 170, 40, 12, 24
_MOST_POINTS = 200

Line = tuple[str, Sequence[tuple[int, float]]]


def curves_html(events: Sequence[Event], *, over: bool = False) -> str:
    """Two plots: the losses, and accuracy with macro F1 on the validation rows.

    Args:
        events: What the run told, steps rising.
        over: No step will follow, so the plots end at the last one.

    Returns:
        HTML; empty where nothing was told yet.
    """
    looks = [one for one in events if one.metrics is not None]
    losses: list[Line] = [
        ("in training", [(one.step, one.loss) for one in events if one.loss is not None]),
        ("on validation rows", [(one.step, one.metrics["loss"]) for one in looks if one.metrics]),
    ]
    figures: list[Line] = [
        (name.replace("_f1", " F1"), [(one.step, one.metrics[name]) for one in looks if one.metrics])
        for name in ("accuracy", "macro_f1")
    ]
    steps = max((one.step if over else one.steps for one in events), default=0)
    drawn = [
        _plot("Loss", losses, steps, None),
        _plot("On validation rows", figures, steps, (0.0, 1.0)),
    ]
    boxes = "".join(f'<div class="wb-box">{one}</div>' for one in drawn if one)
    return f'<div class="wb-row">{boxes}</div>' if boxes else ""


def _plot(title: str, lines: Sequence[Line], steps: int, fixed: tuple[float, float] | None) -> str:
    told = [(index, name, _thinned(points)) for index, (name, points) in enumerate(lines) if points]
    if not told or not steps:
        return ""
    values = [value for _, _, points in told for _, value in points]
    low, high = fixed or (min(0.0, *values), max(values) or 1.0)
    room = (high - low) or 1.0

    def place(step: int, value: float) -> tuple[float, float]:
        left = _LEFT + step / steps * (_WIDTH - _LEFT - 8)
        return left, _TOP + (high - value) / room * (_HEIGHT - _TOP - _BOTTOM)

    drawn = ""
    for index, _, points in told:
        placed = [place(step, value) for step, value in points]
        path = " ".join(f"{left:.1f},{top:.1f}" for left, top in placed)
        drawn += (
            f'<polyline points="{path}" fill="none" stroke="{COLOURS[index]}" stroke-width="2" '
            f'stroke-dasharray="{DASHES[index]}"/>'
        )
        # A single look would be no line at all.
        drawn += f'<circle cx="{placed[-1][0]:.1f}" cy="{placed[-1][1]:.1f}" r="3" fill="{COLOURS[index]}"/>'
    alt = f"{title} over {steps} steps: " + ", ".join(f"{name} {points[-1][1]:.3f}" for _, name, points in told)
    plot = picture(f"0 0 {_WIDTH} {_HEIGHT}", drawn + _axes(low, high, steps), alt, "480px")
    keys = "".join(_key(index, name, points[-1][1]) for index, name, points in told)
    return f'<b>{escape(title)}</b><div>{plot}</div><div class="wb-keys">{keys}</div>'


def _thinned(points: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
    """Enough points for a drawing, the last one always."""
    every = -(-len(points) // _MOST_POINTS)
    return [*points[:-1:every], points[-1]] if points else []


def _axes(low: float, high: float, steps: int) -> str:
    bottom = _HEIGHT - _BOTTOM
    return (
        f'<line x1="{_LEFT}" y1="{bottom}" x2="{_WIDTH - 8}" y2="{bottom}" class="wb-rule"/>'
        f'<line x1="{_LEFT}" y1="{_TOP}" x2="{_LEFT}" y2="{bottom}" class="wb-rule"/>'
        f'<text x="{_LEFT - 5}" y="{_TOP + 8}" class="wb-axis" text-anchor="end">{high:.2f}</text>'
        f'<text x="{_LEFT - 5}" y="{bottom}" class="wb-axis" text-anchor="end">{low:.2f}</text>'
        f'<text x="{_LEFT}" y="{_HEIGHT - 8}" class="wb-axis">step 0</text>'
        f'<text x="{_WIDTH - 8}" y="{_HEIGHT - 8}" class="wb-axis" text-anchor="end">{steps}</text>'
    )


def _key(index: int, name: str, last: float) -> str:
    line = (
        f'<line x1="0" y1="4" x2="26" y2="4" stroke="{COLOURS[index]}" stroke-width="2" '
        f'stroke-dasharray="{DASHES[index]}"/>'
    )
    return f"<span>{picture('0 0 26 8', line, '', '26px')} {escape(name)} {last:.3f}</span>"
