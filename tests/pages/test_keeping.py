"""The download buttons of both pages by AppTest: a button a format, a file that is made when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from workbench import resources, services
from workbench.checkpoints import Checkpoint
from workbench.errors import WorkbenchError
from workbench.reports import FORMATS
from workbench.schema import Report
from workbench.ui.state import Choices
from workbench.ui.style import literal

pytestmark = pytest.mark.slow
SECONDS = 180
TEXT = "The room was clean, but we hated the food."
Buttons = dict[str, dict[str, Any]]


@pytest.fixture
def buttons(monkeypatch: pytest.MonkeyPatch) -> Buttons:
    """Name of a format to what its button was last given."""
    given: Buttons = {}
    button = st.download_button

    def note(label: str, data: Any, file_name: str, mime: str, **settings: Any) -> bool:
        given[label] = {"data": data, "name": file_name, "mime": mime, **settings}
        return button(label, data, file_name, mime, **settings)

    monkeypatch.setattr(st, "download_button", note)
    return given


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    def opened(page: str, *checkpoints: Checkpoint) -> AppTest:
        monkeypatch.setenv(resources.OFFERED, "\n".join(one.name for one in checkpoints))
        app = AppTest.from_file(str(resources.folder("pages") / page), default_timeout=SECONDS).run()
        chosen(app).methods = ["occlusion"]
        chosen(app).compared = [one.name for one in checkpoints]
        chosen(app).compare_method = "occlusion"
        app.session_state["workbench.widget.methods"] = ["occlusion"]
        app.session_state["workbench.widget.compare_method"] = "occlusion"
        app.run()
        app.text_area[0].set_value(TEXT).run()
        assert not app.exception
        return app

    return opened


def chosen(app: AppTest) -> Choices:
    found: Choices = app.session_state["workbench.choices"]
    return found


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click().run()
    job = chosen(app).job or chosen(app).compare_job
    assert job is not None
    job.wait(SECONDS)
    assert not job.running
    return app.run()


def test_an_explanation_is_kept_in_every_format(
    opened: Callable[..., AppTest], buttons: Buttons, tiny: Checkpoint
) -> None:
    app = press(opened("explain.py", tiny), "Explain")
    assert not app.exception
    assert list(buttons) == [FORMATS[suffix].title for suffix in FORMATS]
    job = chosen(app).job
    assert job is not None
    for suffix in FORMATS:
        given = buttons[FORMATS[suffix].title]
        assert given["name"] == f"workbench-tiny-the-room-was-clean-but-we{suffix}"
        assert given["mime"] == FORMATS[suffix].mime
        assert not given["disabled"]
        # What is kept is what the page shows.
        report = Report(
            prediction=services.explain(tiny, TEXT, ["occlusion"]).prediction,
            explanations=job.explanations,
            provenance=services.provenance(),
        )
        assert given["data"]() == FORMATS[suffix].render(report)


def test_the_assessment_goes_with_it(opened: Callable[..., AppTest], buttons: Buttons, tiny: Checkpoint) -> None:
    app = press(opened("explain.py", tiny), "Explain")
    before = buttons["JSON"]["data"]()
    job = chosen(app).job
    assert job is not None
    from workbench.pipeline import classify

    job.assess(tiny, classify(tiny, TEXT))
    job.wait(SECONDS)
    app.run()
    assert job.trust is not None
    assert b'"trust": {}' in before
    assert job.trust.verdict.sentence.encode() in buttons["JSON"]["data"]()


def test_attention_goes_into_the_html_when_asked(
    opened: Callable[..., AppTest], buttons: Buttons, tiny: Checkpoint
) -> None:
    app = press(opened("explain.py", tiny), "Explain")
    without = {name: given["data"]() for name, given in buttons.items()}
    next(one for one in app.checkbox if one.label == "BertViz heads in the HTML").check().run()
    assert not app.exception
    changed = [name for name, given in buttons.items() if given["data"]() != without[name]]
    assert changed == ["HTML"]
    assert b"bertviz" in buttons["HTML"]["data"]().lower()


def test_a_fault_is_told_in_one_line(
    opened: Callable[..., AppTest], buttons: Buttons, tiny: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = press(opened("explain.py", tiny), "Explain")

    def fail(*_arguments: object) -> bytes:
        raise ValueError("no\nluck")

    monkeypatch.setattr(type(FORMATS[".pdf"]), "render", fail)
    with pytest.raises(WorkbenchError, match="^the report could not be made"):
        buttons["PDF"]["data"]()
    app.run()
    line = "the report could not be made (ValueError: no luck); choose another format"
    assert [one.value for one in app.error] == [literal(line)]
    assert not app.run().error


def test_nothing_is_kept_before_the_methods_have_ended(
    opened: Callable[..., AppTest], buttons: Buttons, tiny: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = press(opened("explain.py", tiny), "Explain")
    job = chosen(app).job
    assert job is not None
    job._asked = True
    app.run()
    assert {given["disabled"] for given in buttons.values()} == {True}
    assert {given["data"] for given in buttons.values()} == {b""}
    assert literal("The methods are still running.") in [one.value for one in app.caption]


def test_a_comparison_is_kept_in_every_format(
    opened: Callable[..., AppTest], buttons: Buttons, tiny: Checkpoint, tiny_other: Checkpoint
) -> None:
    app = press(opened("compare.py", tiny, tiny_other), "Compare")
    assert not app.exception
    job = chosen(app).compare_job
    assert job is not None
    assert job.result is not None
    for suffix in FORMATS:
        given = buttons[FORMATS[suffix].title]
        assert given["name"] == f"workbench-tiny-vs-tiny-the-room-was-clean-but-we{suffix}"
        assert given["data"]() == FORMATS[suffix].render(job.result)
    job.result, job.fault = None, "cancelled"
    app.run()
    assert {given["disabled"] for given in buttons.values()} == {True}
    assert literal("There is no comparison to keep: cancelled.") in [one.value for one in app.caption]
