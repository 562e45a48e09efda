"""Downloads of the report, a button a format."""

from __future__ import annotations

import streamlit as st

from workbench import services
from workbench.reports import FORMATS
from workbench.schema import Explanation, Prediction, Report


def downloads(prediction: Prediction, explanations: tuple[Explanation, ...]) -> None:
    """Show one download button a format.

    Args:
        prediction: The three stages.
        explanations: What the methods say.
    """
    report = Report(prediction=prediction, explanations=explanations, provenance=services.provenance())
    with st.container(horizontal=True):
        for suffix in FORMATS:
            form = FORMATS[suffix]
            st.download_button(
                form.title,
                form.render(report),
                f"explanation{suffix}",
                form.mime,
                icon=":material/download:",
                on_click="ignore",
            )
