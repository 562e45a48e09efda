"""Which method to trust, and what if: on the page."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import workbench.app
from workbench import resources
from workbench.checkpoints import load_checkpoint
from workbench.errors import Cancelled
from workbench.pipeline import classify
from workbench.schema import Span
from workbench.text import words
from workbench.ui import searches
from workbench.ui.components.whatif import distinct, without
from workbench.ui.state import Choices

SECONDS = 240
REVIEW = "The soup was cold but kind staff."


@pytest.fixture
def explained(monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.delenv(resources.OFFERED, raising=False)
    app = AppTest.from_file(str(Path(workbench.app.__file__).parent / "main.py"), default_timeout=SECONDS).run()
    chosen(app).budget = "Quick"
    chosen(app).methods = ["shap", "lime", "occlusion"]
    app.text_area[0].set_value(REVIEW).run()
    next(button for button in app.button if button.label == "Explain").click().run()
    chosen(app).job.wait(SECONDS)  # type: ignore[union-attr]
    return app.run()


def chosen(app: AppTest) -> Choices:
    found: Choices = app.session_state["workbench.choices"]
    return found


def html_of(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


@pytest.mark.slow
def test_the_methods_are_compared_when_asked(explained: AppTest) -> None:
    assert "ask which one to trust" in html_of(explained)
    next(button for button in explained.button if button.label == "Which method to trust?").click().run()
    job = chosen(explained).job
    assert job is not None
    job.wait(SECONDS)
    explained.run()
    assert not explained.exception
    assert job.trust is not None
    page = html_of(explained)
    assert job.trust.verdict.sentence.split("<")[0][:30] in page
    assert "Agreement" in page
    assert page.count("data:image/svg+xml;base64,") >= 5
    assert {one.method for one in job.trust.faithfulness} == {"shap", "lime", "occlusion"}
    spread = next(one for one in job.explanations if one.method == "lime").units[0].spread
    assert spread is not None


@pytest.mark.slow
def test_a_word_switched_off_moves_the_rating(explained: AppTest) -> None:
    words_group = next(
        group
        for group in explained.get("button_group")
        if [one.content for one in group.proto.options][:2] == ["The", "soup"]
    )
    cold = [one.content for one in words_group.proto.options].index("cold")
    words_group.set_value([index for index in range(len(words_group.proto.options)) if index != cold]).run()
    assert not explained.exception
    stars = load_checkpoint("stars")
    before, after = (classify(stars, text).expected_rating for text in (REVIEW, "The soup was but kind staff."))
    assert f"{before:.2f}" != f"{after:.2f}"
    assert f"expected rating {before:.2f} to {after:.2f}" in html_of(explained)


def words_of(app: AppTest) -> Any:
    return next(
        group
        for group in app.get("button_group")
        if [one.content for one in group.proto.options][:2] == ["The", "soup"]
    )


def press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception


@pytest.mark.slow
def test_what_was_found_stays_while_words_are_switched(explained: AppTest) -> None:
    for label in ("Smallest change that flips it", "One word replaced"):
        press(explained, label)
    for search in chosen(explained).searches.each.values():
        search.wait(SECONDS)
        assert search.fault is None
    explained.run()
    found = [body for body in html_of(explained).splitlines() if "without “" in body or "→" in body]
    assert len(found) == 2
    words_of(explained).set_value([0, 1, 2, 3]).run()
    assert all(body in html_of(explained) for body in found)
    off = {one.label: one.disabled for one in explained.button}
    assert off["Smallest change that flips it"]
    assert off["One word replaced"]


@pytest.mark.slow
def test_a_search_can_be_stopped_and_asked_for_again(explained: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = threading.Event()

    def endless(*_: object, cancelled: Callable[[], bool], **__: object) -> None:
        begun.set()
        while not cancelled():
            time.sleep(0.01)
        raise Cancelled

    kept = dict(searches._SERVICES)
    monkeypatch.setitem(searches._SERVICES, "smallest", endless)  # type: ignore[arg-type]
    press(explained, "Smallest change that flips it")
    assert begun.wait(SECONDS)
    assert any(one.value.startswith("Searching;") for one in explained.caption)
    # The page is not held up meanwhile.
    words_of(explained).set_value([0, 1, 2, 3]).run()
    press(explained, "Stop")
    search = chosen(explained).searches.each["smallest"]
    search.wait(SECONDS)
    explained.run()
    assert [one.value for one in explained.warning] == ["Smallest change that flips it\\: cancelled"]
    monkeypatch.setitem(searches._SERVICES, "smallest", kept["smallest"])  # type: ignore[arg-type]
    press(explained, "Smallest change that flips it")
    chosen(explained).searches.each["smallest"].wait(SECONDS)
    explained.run()
    assert not explained.warning
    assert "without “" in html_of(explained)


@pytest.mark.slow
def test_a_changed_text_is_explained_at_once(explained: AppTest) -> None:
    first = chosen(explained).job
    assert next(one for one in explained.button if one.label == "Explain this text").disabled
    words_of(explained).set_value([0, 1, 2, 3]).run()
    press(explained, "Explain this text")
    job = chosen(explained).job
    assert job is not None
    assert job is not first
    job.wait(SECONDS)
    explained.run()
    assert job.request.text == explained.text_area[0].value == "The soup was cold"
    assert [one.text for one in job.explanations] == ["The soup was cold"] * 3
    assert not [one for one in explained.info if "have changed since" in one.value]
    # Only once: a later change of the box waits for the button.
    explained.text_area[0].set_value("Superb.").run()
    assert chosen(explained).job is job


def test_without_closes_the_gaps() -> None:
    spans = words("not bad at all")
    assert without("not bad at all", [spans[1], spans[0]]) == "at all"
    assert without("a  b", [Span(start=0, end=1)]) == "b"


def test_labels_are_told_apart_and_look_the_same() -> None:
    labels = distinct(["the", "cat", "the", "the"])
    assert len(set(labels)) == 4
    assert [label.replace("\u200b", "") for label in labels] == ["the", "cat", "the", "the"]
