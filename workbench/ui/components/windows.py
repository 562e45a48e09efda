"""Which window of a long review to look into: each was one pass of the model."""

from __future__ import annotations

import streamlit as st

from workbench.schema import Prediction
from workbench.ui.state import widget_key


def chosen_window(prediction: Prediction, place: str) -> Prediction:
    """Let the reader pick a window, where there are any.

    Args:
        prediction: Of the whole review.
        place: The part of the page, which keeps its own choice.

    Returns:
        The prediction on that window, or the one given.
    """
    if not prediction.windows:
        return prediction
    count = len(prediction.windows)
    name = widget_key("window", place, str(count))
    index = st.segmented_control(
        "Window", range(count), default=0, required=True, format_func=lambda index: f"Window {index + 1}", key=name
    )
    return prediction.passes[index]
