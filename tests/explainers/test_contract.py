"""What every registered method has to keep, on every tokenizer, unit and target."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise

import numpy as np
import pytest

from workbench.checkpoints import Checkpoint
from workbench.errors import Cancelled, InputError, TextError
from workbench.explainers import METHODS, Options, Task
from workbench.pipeline import classify, parse_target, target_values
from workbench.schema import Explanation, Prediction, Unit
from workbench.scoring import Progress, Scorer

BUDGET = 40
REVIEW = "The room was clean, but we hated the cold food and the staff ignored us."
ODD = {
    "one word": "good",
    "punctuation": "?! ...",
    "unknown": "zzz qqq 日本語",
    "one unknown": "😀",
    "past the limit": "the food was very good and the staff were great but " * 12,
    "joined emoji": "good 👩‍👩‍👧 food 👍🏽!",
    "right to left": "שלום the room اللغة",
    "combining": "e\u0301te\u0301 good",
    "control": "good\x00bad\x1b[2J room",
    "mark-up": "<script>alert(1)</script> & <img src=x onerror=alert(1)>",
    "special tokens": "good [SEP] bad [MASK] room </s> <mask>",
    "much space": "  good \n\n\t room  ",
}
TARGETS = {
    "tiny": ("predicted", "2 stars", "logit:5 stars", "expected", "5 stars - 1 star", "scale"),
    "tiny_bpe": ("POSITIVE", "scale:NEGATIVE=0.25,POSITIVE=1", "logit:NEGATIVE", "POSITIVE - NEGATIVE"),
    "tiny_multi": ("predicted", "staff", "logit:price", "room - price"),
}


def options(method: str) -> Options:
    kind = METHODS[method].options
    return kind(**({"budget": BUDGET} if "budget" in kind.model_fields else {}))


def explain(
    checkpoint: Checkpoint,
    prediction: Prediction,
    method: str,
    *,
    target: str = "predicted",
    unit: Unit = Unit.WORD,
    seed: int = 0,
    progress: Progress | None = None,
) -> Explanation:
    run = Scorer(checkpoint).start(progress=progress)
    task = Task(prediction, parse_target(target, prediction), unit, seed, run)
    return METHODS[method].explain(task, options(method))


def check(checkpoint: Checkpoint, prediction: Prediction, found: Explanation) -> None:
    """What holds for any result: places, totals, counts, and the same again after JSON."""
    text = prediction.text
    for unit in found.units:
        assert text[unit.start : unit.end] == unit.text
    assert all(before.end <= after.start for before, after in pairwise(found.units))
    covered = {index for unit in found.units for index in range(unit.start, unit.end)}
    assert {index for index, sign in enumerate(prediction.read_text) if sign.isalnum()} <= covered
    assert found.units
    assert prediction.unread_from is None or max(covered) < prediction.unread_from
    assert found.evaluations.asked >= found.evaluations.made >= 1
    assert Explanation.model_validate_json(found.model_dump_json()) == found
    method = METHODS[found.method]
    assert (found.additive, found.signed) == (method.additive, method.signed)
    if method.additive:
        assert found.base_value is not None
        total = sum(unit.score for unit in found.units)
        assert total == pytest.approx(found.full_value - found.base_value, abs=1e-4)
    if not method.signed:
        assert all(unit.score >= 0 for unit in found.units)
    if prediction.unread_from is None:
        own = target_values(checkpoint, found.target, [prediction.logits])[0]
        assert found.full_value == pytest.approx(own, abs=1e-4)


@pytest.mark.parametrize(
    ("fixture", "target"), [(fixture, target) for fixture, targets in TARGETS.items() for target in targets]
)
@pytest.mark.parametrize("unit", [Unit.WORD, Unit.TOKEN])
@pytest.mark.parametrize("method", METHODS)
def test_every_unit_and_target(
    request: pytest.FixtureRequest, method: str, unit: Unit, fixture: str, target: str
) -> None:
    checkpoint = request.getfixturevalue(fixture)
    prediction = classify(checkpoint, REVIEW)
    found = explain(checkpoint, prediction, method, target=target, unit=unit, seed=3)
    check(checkpoint, prediction, found)
    assert found.target == parse_target(target, prediction)
    assert (found.method, found.unit, found.seed, found.text) == (method, unit, 3, REVIEW)
    assert found.checkpoint == checkpoint.info
    assert found.options == options(method).model_dump(mode="json")
    assert set(found.provenance) >= {"torch", "transformers", *METHODS[method].packages}
    if unit is Unit.WORD:
        assert [one.text for one in found.units][:5] == ["The", "room", "was", "clean", ","]


@pytest.mark.parametrize("text", ODD.values(), ids=list(ODD))
@pytest.mark.parametrize("unit", [Unit.WORD, Unit.TOKEN])
@pytest.mark.parametrize("fixture", ["tiny", "tiny_bpe"])
@pytest.mark.parametrize("method", METHODS)
def test_odd_texts(request: pytest.FixtureRequest, method: str, fixture: str, unit: Unit, text: str) -> None:
    checkpoint = request.getfixturevalue(fixture)
    prediction = classify(checkpoint, text)
    check(checkpoint, prediction, explain(checkpoint, prediction, method, unit=unit))


@pytest.mark.parametrize("unit", [Unit.WORD, Unit.TOKEN])
@pytest.mark.parametrize("method", METHODS)
def test_the_same_seed_gives_the_same_whatever_ran_before(tiny: Checkpoint, method: str, unit: Unit) -> None:
    prediction = classify(tiny, REVIEW)
    first = explain(tiny, prediction, method, unit=unit, seed=7)
    np.random.seed(99)
    random.seed(99)
    explain(tiny, prediction, method, seed=8)
    second = explain(tiny, prediction, method, unit=unit, seed=7)
    assert first.model_copy(update={"seconds": 0.0}) == second.model_copy(update={"seconds": 0.0})


@pytest.mark.parametrize("method", METHODS)
def test_a_warm_cache_changes_the_count_and_nothing_else(tiny: Checkpoint, method: str) -> None:
    prediction, scorer = classify(tiny, REVIEW), Scorer(tiny)
    target = parse_target("expected", prediction)
    first, second = (
        METHODS[method].explain(Task(prediction, target, Unit.WORD, 0, scorer.start()), options(method))
        for _ in range(2)
    )
    assert [unit.score for unit in first.units] == pytest.approx([unit.score for unit in second.units], abs=1e-9)
    assert second.evaluations.asked == first.evaluations.asked
    # Passes that return attentions or gradients are not remembered; texts are.
    own_passes = first.evaluations.made if method == "integrated-gradients" else 1
    assert second.evaluations.made <= own_passes


@pytest.mark.parametrize("method", METHODS)
def test_leaves_the_global_generators_alone(tiny: Checkpoint, method: str) -> None:
    np.random.seed(5)
    expected = np.random.random(3)
    np.random.seed(5)
    explain(tiny, classify(tiny, REVIEW), method)
    assert np.array_equal(np.random.random(3), expected)


@pytest.mark.parametrize("method", METHODS)
def test_progress_rises_and_ends_at_its_total(tiny: Checkpoint, method: str) -> None:
    seen: list[tuple[int, int]] = []
    found = explain(tiny, classify(tiny, REVIEW), method, progress=lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[0][0] == 0
    assert seen[-1][0] == found.evaluations.asked
    assert all(done <= total for done, total in seen)


@pytest.mark.parametrize("method", [name for name in METHODS if "budget" in METHODS[name].options.model_fields])
def test_can_be_cancelled(tiny: Checkpoint, method: str) -> None:
    prediction, scorer = classify(tiny, REVIEW), Scorer(tiny, positions=32)
    target, asked = parse_target("predicted", prediction), iter(range(100))
    stopped = scorer.start(cancelled=lambda: next(asked) >= 3)
    with pytest.raises(Cancelled):
        METHODS[method].explain(Task(prediction, target, Unit.WORD, 0, stopped), options(method))
    assert 1 <= stopped.made < BUDGET
    check(
        tiny,
        prediction,
        METHODS[method].explain(Task(prediction, target, Unit.WORD, 0, scorer.start()), options(method)),
    )


@pytest.mark.parametrize("method", METHODS)
def test_every_pass_takes_its_turn(
    tiny: Checkpoint, turns_held: Callable[[Checkpoint], list[bool]], method: str
) -> None:
    prediction, held = classify(tiny, REVIEW), turns_held(tiny)
    explain(tiny, prediction, method)
    assert held
    assert all(held)
    assert not tiny.turn.held


@pytest.mark.parametrize("method", METHODS)
def test_a_unit_without_scores_is_refused(tiny: Checkpoint, method: str) -> None:
    missing = [unit for unit in Unit if unit not in METHODS[method].units]
    prediction = classify(tiny, REVIEW)
    for unit in missing:
        with pytest.raises(InputError, match=f"no scores for a {unit}; choose one of"):
            explain(tiny, prediction, method, unit=unit)


@pytest.mark.parametrize("method", METHODS)
def test_nothing_read_is_nothing_to_explain(tiny: Checkpoint, method: str) -> None:
    prediction = classify(tiny, "good").model_copy(update={"unread_from": 0})
    with pytest.raises(TextError, match="; "):
        explain(tiny, prediction, method)


@pytest.mark.parametrize("method", METHODS)
def test_describes_itself_for_forms_and_readers(method: str) -> None:
    item = METHODS[method]
    assert item.name == method
    assert all([item.title, item.summary, item.reads, item.source])
    assert item.summary.endswith(".")
    assert item.reads.endswith(".")
    for name, field in item.options.model_fields.items():
        assert field.title, name
        assert field.description or "width" in name, name
        assert not field.is_required(), name
    assert item.options.model_validate(json.loads(item.options().model_dump_json())) == item.options()


class Outline(HTMLParser):
    """The elements of a document, scripts read as a browser reads them, and the words outside of scripts."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.handlers: list[str] = []
        self.feed(document)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.handlers += [
            f"{name}={value}" for name, value in attrs if name.startswith("on") and "alert" in (value or "")
        ]


@pytest.mark.parametrize("target", ["predicted", "expected", "5 stars - 1 star"])
@pytest.mark.parametrize("unit", [Unit.WORD, Unit.TOKEN])
@pytest.mark.parametrize("method", METHODS)
def test_native_plots_hold_no_markup_of_the_text(tiny: Checkpoint, method: str, unit: Unit, target: str) -> None:
    hostile = "good <!-- <script>alert(1)</script> <img src=x onerror=alert(1)> \" ' & </span>"
    prediction = classify(tiny, hostile)
    document = METHODS[method].native_html(explain(tiny, prediction, method, unit=unit, target=target), prediction)
    if document is None:
        return
    outline = Outline(document)
    assert "img" not in outline.elements
    assert outline.handlers == []
    assert "<img src=x" not in document
    harmless = "good x-- xscript.alert(1)x-script. ximg src.x onerror.alert(1). . ' . x-span."
    plain = classify(tiny, harmless)
    other = METHODS[method].native_html(explain(tiny, plain, method, unit=unit, target=target), plain)
    assert other is not None
    assert outline.elements.count("script") == Outline(other).elements.count("script")


@pytest.mark.parametrize("method", METHODS)
def test_native_plots_ask_for_nothing_outside(tiny: Checkpoint, method: str) -> None:
    prediction = classify(tiny, REVIEW)
    document = METHODS[method].native_html(explain(tiny, prediction, method), prediction)
    if document is not None:
        assert "hated" in document
        assert 'src="http' not in document
        assert "<link" not in document
        # Numbers of numpy in a style sheet would be ignored by the browser.
        assert "np.float64" not in document
