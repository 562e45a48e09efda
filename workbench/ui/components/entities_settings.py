"""The sidebar of the Entities page: a checkpoint that tags tokens, how tags become entities, and the methods."""

from __future__ import annotations

import streamlit as st

from workbench import services
from workbench.checkpoints import Checkpoint
from workbench.errors import CheckpointError
from workbench.explainers import METHODS
from workbench.pipeline import default_strategy
from workbench.schema import Strategy, Unit
from workbench.ui import caching, state
from workbench.ui.budgets import BUDGETS, budget_help
from workbench.ui.components.adding import add_checkpoint
from workbench.ui.components.saved_run import private_toggle
from workbench.ui.components.settings import described, machine
from workbench.ui.entities import HIDDEN_OPTIONS
from workbench.ui.forms import has_form, options_form
from workbench.ui.state import bound, choices
from workbench.ui.style import literal

_UNITS = (Unit.WORD.value, Unit.SENTENCE.value)
_ABOUT = {
    "none": "every token alone",
    "simple": "every token its own tag",
    "first": "a word as its first token",
    "average": "a word as its tokens on average",
    "max": "a word as its surest token",
}


def entities_sidebar() -> Checkpoint | None:
    """Draw the settings.

    Returns:
        The checkpoint chosen, loaded; none where there is none that can be used (the sidebar says why).
    """
    with st.sidebar:
        checkpoint = _checkpoint()
        if checkpoint is None:
            return None
        _reading(checkpoint)
        st.segmented_control(
            "Budget", list(BUDGETS), required=True, width="stretch", wrap=False, help=budget_help(), **bound("budget")
        )
        _methods()
        st.segmented_control(
            "Units", _UNITS, format_func=lambda unit: f"{unit.title()}s", required=True, wrap=False,
            **bound("entity_unit"),
        )  # fmt: skip
        st.number_input("Seed", min_value=0, max_value=2**31, step=1, **bound("seed"))
        _options()
        private_toggle()
        st.caption(machine(checkpoint))
    return checkpoint


def _checkpoint() -> Checkpoint | None:
    names = caching.offered("entities")
    if names and choices().tagger not in names:
        state.put("tagger", names[0])
    if names:
        st.selectbox("Checkpoint", names, format_func=described, **bound("tagger"))
    else:
        st.info("No checkpoint here tags tokens; add one, such as dslim/bert-base-NER.", icon=":material/label_off:")
    with st.expander("Add a checkpoint", icon=":material/add:"):
        add_checkpoint("sidebar")
    try:
        return caching.checkpoint(choices().tagger) if names else None
    except CheckpointError as error:
        st.error(literal(str(error)), icon=":material/error:")
        return None


def _reading(checkpoint: Checkpoint) -> None:
    """How tags become entities, and how long texts are read."""
    usual = default_strategy(checkpoint).value
    others = [one.value for one in Strategy if one.value != usual]
    if choices().entity_strategy == usual:
        state.put("entity_strategy", "")
    st.selectbox(
        "Strategy",
        ["", *others],
        format_func=lambda name: name or f"{usual} (default)",
        help="How the tags of tokens are put together to entities, by the names of transformers. "
        + "; ".join(f"{name}: {what}" for name, what in _ABOUT.items()),
        **bound("entity_strategy"),
    )
    st.toggle(
        "Read long texts whole",
        help=f"{literal(checkpoint.name)} reads {checkpoint.token_limit} tokens at once. A longer text is read in "
        "overlapping windows. Otherwise its end stays unread.",
        **bound("entity_windows"),
    )


def _methods() -> None:
    if not choices().entity_methods:
        state.put("entity_methods", list(services.ENTITY_METHODS))
    able = services.entity_methods()
    cannot = [METHODS[name].title for name, obstacle in able.items() if obstacle]
    st.pills(
        "Methods",
        [name for name, obstacle in able.items() if obstacle is None],
        selection_mode="multi",
        format_func=lambda name: METHODS[name].title,
        help=literal(f"{', '.join(cannot)} follow one answer for the whole text; here each token has its own."),
        **bound("entity_methods"),
    )


def _options() -> None:
    chosen = choices()
    shown = [name for name in chosen.entity_methods if has_form(METHODS[name].options, HIDDEN_OPTIONS)]
    if not shown:
        return
    with st.expander("Options of the methods"):
        for name in shown:
            st.markdown(f"**{literal(METHODS[name].title)}**")
            given = chosen.entity_options.get(name, {})
            chosen.entity_options[name] = options_form(f"entity-{name}", METHODS[name].options, given, HIDDEN_OPTIONS)
