"""BertViz of two checkpoints beside each other: the same view, layers, heads and tokens of both."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from workbench.attention import VIEWS, Selection
from workbench.errors import WorkbenchError
from workbench.schema import AttentionMaps
from workbench.ui import caching
from workbench.ui.comparing import Side, Sides, short_names
from workbench.ui.comparison_job import ComparisonJob
from workbench.ui.components.compare_pair import pair_choice
from workbench.ui.components.native import FIRST_TOKENS, counted
from workbench.ui.state import widget_key
from workbench.ui.style import is_dark, literal

_VIEWS = {"head": "BertViz heads", "model": "BertViz model"}
# In the style sheet, columns of this container stand below one another where there is no room.
_CONTAINER = "wb-attention"


def compared_attention(job: ComparisonJob, sides: Sides) -> None:
    """Show the views; they rerun by themselves, without the rest of the page.

    Args:
        job: The comparison, which keeps the choice of two.
        sides: What the checkpoints say.
    """
    st.fragment(_views)(job, sides)


def _views(job: ComparisonJob, sides: Sides) -> None:
    pair = pair_choice(job, "attention", "and")
    view = st.segmented_control(
        "View", list(_VIEWS), default="head", required=True, format_func=_VIEWS.__getitem__,
        label_visibility="collapsed", key=widget_key("compare", "view"),
    )  # fmt: skip
    two = [sides.each[name] for name in pair]
    names = short_names(pair)
    maps = [_maps(side) for side in two]
    known = [one for one in maps if isinstance(one, AttentionMaps)]
    selection = _selection(view, known) if known else None
    with st.container(key=_CONTAINER):
        # All heads of a layer in a row need the whole width.
        places = [st.container(), st.container()] if view == "model" else st.columns(2)
        for name, place, side, found in zip(pair, places, two, maps, strict=True):
            with place:
                st.markdown(f"**{literal(names[name])}**")
                _draw(view, side, found, selection)


def _maps(side: Side) -> AttentionMaps | str:
    """Attention of a checkpoint, or why there is none."""
    one = side.checkpoint
    if one is None:
        return side.missing
    try:
        found: AttentionMaps = caching.attention(one, one.fingerprint, side.prediction, side.prediction.text)
    except WorkbenchError as error:
        return str(error)
    return found


def _selection(view: str, maps: Sequence[AttentionMaps]) -> Selection:
    """What of both is shown; a layer or head that only one of them has can be chosen too."""
    left, middle, right = st.columns(3)
    depths = [one.layers for one in maps]
    layers = left.multiselect(
        "Layers", range(max(depths)), default=[] if view == "model" else [min(depths) - 1], format_func=counted,
        key=widget_key("compare", "layers", view, str(depths)), placeholder="All",
    )  # fmt: skip
    heads = middle.multiselect(
        "Heads", range(max(one.heads for one in maps)), format_func=counted,
        key=widget_key("compare", "heads", view, str(depths)), placeholder="All",
    )  # fmt: skip
    count = max(len(one.tokens) for one in maps)
    first, last = 0, count
    if count > FIRST_TOKENS:
        key = widget_key("compare", "tokens", view, str(count))
        first, last = right.slider("Tokens", 0, count, (0, FIRST_TOKENS), key=key)
    return Selection(
        layers=tuple(layers) or tuple(range(max(depths))),
        heads=tuple(heads) or None,
        first_token=min(first, count - 1),
        token_count=max(last - first, 1),
        dark=is_dark(),
    )


def _draw(view: str, side: Side, maps: AttentionMaps | str, wanted: Selection | None) -> None:
    if isinstance(maps, str) or wanted is None or side.checkpoint is None:
        st.warning(literal(str(maps)), icon=":material/info:")
        return
    layers = tuple(layer for layer in wanted.layers if layer < maps.layers)
    heads = None if wanted.heads is None else tuple(head for head in wanted.heads if head < maps.heads)
    if not layers or heads == () or wanted.first_token >= len(maps.tokens):
        st.caption(f"It has {maps.layers} layers of {maps.heads} heads, and read {len(maps.tokens)} tokens.")
        return
    drawn = VIEWS[view](
        side.checkpoint, side.prediction, maps, wanted.model_copy(update={"layers": layers, "heads": heads})
    )
    if drawn.note:
        st.caption(literal(drawn.note))
    st.iframe(drawn.html, height=drawn.height)
