"""Choosing a target: it belongs to the request it was chosen for."""

from __future__ import annotations

import pytest

from workbench.schema import Target, Unit
from workbench.ui.components import targets
from workbench.ui.jobs import Request
from workbench.ui.state import Choices

FIRST = Request(checkpoint="stars", text="one", methods=(("shap", "{}"),), unit=Unit.WORD, seed=0)
OPTIONS = {"3 stars": Target(kind="probability", label="3 stars"), "expected": Target(kind="expected")}


@pytest.fixture
def chosen(monkeypatch: pytest.MonkeyPatch) -> Choices:
    found = Choices(request=FIRST)
    monkeypatch.setattr(targets, "choices", lambda: found)
    return found


def pick(monkeypatch: pytest.MonkeyPatch, name: str | None) -> None:
    monkeypatch.setattr(targets.state, "value", lambda key: name)
    targets._choose("key", OPTIONS, FIRST, "3 stars")


def test_another_target_asks_again(chosen: Choices, monkeypatch: pytest.MonkeyPatch) -> None:
    pick(monkeypatch, "expected")
    assert chosen.request == FIRST.model_copy(update={"target": Target(kind="expected")})


@pytest.mark.parametrize("name", ["3 stars", None, "5 stars"])
def test_the_same_or_none_or_one_of_another_review_changes_nothing(
    chosen: Choices, monkeypatch: pytest.MonkeyPatch, name: str | None
) -> None:
    pick(monkeypatch, name)
    assert chosen.request is FIRST


def test_a_late_answer_does_not_reach_a_newer_request(chosen: Choices, monkeypatch: pytest.MonkeyPatch) -> None:
    newer = FIRST.model_copy(update={"text": "two"})
    chosen.request = newer
    pick(monkeypatch, "expected")
    assert chosen.request is newer
