"""The libraries' own views, in tabs; only the open one is made."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from workbench.attention import VIEWS, Selection
from workbench.checkpoints import Checkpoint
from workbench.errors import WorkbenchError
from workbench.explainers import METHODS
from workbench.schema import Prediction
from workbench.ui import caching
from workbench.ui.components.windows import chosen_window
from workbench.ui.jobs import Place
from workbench.ui.state import widget_key
from workbench.ui.style import is_dark, literal

_TITLES = {"head": "BertViz heads", "model": "BertViz model", "neuron": "BertViz neurons"}
# Of a longer text so many tokens are shown until more are asked for.
FIRST_TOKENS = 48
# The plot of a text of more units than this scrolls in itself.
_PLOT_WHOLE, _PLOT_HEIGHT = 60, 420


def native_views(
    checkpoint: Checkpoint | None, prediction: Prediction, places: Mapping[str, Place], missing: str = ""
) -> None:
    """Show the tabs.

    Args:
        checkpoint: The model, where it is there; views of attention need it.
        prediction: Of the text.
        places: Method to where it stands; those whose library has a plot get a tab.
        missing: Why the model is not there.
    """
    st.fragment(_tabs)(checkpoint, prediction, places, missing)


def _tabs(checkpoint: Checkpoint | None, prediction: Prediction, places: Mapping[str, Place], missing: str) -> None:
    plots = {f"{METHODS[name].title} plot": place for name, place in places.items() if METHODS[name].draws}
    names = [*_TITLES.values(), *plots]
    tabs = st.tabs(names, key=widget_key("native"), on_change="rerun")
    for name, tab in zip(names, tabs, strict=True):
        if not tab.open:
            continue
        with tab:
            try:
                if name in plots:
                    _plot(plots[name], prediction)
                elif checkpoint is None:
                    st.warning(literal(missing), icon=":material/info:")
                else:
                    view = next(key for key, title in _TITLES.items() if title == name)
                    _attention(view, checkpoint, chosen_window(prediction, view))
            except WorkbenchError as error:
                st.warning(literal(str(error)), icon=":material/info:")


def _plot(place: Place, prediction: Prediction) -> None:
    explanation = place.explanation
    if explanation is None:
        st.caption(literal(place.fault or "The plot comes when the method has finished."))
        return
    method = METHODS[explanation.method]
    document = method.native_html(explanation, prediction)
    if document:
        if method.plot_note:
            st.caption(literal(method.plot_note))
        # The libraries draw in black on nothing, so their page is white in either theme.
        page = f"<style>body{{background:#fff;margin:10px;font-family:sans-serif}}</style>{document}"
        st.iframe(page, height=_PLOT_HEIGHT if len(explanation.units) > _PLOT_WHOLE else "content")


def _attention(view: str, checkpoint: Checkpoint, prediction: Prediction) -> None:
    maps = caching.attention(checkpoint, checkpoint.fingerprint, prediction, prediction.text)
    left, middle, right = st.columns(3)
    # Another checkpoint may have other layers, of which the last is shown first.
    size = f"{maps.layers}x{maps.heads}"
    layers = left.multiselect(
        "Layers", range(maps.layers), default=_first_layers(view, maps.layers), format_func=counted,
        key=widget_key("layers", view, size), placeholder="All",
    )  # fmt: skip
    heads = middle.multiselect(
        "Heads", range(maps.heads), format_func=counted, key=widget_key("heads", view, size), placeholder="All"
    )
    count = len(prediction.tokens)
    first, last = 0, count
    if count > FIRST_TOKENS:
        first, last = right.slider("Tokens", 0, count, (0, FIRST_TOKENS), key=widget_key("tokens", view))
    selection = Selection(
        layers=tuple(layers) or tuple(range(maps.layers)),
        heads=tuple(heads) or None,
        first_token=min(first, count - 1),
        token_count=max(last - first, 1),
        dark=is_dark(),
    )
    drawn = VIEWS[view](checkpoint, prediction, maps, selection)
    if drawn.note:
        st.caption(literal(drawn.note))
    st.iframe(drawn.html, height=drawn.height)


def _first_layers(view: str, count: int) -> list[int]:
    """The last layer for the views of heads and neurons, all for the overview."""
    return [] if view == "model" else [count - 1]


def counted(index: int) -> str:
    """A layer or head as readers see it.

    Args:
        index: Counted from zero.

    Returns:
        Counted from one.
    """
    return str(index + 1)
