"""How the model got there: each token with its tag, and the guided tour."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from workbench.checkpoints import Checkpoint
from workbench.pipeline import read_tag
from workbench.schema import EntityPrediction
from workbench.ui import caching
from workbench.ui.components.learn import lessons_html
from workbench.ui.entities import colours_of, tokens_of
from workbench.ui.state import bound, choices, widget_key
from workbench.ui.style import literal

_BEST = 3


def tagged_tokens(checkpoint: Checkpoint | None, prediction: EntityPrediction, missing: str = "") -> None:
    """Show the tokens with their tags, and offer the tour.

    Args:
        checkpoint: What found the entities, where it is there; the tour needs it.
        prediction: What was found.
        missing: Why the checkpoint is not there, in one line.
    """
    if prediction.windows:
        st.fragment(_of_window)(prediction)
    else:
        st.html(tokens_html(prediction, tokens_of(prediction, 0)))
    st.toggle(
        "Guided tour: from tokens to entities, with your text",
        disabled=checkpoint is None,
        help=literal(missing) or None,
        **bound("learn"),
    )
    if choices().learn and checkpoint is not None:
        st.html(lessons_html(caching.entity_lessons(checkpoint, prediction, _key(checkpoint, prediction))))


def tokens_html(prediction: EntityPrediction, places: Sequence[int]) -> str:
    """Tokens as chips, each with its most probable tag and how probable that is; more tags on hover.

    Args:
        prediction: What was found.
        places: The tokens to show.

    Returns:
        HTML, all text escaped.
    """
    colours = colours_of(prediction)
    chips = "".join(_chip(prediction, place, colours) for place in places)
    count = f"{len(places):,} tokens" if prediction.windows else f"{len(places)} of {prediction.token_limit} tokens"
    return (
        f'<div class="wb-box"><b>Tokens and tags</b> <span class="wb-dim">{count}, each with its most probable tag and '
        f'the probability of that; hover for the first {_BEST}</span><div class="wb-chips" tabindex="0">{chips}</div>'
        "</div>"
    )


def _chip(prediction: EntityPrediction, place: int, colours: dict[str, str]) -> str:
    token, row = prediction.tokens[place], prediction.probabilities[place]
    order = sorted(range(len(row)), key=lambda index: -row[index])[:_BEST]
    tip = [f"{prediction.labels[index]} {row[index]:.3f}" for index in order]
    tip += [f"characters {token.span.start} to {token.span.end}"] if token.span else ["added by the tokenizer"]
    tip += ["not in the vocabulary"] if token.unknown else []
    kind = " wb-special" if token.special else " wb-unknown" if token.unknown else ""
    tag = prediction.labels[order[0]]
    colour = None if token.special else colours.get(read_tag(tag, prediction.scheme).type)
    style = f' style="background:rgba({colour},.35)"' if colour else ""
    return (
        f'<span class="wb-chip{kind}"{style} title="{escape("; ".join(tip))}">{escape(token.text)}'
        f"<u>{'added' if token.special else f'{escape(tag)} {row[order[0]]:.2f}'}</u></span>"
    )


def _of_window(prediction: EntityPrediction) -> None:
    count = len(prediction.windows)
    place = st.segmented_control(
        "Window",
        range(count),
        default=0,
        required=True,
        format_func=lambda index: f"Window {index + 1}",
        key=widget_key("window", "tags", str(count)),
    )
    st.html(tokens_html(prediction, tokens_of(prediction, place)))


def _key(checkpoint: Checkpoint, prediction: EntityPrediction) -> str:
    """What the lessons of a prediction depend on."""
    return f"{checkpoint.fingerprint} {prediction.strategy} {bool(prediction.windows)} {prediction.text}"
