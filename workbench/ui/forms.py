"""Forms made from a method's options: one widget a field, by its type and bounds."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any, Literal, get_args, get_origin

import streamlit as st
from pydantic.fields import FieldInfo

from workbench.explainers import Options
from workbench.ui.state import choices, widget_key

# The budget is chosen elsewhere.
_HIDDEN = ("budget",)


def options_form(
    name: str, kind: type[Options], values: dict[str, Any], hidden: Collection[str] = _HIDDEN
) -> dict[str, Any]:
    """Draw a form for the options of a method.

    Args:
        name: The method.
        kind: Its options.
        values: Field to value, where it differs from the default.
        hidden: Fields that are not to be chosen here.

    Returns:
        Field to value, as it stands in the form.
    """
    return {
        # Filled anew from a saved run, they are other widgets, which begin with the values given.
        field: _widget(widget_key("option", name, field, str(choices().forms)), info, values.get(field, info.default))
        for field, info in kind.model_fields.items()
        if field not in hidden
    }


def has_form(kind: type[Options], hidden: Collection[str] = _HIDDEN) -> bool:
    """Whether a method has options that the form would show."""
    return bool(set(kind.model_fields) - set(hidden))


def _widget(key: str, info: FieldInfo, value: Any) -> Any:
    label, tip = info.title or "", info.description
    if get_origin(info.annotation) is Literal:
        offered = list(get_args(info.annotation))
        return st.selectbox(label, offered, index=offered.index(value), key=key, help=tip)
    if info.annotation is bool:
        return st.toggle(label, value=value, key=key, help=tip)
    if info.annotation in (int, float):
        low, high = _bounds(info)
        # By itself a float is shown with two decimals, which would make a small one look like zero.
        step, shown = (1, None) if info.annotation is int else (_step(info.default), "%g")
        return st.number_input(
            label, min_value=low, max_value=high, value=value, step=step, format=shown, key=key, help=tip
        )
    return st.text_input(label, value=str(value), key=key, help=tip)


def _step(usual: float) -> float | None:
    """How far a press of plus or minus goes: by itself 0.01, far beyond a small number and nothing to a large one."""
    if usual >= 1:
        return 1.0
    return 10.0 ** math.floor(math.log10(usual)) if 0 < usual < 0.01 else None


def _bounds(info: FieldInfo) -> tuple[Any, Any]:
    """Least and greatest value of a number, in its own type."""
    kind: Any = info.annotation
    limits: dict[str, Any] = {}
    for mark in info.metadata:
        limits |= {name: getattr(mark, name) for name in ("ge", "gt", "le", "lt") if hasattr(mark, name)}
    low = limits.get("ge", limits.get("gt"))
    high = limits.get("le", limits.get("lt"))
    if "gt" in limits and kind is float:
        low = limits["gt"] + 1e-6
    return (None if low is None else kind(low), None if high is None else kind(high))
