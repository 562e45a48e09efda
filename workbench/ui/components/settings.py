"""The sidebar of the Explain page: checkpoint, budget, methods, units, seed, options."""

from __future__ import annotations

import streamlit as st

from workbench import services
from workbench.checkpoints import Checkpoint, title
from workbench.errors import CheckpointError
from workbench.explainers import METHODS
from workbench.schema import Unit
from workbench.ui import caching, state
from workbench.ui.budgets import BUDGETS, budget_help
from workbench.ui.components.adding import add_checkpoint
from workbench.ui.components.saved_run import private_toggle
from workbench.ui.forms import has_form, options_form
from workbench.ui.state import bound, choices
from workbench.ui.style import literal

_UNITS = (Unit.WORD.value, Unit.TOKEN.value, Unit.SENTENCE.value)


def settings_sidebar() -> Checkpoint | None:
    """Draw the settings.

    Returns:
        The checkpoint chosen, loaded; none where it cannot be used (the sidebar says why).
    """
    chosen = choices()
    names = caching.offered()
    if chosen.checkpoint not in names:
        state.put("checkpoint", names[0])
    with st.sidebar:
        st.selectbox("Checkpoint", names, format_func=described, **bound("checkpoint"))
        with st.expander("Add a checkpoint", icon=":material/add:"):
            add_checkpoint("sidebar")
        try:
            checkpoint = caching.checkpoint(chosen.checkpoint)
        except CheckpointError as error:
            st.error(literal(str(error)), icon=":material/error:")
            return None
        st.segmented_control(
            "Budget", list(BUDGETS), required=True, width="stretch", wrap=False, help=budget_help(), **bound("budget")
        )
        _methods(checkpoint)
        st.segmented_control("Units", _UNITS, format_func=_plural, required=True, wrap=False, **bound("unit"))
        st.number_input("Seed", min_value=0, max_value=2**31, step=1, **bound("seed"))
        st.toggle(
            "Read long reviews whole",
            help=f"{checkpoint.name} reads {checkpoint.token_limit} tokens at once. A longer review is read in "
            "overlapping windows; prediction and scores are their means. Otherwise its end stays unread.",
            **bound("windows"),
        )
        _options()
        private_toggle()
        st.caption(machine(checkpoint))
    return checkpoint


def _methods(checkpoint: Checkpoint) -> None:
    able = services.methods_for(checkpoint)
    if not choices().methods:
        # None at all would explain nothing: the first ones again, and the widget shows them.
        state.put("methods", [name for name in services.DEFAULT_METHODS if able.get(name) is None])
    names = [name for name, obstacle in able.items() if obstacle is None]
    if not set(choices().methods) <= set(names):
        state.put("methods", [name for name in choices().methods if name in names])
    st.pills("Methods", names, selection_mode="multi", format_func=lambda name: METHODS[name].title, **bound("methods"))
    for name, obstacle in able.items():
        if obstacle:
            st.caption(literal(f"{METHODS[name].title} cannot run here: {obstacle}."))


def _options() -> None:
    chosen = choices()
    shown = [name for name in chosen.methods if has_form(METHODS[name].options)]
    if not shown:
        return
    with st.expander("Options of the methods"):
        for name in shown:
            st.markdown(f"**{literal(METHODS[name].title)}**")
            chosen.options[name] = options_form(name, METHODS[name].options, chosen.options.get(name, {}))


def _plural(unit: str) -> str:
    return f"{unit.title()}s"


def described(name: str) -> str:
    """A checkpoint in a list of them."""
    try:
        facts = caching.facts(name)
    except CheckpointError:
        return f"{title(name)} (cannot be used)"
    return f"{title(name)} ({facts['layers']} layers, {len(facts['labels'])} labels)"


def machine(checkpoint: Checkpoint) -> str:
    """What the checkpoint runs on, as Markdown."""
    import torch

    place = "CPU" if checkpoint.device.type == "cpu" else torch.cuda.get_device_name(checkpoint.device)
    threads = torch.get_num_threads()
    return literal(f"{place}, {threads} thread{'s' * (threads != 1)}. No network needed.")
