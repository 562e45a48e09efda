"""What is slow the first time runs in the background while the user reads."""

from __future__ import annotations

import threading

import streamlit as st

from workbench import garbage
from workbench.ui import caching


@st.cache_resource(show_spinner=False)
def start() -> threading.Thread:
    """Load the first checkpoint and import what SHAP imports, once a process.

    Returns:
        The thread, for waiting on it.
    """
    thread = threading.Thread(target=_warm, name="warm-up", daemon=True)
    thread.start()
    return thread


def _warm() -> None:
    from workbench.explainers.shap_method import warm_up
    from workbench.pipeline import classify

    try:
        classify(caching.checkpoint(caching.offered()[0]), "Warm up.")
        warm_up()
    finally:
        garbage.as_usual()
