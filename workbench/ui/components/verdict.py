"""The verdict: stars, label, confidence, margin, expected rating, probability bars."""

from __future__ import annotations

from html import escape

import streamlit as st

from workbench.checkpoints import ratings_of
from workbench.schema import HOLDS_FROM, Prediction
from workbench.ui.components.bars import share_bars


def verdict(prediction: Prediction) -> None:
    """Show the verdict.

    Args:
        prediction: What to show.
    """
    st.html(verdict_html(prediction))


def verdict_html(prediction: Prediction) -> str:
    """The verdict as HTML.

    Args:
        prediction: What to show.

    Returns:
        HTML, all text escaped.
    """
    bars = share_bars(prediction.labels, prediction.probabilities, prediction.selected)
    return (
        f'<div class="wb-row"><div class="wb-box">{stars_html(prediction)}<span class="wb-big">'
        f'{escape(prediction.verdict)}</span> <span class="wb-dim">{confidence_html(prediction)}</span>'
        f"{expected_html(prediction)}</div>"
        f'<div class="wb-box">{bars}</div></div>{_whole(prediction)}'
    )


def confidence_html(prediction: Prediction) -> str:
    """How sure the model is: of its label, or of each label that is judged by itself.

    Args:
        prediction: What to show.

    Returns:
        HTML, all text escaped.
    """
    if prediction.independent:
        sure = [f"{escape(label)} {prediction.chance(label):.2f}" for label in prediction.selected]
        nearest = f"the nearest is {escape(prediction.label)} with {prediction.confidence:.2f}, below {HOLDS_FROM}"
        return f"{', '.join(sure) or nearest}; labels are judged one by one"
    second = prediction.runner_up
    margin = "" if second is None else f", margin {second[1]:.2f} over {escape(second[0])}"
    return f"confidence {prediction.confidence:.2f}{margin}"


def _whole(prediction: Prediction) -> str:
    """How a long review was read."""
    if not prediction.windows:
        return ""
    pieces = "".join(
        f"<span>characters {window.start:,} to {window.end:,}: <b>{escape(window.prediction.verdict)}</b> "
        f"({window.prediction.confidence:.2f})</span>"
        for window in prediction.windows
    )
    return (
        f'<div class="wb-windows"><b>Read in {len(prediction.windows)} overlapping windows</b> of at most '
        f"{prediction.token_limit} tokens; probabilities and scores are their means. {pieces}</div>"
    )


def stars_html(prediction: Prediction) -> str:
    """The predicted rating as stars.

    Args:
        prediction: What to show.

    Returns:
        HTML; empty where the labels are no ratings, or too many of them.
    """
    ratings = ratings_of(prediction.labels)
    if ratings is None or prediction.independent or max(ratings) > 10:
        return ""
    given = ratings[prediction.labels.index(prediction.label)]
    empty = "★" * (max(ratings) - given)
    return f'<div class="wb-stars" role="img" aria-label="{given} of {max(ratings)}">{"★" * given}<i>{empty}</i></div>'


def expected_html(prediction: Prediction) -> str:
    """The expected rating.

    Args:
        prediction: What to show.

    Returns:
        HTML; empty where the labels have none.
    """
    if prediction.expected_rating is None:
        return ""
    ratings = ratings_of(prediction.labels) or (0,)
    value = f"<b>{prediction.expected_rating:.2f}</b>"
    return f'<div>Expected rating {value} <span class="wb-dim">of {max(ratings)}</span></div>'
