"""The game of two checkpoints: against Shapley values by their definition, and what every method promises on it."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import transformers
from hypothesis import given
from hypothesis import strategies as st

from workbench.checkpoints import Checkpoint, load_checkpoint
from workbench.errors import Cancelled, IncompatibleError
from workbench.explainers import METHODS, DifferenceTask, Options, Task, shared_reading, shared_units
from workbench.pipeline import classify, parse_target
from workbench.schema import Difference, Explanation, Target, Unit
from workbench.scoring import Scorer

ABLE = [name for name in METHODS if METHODS[name].asks_texts_only]
REVIEW = "The room was clean, but we hated the food."
PLACES = {"tiny": (0, 0.25, 0.5, 0.75, 1), "tiny_other": (0, 0.25, 0.5, 0.75, 1), "tiny_bpe": (0, 1)} | {
    "tiny_unigram": (0, 0.5, 1)
}
PAIRS = [("tiny", "tiny_other"), ("tiny", "tiny_bpe"), ("tiny_bpe", "tiny_unigram"), ("tiny_unigram", "tiny")]


def options(method: str, **given: Any) -> Options:
    kind = METHODS[method].options
    return kind(**({"budget": 40} if "budget" in kind.model_fields and "budget" not in given else {}), **given)


def task_of(first: Checkpoint, second: Checkpoint, text: str, unit: Unit = Unit.WORD, **watch: Any) -> DifferenceTask:
    left, right = classify(first, text), classify(second, text)
    return DifferenceTask(
        prediction=shared_reading(left, right, unit),
        target=parse_target("scale", left),
        unit=unit,
        seed=3,
        run=Scorer(first).start(**watch),
        second_target=parse_target("scale", right),
        second_run=Scorer(second).start(**watch),
    )


def differ(first: Checkpoint, second: Checkpoint, text: str, method: str = "shap", **given: Any) -> Difference:
    return METHODS[method].explain_difference(task_of(first, second, text), options(method, **given))


def place(checkpoint: Checkpoint, places: tuple[float, ...]) -> Callable[[str], float]:
    """The place on the scale, by the bare model."""
    model = transformers.AutoModelForSequenceClassification.from_pretrained(Path(checkpoint.name), dtype="float32")
    model.eval()

    def value(text: str) -> float:
        chances = model(**checkpoint.tokenizer(text, return_tensors="pt")).logits[0].double().softmax(-1)
        return float(chances.detach().numpy() @ np.array(places))

    return value


def shapley(count: int, worth: Callable[[frozenset[int]], float]) -> list[float]:
    values = []
    for word in range(count):
        others = [other for other in range(count) if other != word]
        total = 0.0
        for size in range(count):
            weight = math.factorial(size) * math.factorial(count - size - 1) / math.factorial(count)
            for kept in map(frozenset, combinations(others, size)):
                total += weight * (worth(kept | {word}) - worth(kept))
        values.append(total)
    return values


@pytest.mark.parametrize(("left", "right"), PAIRS)
@pytest.mark.parametrize("text", ["good", "the food was cold"])
def test_short_texts_get_exact_shapley_values_of_the_difference(
    request: pytest.FixtureRequest, left: str, right: str, text: str
) -> None:
    """Each checkpoint reads its own mask token in the place of a word that is missing.

    As the library writes it: a word stands with the space after it, a mask with one before.
    """
    first, second = request.getfixturevalue(left), request.getfixturevalue(right)
    sides = [(one, place(one, PLACES[name])) for one, name in ((first, left), (second, right))]
    pieces = text.split()

    def worth(kept: frozenset[int]) -> float:
        values = []
        for one, value in sides:
            mask = one.tokenizer.mask_token
            masked = "".join(f"{piece} " if index in kept else f" {mask}" for index, piece in enumerate(pieces))
            values.append(value(" ".join(masked.split())))
        return values[0] - values[1]

    found = differ(first, second, text)
    assert [unit.text for unit in found.units] == pieces
    assert [unit.score for unit in found.units] == pytest.approx(shapley(len(pieces), worth), abs=1e-5)
    assert found.base_value == pytest.approx(worth(frozenset()), abs=1e-5)
    assert found.full_value == pytest.approx(worth(frozenset(range(len(pieces)))), abs=1e-5)


@pytest.mark.parametrize(("left", "right"), PAIRS)
def test_the_exact_values_of_the_difference_are_the_difference_of_the_exact_values(
    request: pytest.FixtureRequest, left: str, right: str
) -> None:
    first, second = request.getfixturevalue(left), request.getfixturevalue(right)
    text = "we hated the slow staff, but not the room"
    alone: list[Explanation] = []
    for one in (first, second):
        prediction = classify(one, text)
        run = Scorer(one).start()
        alone.append(METHODS["shap"].explain(Task(prediction, parse_target("scale", prediction), Unit.WORD, 0, run)))
    found = differ(first, second, text)
    assert found.details["algorithm"] == "exact"
    assert [unit.span for unit in found.units] == [unit.span for unit in alone[0].units]
    expected = [a.score - b.score for a, b in zip(alone[0].units, alone[1].units, strict=True)]
    assert [unit.score for unit in found.units] == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("left", "right"), PAIRS)
@pytest.mark.parametrize("method", ABLE)
def test_what_every_method_promises(request: pytest.FixtureRequest, method: str, left: str, right: str) -> None:
    first, second = request.getfixturevalue(left), request.getfixturevalue(right)
    found = differ(first, second, REVIEW, method)
    values = [place(one, PLACES[name])(REVIEW) for one, name in ((first, left), (second, right))]
    assert found.full_value == pytest.approx(values[0] - values[1], abs=1e-5)
    assert [unit.text for unit in found.units][:5] == ["The", "room", "was", "clean", ","]
    assert found.checkpoints == (first.info, second.info)
    if found.additive:
        assert abs(found.gap()) < 1e-5
    assert found.evaluations_of[0].asked == found.evaluations_of[1].asked > 0
    assert Difference.model_validate_json(found.model_dump_json()) == found
    again = differ(first, second, REVIEW, method)
    assert again.model_copy(update={"seconds": found.seconds}) == found


@pytest.mark.parametrize("method", ABLE)
def test_the_other_way_round_the_signs_turn(tiny: Checkpoint, tiny_bpe: Checkpoint, method: str) -> None:
    there, back = (differ(*pair, REVIEW, method) for pair in ((tiny, tiny_bpe), (tiny_bpe, tiny)))
    assert [unit.score for unit in there.units] == pytest.approx([-unit.score for unit in back.units], abs=1e-5)


@given(
    st.lists(
        st.sampled_from(["good ", "bad, ", "room", " not", "\ue000", "é", "😀 ", "\n", "the "]), min_size=1, max_size=12
    ).map("".join)
)
def test_scores_add_up_on_any_text(tiny: Checkpoint, tiny_bpe: Checkpoint, text: str) -> None:
    """Also where the text holds signs for private use: the stand-in of the mask is one that it does not hold."""
    if not text.strip():
        return
    found = differ(tiny, tiny_bpe, text, budget=20, exact_up_to=4)
    assert abs(found.gap()) < 1e-5
    sides = [(tiny, PLACES["tiny"]), (tiny_bpe, PLACES["tiny_bpe"])]
    whole = [classify(one, text) for one, _ in sides]
    first, second = (float(np.dot(one.probabilities, places)) for one, (_, places) in zip(whole, sides, strict=True))
    if whole[0].read_text == whole[1].read_text == text:
        assert found.full_value == pytest.approx(first - second, abs=1e-5)


@pytest.mark.parametrize(
    "given", [{"method": "shap"}, {"method": "occlusion", "replacement": "mask"}, {"method": "lime"}]
)
def test_it_evaluates_the_texts_of_each_alone(tiny: Checkpoint, tiny_bpe: Checkpoint, given: dict[str, Any]) -> None:
    """After both have been explained by themselves, nothing is left to evaluate."""
    method = given.pop("method")
    text = "we hated the slow staff, but not the room"
    task = task_of(tiny, tiny_bpe, text)
    for run, target in ((task.run, task.target), (task.second_run, task.second_target)):
        prediction = classify(run.checkpoint, text)
        METHODS[method].explain(Task(prediction, target, Unit.WORD, task.seed, run.beside()), options(method, **given))
    found = METHODS[method].explain_difference(task, options(method, **given))
    assert found.evaluations.asked > 0
    assert found.evaluations.made == 0


@pytest.mark.parametrize("method", [name for name in METHODS if name not in ABLE])
def test_other_methods_say_that_they_cannot(tiny: Checkpoint, tiny_other: Checkpoint, method: str) -> None:
    with pytest.raises(IncompatibleError, match="choose lime, occlusion, shap"):
        differ(tiny, tiny_other, "good room", method)


def test_the_text_that_both_read(make_checkpoint: Callable[..., Path], tiny: Checkpoint) -> None:
    """The shorter reader stops inside "terribles"; the words before it are compared."""
    short = load_checkpoint(str(make_checkpoint(limit=6, seed=2)), device="cpu")
    text = "the food was terribles, and cold"
    left, right = classify(tiny, text), classify(short, text)
    assert right.read_text == "the food was terrible"
    units = [span.of(text) for span in shared_units([left, right], Unit.WORD)]
    assert units == ["the", "food", "was"]
    assert shared_reading(left, right, Unit.WORD).read_text == "the food was"
    found = differ(tiny, short, text)
    assert [unit.text for unit in found.units] == units
    parts = [classify(one, "the food was").expected_rating for one in (tiny, short)]
    assert found.full_value == pytest.approx((parts[0] - parts[1]) / 4, abs=1e-5)  # type: ignore[operator]


def test_sentences(tiny: Checkpoint, tiny_bpe: Checkpoint) -> None:
    text = "The room was clean. We hated the food! Never again."
    task = task_of(tiny, tiny_bpe, text, Unit.SENTENCE)
    found = METHODS["shap"].explain_difference(task, options("shap"))
    assert [unit.text for unit in found.units] == ["The room was clean.", "We hated the food!", "Never again."]
    assert abs(found.gap()) < 1e-5


def test_it_can_be_cancelled(tiny: Checkpoint, tiny_other: Checkpoint) -> None:
    task = task_of(tiny, tiny_other, REVIEW, cancelled=lambda: True)
    with pytest.raises(Cancelled):
        METHODS["shap"].explain_difference(task, options("shap"))


def test_any_target_that_both_have(tiny: Checkpoint, tiny_other: Checkpoint) -> None:
    """A logit is no probability: the difference is that of the logits."""
    task = task_of(tiny, tiny_other, "good room")
    target = Target(kind="logit", label="5 stars")
    asked = DifferenceTask(task.prediction, target, task.unit, 0, task.run, target, task.second_run)
    found = METHODS["occlusion"].explain_difference(asked, options("occlusion"))
    both = [classify(one, "good room").logits[4] - classify(one, "good ").logits[4] for one in (tiny, tiny_other)]
    assert found.units[1].score == pytest.approx(both[0] - both[1], abs=1e-5)
