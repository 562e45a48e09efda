"""The sidebar of the Compare page for one review: method, budget, units, seed, target, and the common scale."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from workbench import services
from workbench.checkpoints import Checkpoint
from workbench.errors import CheckpointError, WorkbenchError
from workbench.explainers import METHODS, SPLITTERS
from workbench.pipeline import known_places
from workbench.schema import Activation
from workbench.ui import caching, comparing, state
from workbench.ui.budgets import BUDGETS, budget_help
from workbench.ui.components.saved_run import private_toggle
from workbench.ui.components.whatif import distinct
from workbench.ui.forms import has_form, options_form
from workbench.ui.state import bound, choices, widget_key
from workbench.ui.style import literal

# A form of more places than this is of no help to anybody.
_MOST_LABELS = 20


def comparison_settings(names: Sequence[str]) -> tuple[Checkpoint, ...] | None:
    """Draw the settings beneath the checkpoints.

    Args:
        names: Of the checkpoints, two to four.

    Returns:
        The checkpoints, loaded; none where one cannot be used (the sidebar says why).
    """
    with st.sidebar:
        try:
            checkpoints = tuple(caching.checkpoint(name) for name in names)
        except CheckpointError as error:
            st.error(literal(str(error)), icon=":material/error:")
            return None
        _method(checkpoints)
        st.segmented_control(
            "Budget", list(BUDGETS), required=True, width="stretch", wrap=False, help=budget_help(), **bound("budget")
        )
        st.segmented_control(
            "Units", [unit.value for unit in SPLITTERS], format_func=_plural, required=True, wrap=False,
            help="Tokens of different tokenizers cannot be compared.", **bound("compare_unit"),
        )  # fmt: skip
        st.number_input("Seed", min_value=0, max_value=2**31, step=1, **bound("seed"))
        _target(checkpoints)
        _places(checkpoints)
        _options()
        private_toggle()
    return checkpoints


def _method(checkpoints: Sequence[Checkpoint]) -> None:
    obstacles = {name: _obstacle(name, checkpoints) for name in services.method_names()}
    able = [name for name, obstacle in obstacles.items() if obstacle is None]
    if able and choices().compare_method not in able:
        state.put("compare_method", able[0])
    st.selectbox("Method", able, format_func=lambda name: METHODS[name].title, **bound("compare_method"))
    for name, obstacle in obstacles.items():
        if obstacle:
            st.caption(literal(f"{METHODS[name].title} cannot run here: {obstacle}."))


def _obstacle(method: str, checkpoints: Sequence[Checkpoint]) -> str | None:
    """Why a method cannot run on all of them."""
    found = ((one, METHODS[method].obstacle(one)) for one in checkpoints)
    return next((f"{one.name}: {obstacle}" for one, obstacle in found if obstacle), None)


def _target(checkpoints: Sequence[Checkpoint]) -> None:
    chosen = choices()
    try:
        scales = services.scales_for(checkpoints, comparing.given_places(chosen, checkpoints))
    except WorkbenchError:
        # The button says what is wrong with the places.
        scales = services.scales_for(checkpoints)
    targets = comparing.targets_of(checkpoints, scales)
    if chosen.compare_target not in targets:
        state.put("compare_target", "")
    shown = dict(zip(targets, distinct(list(targets.values())), strict=True))
    st.selectbox("Question", list(targets), format_func=shown.__getitem__, **bound("compare_target"))


def _places(checkpoints: Sequence[Checkpoint]) -> None:
    with st.expander("Labels on a common scale"):
        st.caption(
            "Where each label stands between 0 (worst) and 1 (best), so that checkpoints with different labels can be "
            "compared; an empty place is one that the label's name does not tell."
        )
        for one in checkpoints:
            st.markdown(f"**{literal(one.name)}**")
            if one.activation is Activation.SIGMOID:
                st.caption("Its labels are independent of each other, so they have no place together.")
            elif len(one.labels) > _MOST_LABELS:
                st.caption(f"It has {len(one.labels)} labels; give their places on the command line (--scale).")
            else:
                _places_of(one)


def _places_of(checkpoint: Checkpoint) -> None:
    """One number a label; what differs from the places that the names tell is kept."""
    known: dict[str, float | None] = dict.fromkeys(checkpoint.labels)
    known |= known_places(checkpoint.labels) or {}
    kept = choices().compare_places
    entered = kept.get(checkpoint.fingerprint, known)
    columns = st.columns(2)
    places = {
        label: columns[index % 2].number_input(
            literal(label),
            0.0,
            1.0,
            entered[label],
            0.05,
            key=widget_key("place", checkpoint.fingerprint, label, str(choices().forms)),
        )
        for index, label in enumerate(checkpoint.labels)
    }
    if places != known:
        kept[checkpoint.fingerprint] = places
    else:
        kept.pop(checkpoint.fingerprint, None)


def _options() -> None:
    chosen = choices()
    name = chosen.compare_method
    if has_form(METHODS[name].options):
        with st.expander("Options of the method"):
            chosen.options[name] = options_form(name, METHODS[name].options, chosen.options.get(name, {}))


def _plural(unit: str) -> str:
    return f"{unit.title()}s"
