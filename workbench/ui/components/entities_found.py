"""The entities of a text: marked in it, and in a table to pick from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape

import streamlit as st

from workbench.entity_view import marked_html
from workbench.schema import EntityPrediction
from workbench.ui import state
from workbench.ui.entities import colours_of, numbers_of
from workbench.ui.state import bound, choices
from workbench.ui.style import literal

_ROW, _MOST_ROWS = 35, 9


def found_panel(prediction: EntityPrediction) -> None:
    """Show the entities; a click on a row of the table picks one.

    Args:
        prediction: What was found.
    """
    chosen = choices()
    _types(prediction)
    st.html(found_html(prediction, chosen.entity, chosen.entity_types))
    numbers = numbers_of(prediction, chosen.entity_types)
    if chosen.entity not in numbers:
        state.put("entity", None)
    if numbers:
        _table(prediction, numbers)


def found_html(prediction: EntityPrediction, chosen: int | None = None, types: Sequence[str] = ()) -> str:
    """The text with its entities as HTML.

    Args:
        prediction: What was found.
        chosen: Place of the entity to outline, from 0.
        types: Those to mark; none for all.

    Returns:
        HTML, all text escaped.
    """
    marked = marked_html(prediction, chosen, types=types, colours=colours_of(prediction))
    return (
        f'<div class="wb-box"><div class="wb-text wb-marked" dir="auto" tabindex="0">{marked}</div>'
        f'<div class="wb-dim">{escape(_told(prediction))}</div></div>'
    )


def _types(prediction: EntityPrediction) -> None:
    counts = Counter(one.type for one in prediction.entities)
    if not set(choices().entity_types) <= set(counts):
        state.put("entity_types", [])
    if len(counts) > 1:
        st.pills(
            "Show only",
            sorted(counts),
            selection_mode="multi",
            format_func=lambda kind: literal(f"{kind} {counts[kind]:,}"),
            **bound("entity_types"),
        )


def _told(prediction: EntityPrediction) -> str:
    """How the text was read, in a line."""
    count = len(prediction.entities)
    found = f"{count:,} {'entity' if count == 1 else 'entities'}" if count else "The checkpoint names nothing here"
    windows = f"; read in {len(prediction.windows)} overlapping windows" if prediction.windows else ""
    how = f"tags as {prediction.scheme.value}, put together by {prediction.strategy.value}"
    return f"{found}; {how}{windows}.{_unread(prediction)}"


def _unread(prediction: EntityPrediction) -> str:
    if prediction.unread_from is None:
        return ""
    return (
        f" Not read: the model stops after {prediction.token_limit} tokens, at character {prediction.unread_from:,} of "
        f"{len(prediction.text):,}."
    )


def _table(prediction: EntityPrediction, numbers: list[int]) -> None:
    import pandas as pd

    rows = [prediction.entities[number] for number in numbers]
    table = pd.DataFrame(
        {
            "Entity": [one.text for one in rows],
            "Type": [one.type for one in rows],
            "Score": [one.score for one in rows],
            "Start": [one.start for one in rows],
            "End": [one.end for one in rows],
        },
        index=pd.Index([number + 1 for number in numbers], name="No."),
    )
    key = state.widget_key("entities")
    place = [row for row, number in enumerate(numbers) if number == choices().entity]
    # The row follows what is picked below, too.
    state.reset(key, {"selection": {"rows": place, "columns": [], "cells": []}})
    st.dataframe(
        table,
        key=key,
        height=_ROW * (min(len(rows), _MOST_ROWS) + 1) + 3,
        column_config={
            "No.": st.column_config.NumberColumn(width=44),
            "Entity": st.column_config.TextColumn(width=170),
            "Type": st.column_config.TextColumn(width=70),
            "Score": st.column_config.ProgressColumn(width=110, min_value=0, max_value=1, format="%.3f"),
            "Start": st.column_config.NumberColumn(width=60, help="First character", format="%d"),
            "End": st.column_config.NumberColumn(width=60, help="One past the last character", format="%d"),
        },
        on_select=lambda: _pick(key, numbers),
        selection_mode="single-row",
    )


def _pick(key: str, numbers: Sequence[int]) -> None:
    rows = state.value(key)["selection"]["rows"]
    state.put("entity", numbers[rows[0]] if rows else None)
