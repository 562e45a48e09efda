"""The form that is made from a method's options."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from workbench.explainers import METHODS
from workbench.ui.forms import _step


def page() -> None:
    import streamlit as st

    from workbench.explainers import METHODS
    from workbench.ui.forms import options_form

    found = options_form("lime", METHODS["lime"].options, {"tolerance": 0.005})
    st.session_state["found"] = found


def test_a_small_number_is_shown_whole_and_kept() -> None:
    app = AppTest.from_function(page, default_timeout=60).run()
    assert not app.exception
    field = METHODS["lime"].options.model_fields["tolerance"]
    widget = next(one for one in app.number_input if one.label == field.title)
    assert (widget.value, widget.proto.format, widget.min, widget.max) == (0.005, "%g", 0.0, 0.5)
    assert widget.help == field.description
    assert app.session_state["found"]["tolerance"] == 0.005
    widget.set_value(0.0).run()
    assert METHODS["lime"].options(**app.session_state["found"]) == METHODS["lime"].options()


@pytest.mark.parametrize(
    ("usual", "step"), [(6e-4, 1e-4), (5e-5, 1e-5), (0.005, 1e-3), (0.06, None), (0.0, None), (3.0, 1.0), (25.0, 1.0)]
)
def test_plus_and_minus_go_as_far_as_the_number_is_large(usual: float, step: float | None) -> None:
    assert _step(usual) == (None if step is None else pytest.approx(step))
