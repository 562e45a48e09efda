"""Fields that show a condition of the rows' filter, whoever set it, and change it."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

import streamlit as st

from workbench.ui import dataset_rows, state
from workbench.ui.state import choices, widget_key

Place = st.delta_generator.DeltaGenerator | ModuleType


def key_of(*parts: str) -> str:
    """The key of a widget of the view."""
    return widget_key("rows", *parts)


def follow_text(place: Place, name: str, prompt: str, icon: str | None = None) -> None:
    """Draw a text field of the filter.

    Args:
        place: Where.
        name: Of the field.
        prompt: What is asked for.
        icon: What stands before it.
    """
    key = state.follow(key_of(name), getattr(choices().dataset_filter, name))
    place.text_input(
        prompt, label_visibility="collapsed", placeholder=prompt, icon=icon, key=key, on_change=_take_text,
        args=(name, key),
    )  # fmt: skip


def choice_field(place: Place, name: str, title: str, options: Mapping[Any, str], prompt: str = "") -> None:
    """Draw one choice of several, or none.

    Args:
        place: Where.
        name: Of the field of the filter.
        title: What is chosen.
        options: Values with how they are called.
        prompt: What stands there while none is chosen, below the title; by default the title alone stands there.
    """
    key, current = key_of(name), getattr(choices().dataset_filter, name)
    known = dict(options) if current is None or current in options else {**options, current: str(current)}
    state.reset(key, current)
    place.selectbox(
        title, list(known), index=None, placeholder=prompt or title, key=key, format_func=lambda one: known[one],
        label_visibility="visible" if prompt else "collapsed", on_change=_take, args=(name, key),
    )  # fmt: skip


def _take_text(name: str, key: str) -> None:
    dataset_rows.narrow(**{name: (state.value(key) or "").strip()})


def _take(name: str, key: str) -> None:
    dataset_rows.narrow(**{name: state.value(key)})
