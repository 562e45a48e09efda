"""The pages by AppTest: content, not just the absence of exceptions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

import workbench.app
from workbench import resources
from workbench.explainers import METHODS
from workbench.ui.state import Choices
from workbench.ui.style import literal

pytestmark = pytest.mark.slow
SECONDS = 180


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.delenv(resources.OFFERED, raising=False)
    script = Path(workbench.app.__file__).parent / "main.py"
    return AppTest.from_file(str(script), default_timeout=SECONDS).run()


def chosen(app: AppTest) -> Choices:
    found: Choices = app.session_state["workbench.choices"]
    return found


def explain(app: AppTest, text: str) -> AppTest:
    app.text_area[0].set_value(text).run()
    next(button for button in app.button if button.label == "Explain").click().run()
    job = chosen(app).job
    if job is not None:
        job.wait(SECONDS)
        assert not job.running
    return app.run()


def html_of(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def test_a_review_is_there_already(app: AppTest) -> None:
    assert not app.exception
    assert app.text_area[0].value.startswith("The room was clean")
    assert [one.value for one in app.title] == ["Why this rating?"]
    assert chosen(app).job is None


def test_the_page_fills_in(app: AppTest) -> None:
    explain(app, "Terrible experience, would not recommend.")
    assert not app.exception
    assert not app.error
    assert [one.value for one in app.header][:3] == ["Verdict", "How the model got there", "Why"]
    page = html_of(app)
    assert 'aria-label="1 of 5"' in page
    assert "[CLS]" in page
    assert ">101<" in page
    job = chosen(app).job
    assert job is not None
    assert [one.method for one in job.explanations] == ["shap", "lime", "attention-rollout"]
    shap = job.explanations[0]
    assert abs(shap.gap()) < 1e-4
    for unit in shap.units:
        assert f'title="{unit.score:+.4f}"' in page


def test_a_tolerance_ends_the_sampling_and_the_row_says_where(app: AppTest) -> None:
    chosen(app).methods = ["lime"]
    app.run()
    next(one for one in app.number_input if one.label == "Tolerance").set_value(0.5).run()
    explain(app, "The soup was cold but the waiter was kind.")
    assert not app.exception
    job = chosen(app).job
    assert job is not None
    assert job.explanations[0].evaluations.asked == 300
    assert "settled after 300 of 1,000 evaluations; last change 0." in html_of(app)


def test_a_new_target_takes_effect_at_once(app: AppTest) -> None:
    explain(app, "The soup was cold but the waiter was kind.")
    before = chosen(app).job
    group, questions = target_group(app)
    assert questions[0].startswith("Why ")
    group.set_value(next(one for one in questions if "expected rating" in one)).run()
    job = chosen(app).job
    assert job is not None
    assert job is not before
    job.wait(SECONDS)
    assert {one.target.kind for one in job.explanations} == {"expected"}
    # The coalitions are the same, so nothing is evaluated twice.
    assert [one.evaluations.made for one in job.explanations if one.method != "attention-rollout"] == [0, 0]


def target_group(app: AppTest) -> tuple[Any, list[str]]:
    groups = [(one, [option.content for option in one.proto.options]) for one in app.get("button_group")]
    return next(pair for pair in groups if any("expected rating" in content for content in pair[1]))


def test_every_target_is_offered_as_a_question(app: AppTest) -> None:
    chosen(app).methods = ["occlusion"]
    explain(app, "The soup was cold but the waiter was kind.")
    _, questions = target_group(app)
    shown = [question.replace("\\", "") for question in questions]
    label = shown[0].removeprefix("Why ").removesuffix("?")
    against = [one.removeprefix(f"Why {label} and not ").removesuffix("?") for one in shown if " and not " in one]
    assert sorted([label, *against]) == ["1 star", "2 stars", "3 stars", "4 stars", "5 stars"]
    target_group(app)[0].set_value(next(one for one in questions if "logit" in one)).run()
    job = chosen(app).job
    assert job is not None
    job.wait(SECONDS)
    assert [str(one.target) for one in job.explanations] == [f"logit:{label}"]
    assert shown[-1] == f"Why a logit of {job.explanations[0].full_value:.1f} for {label}?"


def test_a_method_that_cannot_run_says_why(monkeypatch: pytest.MonkeyPatch, app: AppTest) -> None:
    monkeypatch.setattr(type(METHODS["shap"]), "obstacle", lambda self, checkpoint: "it has no *masks* here")
    chosen(app).methods = []
    app.run()
    assert not app.exception
    assert [one.value for one in app.sidebar.caption if "SHAP" in one.value] == [
        literal("SHAP cannot run here: it has no *masks* here.")
    ]
    offered = next(one for one in app.get("button_group") if one.label == "Methods")
    assert "SHAP" not in [option.content for option in offered.proto.options]
    assert "LIME" in [option.content for option in offered.proto.options]
    assert "shap" not in chosen(app).methods


@pytest.mark.parametrize(
    "text",
    [
        "   ",
        "!",
        "?!.",
        "a",
        "\x00\x07 \x1b[31mred",
        "مرحبا بالعالم",
        "e\u0301\u0301\u0301",
        "👨‍👩‍👧‍👦",
        "<script>alert(1)</script>",
        "ༀཀ ༁",
    ],
)
def test_bad_input_gets_a_result_or_one_line(app: AppTest, text: str) -> None:
    chosen(app).budget = "Quick"
    explain(app, text)
    assert not app.exception
    if app.error:
        assert len(app.error) == 1
        assert "\n" not in app.error[0].value
    else:
        assert "<script>alert" not in html_of(app)


def test_text_beyond_the_limit_is_shown_as_unread(app: AppTest) -> None:
    chosen(app).budget = "Quick"
    chosen(app).methods = ["attention-rollout"]
    explain(app, "A long stay with a quiet room and a kind host. " * 80)
    page = html_of(app)
    assert "512 of 512 tokens" in page
    assert "Not read:" in page
    assert "wb-unread" in page


def test_an_emptied_box_stays_empty(app: AppTest) -> None:
    app.text_area[0].set_value("").run()
    assert app.text_area[0].value == ""
    samples = next(one for one in app.selectbox if one.label == "Sample reviews")
    assert samples.value is None
    button = next(one for one in app.button if one.label == "Explain")
    button.click().run()
    assert len(app.error) == 1
    assert app.text_area[0].value == ""


def test_a_text_of_the_readers_own_is_no_sample_any_longer(app: AppTest) -> None:
    samples = next(one for one in app.selectbox if one.label == "Sample reviews")
    assert samples.value == "hotel-aircon"
    app.text_area[0].set_value("Superb.").run()
    samples = next(one for one in app.selectbox if one.label == "Sample reviews")
    assert samples.value is None
    samples.set_value("hotel-mould").run()
    assert app.text_area[0].value != "Superb."
    assert chosen(app).sample == "hotel-mould"


def test_outdated_results_are_marked(app: AppTest) -> None:
    explain(app, "Superb.")
    assert not app.info
    app.text_area[0].set_value("Something else entirely.").run()
    assert "press Explain" in app.info[0].value


def test_checkpoints_page_lists_what_is_bundled() -> None:
    script = resources.folder("pages") / "checkpoints.py"
    page = AppTest.from_file(str(script), default_timeout=SECONDS).run()
    assert not page.exception
    assert next(one.value for one in page.subheader) == "stars"
    assert "sha256:" in html_of(page)


def test_a_long_review_is_read_whole_when_asked(app: AppTest) -> None:
    long = "The soup was cold but the waiter was kind and the room was clean. " * 45
    choices = chosen(app)
    choices.methods = ["attention-rollout"]
    explain(app, long)
    assert "Not read: the model stops after 512 tokens" in html_of(app)
    toggle = next(one for one in app.toggle if one.label == "Read long reviews whole")
    toggle.set_value(True).run()
    assert any("press Explain" in one.value for one in app.info)
    explain(app, long)
    assert not app.exception
    page = html_of(app)
    assert "Not read" not in page
    assert "overlapping windows" in page
    job = chosen(app).job
    assert job is not None
    assert job.explanations[0].units[-1].end == len(long.rstrip())


def test_the_guided_tour_is_off_until_wanted(app: AppTest) -> None:
    explain(app, "Terrible experience, would not recommend <b>it</b>.")
    assert "<details" not in html_of(app)
    (tour,) = [one for one in app.toggle if one.label.startswith("Guided tour")]
    tour.set_value(True).run()
    assert not app.exception
    page = html_of(app)
    assert page.count('<details class="wb-lesson"') == 8
    assert "Text becomes tokens" in page
    assert "<b>it</b>" not in page
