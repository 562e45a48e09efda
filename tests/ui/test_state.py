"""Widgets and the choices they are bound to."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.ui import state


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    found: dict[str, Any] = {}
    monkeypatch.setattr(state.st, "session_state", found)
    return found


def key(name: str) -> str:
    return str(state.bound(name)["key"])


def test_a_value_is_kept(session: dict[str, Any]) -> None:
    session[key("budget")] = "Quick"
    state.copy("budget")
    assert state.choices().budget == "Quick"


@pytest.mark.parametrize("name", ["budget", "methods", "unit", "seed", "windows", "checkpoint", "sort"])
def test_an_empty_report_of_a_widget_that_always_has_a_value_counts_as_none(session: dict[str, Any], name: str) -> None:
    before = getattr(state.choices(), name)
    session[key(name)] = None
    state.copy(name)
    assert getattr(state.choices(), name) == before
    assert session[key(name)] == before


def test_a_widget_of_another_page_takes_the_value_along(
    session: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "_page", lambda: "one")
    session[key("text")] = "typed"
    state.copy("text")
    monkeypatch.setattr(state, "_page", lambda: "two")
    session["workbench.widget.text"] = ""
    assert session[key("text")] == "typed"
    session["workbench.widget.text"] = "being typed"
    assert session[key("text")] == "being typed"


def test_a_sample_may_be_unchosen(session: dict[str, Any]) -> None:
    state.choices().sample = "hotel"
    session[key("sample")] = None
    state.copy("sample")
    assert state.choices().sample is None
