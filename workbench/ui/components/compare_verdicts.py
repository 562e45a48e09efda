"""Verdicts side by side, a column a checkpoint."""

from __future__ import annotations

from html import escape

from workbench.explainers import unread_units
from workbench.schema import Prediction, Unit
from workbench.ui.comparing import Side, Sides, short_names
from workbench.ui.components.bars import share_bars
from workbench.ui.components.verdict import confidence_html, expected_html, stars_html

# Of more labels than this, the most probable ones are shown.
_MOST_LABELS = 10


def verdicts_html(sides: Sides, unit: Unit) -> str:
    """What each checkpoint says of the review.

    Args:
        sides: The checkpoints.
        unit: What is counted as unread.

    Returns:
        HTML, all text escaped; what one of them has, all have a line for.
    """
    names = short_names(list(sides.each))
    predictions = [one.prediction for one in sides.each.values()]
    stars = any(map(stars_html, predictions))
    expected = any(map(expected_html, predictions))
    cards = "".join(
        f'<div class="wb-box" data-verdict="{escape(name)}"><div class="wb-name" title="{escape(name)}">'
        f"{escape(names[name])}</div>{_verdict(one.prediction, stars, expected)}{_place(one)}{_bars(one.prediction)}"
        f'<div class="wb-dim wb-read">{_read(one, unit)}</div></div>'
        for name, one in sides.each.items()
    )
    return f'<div class="wb-row wb-sides">{cards}</div>'


def _verdict(prediction: Prediction, stars: bool, expected: bool) -> str:
    drawn = stars_html(prediction) or ('<div class="wb-stars">&nbsp;</div>' if stars else "")
    rating = expected_html(prediction) or ("<div>&nbsp;</div>" if expected else "")
    return (
        f'{drawn}<div class="wb-big">{escape(prediction.verdict)}</div>'
        f'<div class="wb-dim">{confidence_html(prediction)}</div>{rating}'
    )


def _place(side: Side) -> str:
    """The place on the common scale, as a mark between worst and best."""
    if side.scaled is None:
        return '<div class="wb-place wb-dim">no place on the common scale</div>'
    return (
        f'<div class="wb-place" title="0 is the worst label, 1 the best">On the common scale <b>{side.scaled:.2f}</b>'
        f'<i><b style="left:{side.scaled * 100:.1f}%"></b></i></div>'
    )


def _bars(prediction: Prediction) -> str:
    order = sorted(range(len(prediction.labels)), key=lambda index: -prediction.probabilities[index])
    shown = sorted(order) if len(order) <= _MOST_LABELS else order[:_MOST_LABELS]
    bars = share_bars(
        [prediction.labels[index] for index in shown],
        [prediction.probabilities[index] for index in shown],
        prediction.selected,
    )
    rest = len(order) - len(shown)
    return f'{bars}<div class="wb-dim">and {rest} less probable labels</div>' if rest else bars


def _read(side: Side, unit: Unit) -> str:
    said = side.prediction
    missed = len(unread_units(said, unit))
    read = f"{len(said.tokens)} of at most {said.token_limit} tokens"
    if said.unread_from is None:
        return f"{read}; all was read"
    return f'{read}; <span class="wb-bad">{missed:,} {unit.value}s were not read</span>'
