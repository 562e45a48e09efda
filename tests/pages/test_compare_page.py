"""The Compare page on one review by AppTest, with tiny checkpoints: what it shows is what the services say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from workbench import resources, services
from workbench.checkpoints import Checkpoint, load_checkpoint
from workbench.pipeline import classify
from workbench.schema import Score
from workbench.ui.comparison_job import ComparisonJob
from workbench.ui.state import Choices

pytestmark = pytest.mark.slow
SECONDS = 180
TEXT = "The room was clean, but we hated the food."


@pytest.fixture
def offer(monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Opens the page with checkpoints chosen, at the smallest cost."""

    def opened(*checkpoints: Checkpoint, method: str = "occlusion") -> AppTest:
        monkeypatch.setenv(resources.OFFERED, "\n".join(one.name for one in checkpoints))
        app = AppTest.from_file(str(resources.folder("pages") / "compare.py"), default_timeout=SECONDS).run()
        chosen(app).compared = [one.name for one in checkpoints]
        app.run()
        chosen(app).compare_method = method
        chosen(app).text = TEXT
        for name, value in (("text", TEXT), ("compare_method", method)):
            app.session_state[f"workbench.widget.{name}"] = value
        return app.run()

    return opened


def chosen(app: AppTest) -> Choices:
    found: Choices = app.session_state["workbench.choices"]
    return found


def compare(app: AppTest) -> ComparisonJob:
    next(button for button in app.button if button.label == "Compare").click().run()
    assert not app.exception
    job = chosen(app).compare_job
    assert job is not None
    job.wait(SECONDS)
    assert not job.running
    app.run()
    assert not app.exception
    return job


def html_of(app: AppTest) -> str:
    return "\n".join(element.proto.body for element in app.get("html"))


def element(app: AppTest, kind: str, label: str) -> Any:
    return next(one for one in app.get(kind) if one.label == label)


def scores(units: Sequence[Score]) -> dict[tuple[int, str], float]:
    return {(unit.start, unit.text): unit.score for unit in units}


def approximately(expected: dict[tuple[int, str], float]) -> Any:
    """What shares a batch with what depends on who else asks, and the last bits depend on that."""
    return pytest.approx(expected, abs=1e-6)


def test_two_checkpoints_of_the_same_labels(
    offer: Callable[..., AppTest], tiny: Checkpoint, tiny_other: Checkpoint
) -> None:
    app = offer(tiny, tiny_other)
    assert chosen(app).compare_job is None
    job = compare(app)
    assert not app.error
    alone = services.compare([tiny, tiny_other], TEXT, method="occlusion")
    assert job.result is not None
    for shown, expected in zip(job.result.checkpoints, alone.checkpoints, strict=True):
        assert scores(shown.explanation.units) == approximately(scores(expected.explanation.units))
    assert job.result.pairs[0].difference is not None
    assert alone.pairs[0].difference is not None
    units = job.result.pairs[0].difference.units
    assert scores(units) == approximately(scores(alone.pairs[0].difference.units))
    page = html_of(app)
    for one in alone.checkpoints:
        assert f'data-verdict="{escape(one.checkpoint.name)}"' in page
        assert f"On the common scale <b>{one.scaled:.2f}</b>" in page
        assert f"{len(one.prediction.tokens)} of at most 48 tokens; all was read" in page
        for unit in one.explanation.units:
            assert f'title="{unit.score:+.4f}"' in page
    assert services.comparison_view.difference_sum(alone.pairs[0].difference) in page
    rank = alone.pairs[0].figures["rank_correlation"].value
    assert f"<em>{rank:.2f}</em>" in page
    assert f"the probability of {classify(tiny, TEXT).label}" in page
    assert [one.value for one in app.header] == [
        "Verdicts",
        "Explanations",
        "Why they differ",
        "Attention, side by side",
        "Keep it",
    ]


def test_results_stay_and_the_same_question_is_not_asked_twice(
    offer: Callable[..., AppTest], tiny: Checkpoint, tiny_other: Checkpoint
) -> None:
    app = offer(tiny, tiny_other)
    job = compare(app)
    assert compare(app) is job
    app.text_area[0].set_value("It was good.").run()
    assert any("press Compare" in one.value for one in app.info)
    assert chosen(app).compare_job is job
    assert compare(app) is not job
    assert not app.info


def test_labels_of_another_kind_meet_on_the_scale_that_the_user_gives(
    offer: Callable[..., AppTest], tiny: Checkpoint, tiny_bpe: Checkpoint
) -> None:
    app = offer(tiny, tiny_bpe)
    numbers = {one.label: one for one in app.number_input}
    assert [numbers[label].value for label in ("1 star", "4 stars", "NEGATIVE", "POSITIVE")] == [0, 0.75, 0, 1]
    numbers["NEGATIVE"].set_value(0.2).run()
    job = compare(app)
    assert job.request.places == {tiny_bpe.name: {"NEGATIVE": 0.2, "POSITIVE": 1.0}}
    said = classify(tiny_bpe, TEXT)
    place = 0.2 * said.probabilities[0] + said.probabilities[1]
    assert job.result is not None
    assert job.result.checkpoints[1].scaled == pytest.approx(place)
    page = html_of(app)
    assert f"On the common scale <b>{place:.2f}</b>" in page
    assert "the place on the common scale" in page
    next(one for one in app.number_input if one.label == "NEGATIVE").set_value(0.0).run()
    assert chosen(app).compare_places == {}


def test_labels_without_a_known_place(
    offer: Callable[..., AppTest], tiny: Checkpoint, make_checkpoint: Callable[..., Path]
) -> None:
    unnamed = load_checkpoint(str(make_checkpoint(("LABEL_0", "LABEL_1"), seed=6)), device="cpu")
    app = offer(tiny, unnamed)
    fields = {one.label: one for one in app.number_input}
    assert fields[r"LABEL\_0"].value is None
    job = compare(app)
    page = html_of(app)
    assert "no place on the common scale" in page
    assert "no difference is explained: the checkpoints have different labels" in page
    assert not job.pairs
    next(one for one in app.number_input if one.label == r"LABEL\_0").set_value(0.0).run()
    next(button for button in app.button if button.label == "Compare").click().run()
    assert len(app.error) == 1
    assert "has no place; give a place to all or to none" in app.error[0].value.replace("\\", "")
    next(one for one in app.number_input if one.label == r"LABEL\_1").set_value(1.0).run()
    job = compare(app)
    assert job.result is not None
    assert job.result.comparable
    assert job.result.pairs[0].difference is not None


def test_three_checkpoints_and_a_choice_of_two(
    offer: Callable[..., AppTest], tiny: Checkpoint, tiny_other: Checkpoint, tiny_unigram: Checkpoint
) -> None:
    app = offer(tiny, tiny_other, tiny_unigram)
    job = compare(app)
    page = html_of(app)
    assert f'data-difference="{escape(tiny.name)} - {escape(tiny_other.name)}"' in page
    groups = [one for one in app.get("button_group") if one.label == "Which two"]
    assert [len(one.proto.options) for one in groups] == [3, 3]
    groups[0].set_value(groups[0].proto.options[2].content).run()
    assert not app.exception
    assert job.shown == {"difference": (tiny_other.name, tiny_unigram.name)}
    assert f'data-difference="{escape(tiny_other.name)} - {escape(tiny_unigram.name)}"' in html_of(app)
    assert job.result is not None
    difference = job.result.pairs[2].difference
    assert difference is not None
    assert services.comparison_view.difference_sum(difference) in html_of(app)
    assert [one.count("<tr>") for one in html_of(app).split("<b>Agreement</b>")[1].split("</table>")[:1]] == [4]


def test_a_method_that_explains_no_difference_says_so(
    offer: Callable[..., AppTest], tiny: Checkpoint, tiny_other: Checkpoint
) -> None:
    app = offer(tiny, tiny_other, method="attention-rollout")
    job = compare(app)
    assert job.result is not None
    assert not job.pairs
    page = html_of(app)
    assert escape(str(job.result.note)) in page
    assert "Attention rollout does not explain the difference" in page
    assert "wb-sum" not in page


def test_the_questions_are_asked_in_words(
    offer: Callable[..., AppTest], tiny: Checkpoint, tiny_other: Checkpoint
) -> None:
    app = offer(tiny, tiny_other)
    question = element(app, "selectbox", "Question")
    assert question.options[1:] == [
        "Why this expected rating?",
        "Why this place on the scale?",
        "Why each one's own label?",
        *(f"Why {label}?" for label in tiny.labels),
    ]
    question.set_value("expected").run()
    job = compare(app)
    assert job.result is not None
    assert {one.explanation.target.kind for one in job.result.checkpoints} == {"expected"}


def test_fewer_than_two_get_a_hint(offer: Callable[..., AppTest], tiny: Checkpoint) -> None:
    app = offer(tiny)
    chosen(app).compared = [tiny.name]
    app.run()
    assert not app.exception
    assert any("Choose two to four" in one.value for one in app.info)


def test_bad_input_gets_one_line(offer: Callable[..., AppTest], tiny: Checkpoint, tiny_other: Checkpoint) -> None:
    app = offer(tiny, tiny_other)
    app.text_area[0].set_value("   ").run()
    next(button for button in app.button if button.label == "Compare").click().run()
    assert not app.exception
    assert [one.value.count("\n") for one in app.error] == [0]
    assert "the text is empty" in app.error[0].value


def test_hostile_text_stays_text(offer: Callable[..., AppTest], tiny: Checkpoint, tiny_other: Checkpoint) -> None:
    app = offer(tiny, tiny_other)
    app.text_area[0].set_value("good <script>alert(1)</script> <img src=x onerror=alert(1)>").run()
    compare(app)
    page = html_of(app)
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;" in page


def test_hostile_labels_stay_text(
    offer: Callable[..., AppTest], tiny: Checkpoint, make_checkpoint: Callable[..., Path]
) -> None:
    labels = ("<img src=x onerror=alert(1)>", "**bold** :red[x] $x^2$")
    hostile = load_checkpoint(str(make_checkpoint(labels, seed=8)), device="cpu")
    app = offer(hostile, tiny)
    compare(app)
    assert not app.error
    page = html_of(app)
    assert "<img src=x" not in page
    assert escape(labels[0]) in page
    fields = [one.label for one in app.number_input]
    assert not [label for label in fields if "[" in label.replace("\\[", "")]


def test_another_part_of_the_page_can_open_a_review(
    offer: Callable[..., AppTest], tiny: Checkpoint, tiny_other: Checkpoint
) -> None:
    app = offer(tiny, tiny_other)
    chosen(app).compare_wanted = True
    app.run()
    job = chosen(app).compare_job
    assert job is not None
    job.wait(SECONDS)
    assert chosen(app).compare_wanted is False
    assert chosen(app).compare_request == job.request
