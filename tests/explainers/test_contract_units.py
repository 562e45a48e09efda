"""What every registered method has to keep on each of its units and targets."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from workbench.checkpoints import Checkpoint
from workbench.explainers import METHODS, unit_spans
from workbench.pipeline import classify, parse_target
from workbench.schema import Explanation, Unit
from workbench.text import sentences

Ask = Callable[..., Explanation]
BUDGET = 40
REVIEW = "The room was clean.\n\nBut we hated the cold food, and the staff ignored us! Never again..."
CUT = "The food was very good. " * 12
TARGETS = {
    "tiny": ("predicted", "2 stars", "logit:5 stars", "expected", "5 stars - 1 star"),
    "tiny_bpe": ("POSITIVE", "logit:NEGATIVE", "POSITIVE - NEGATIVE"),
    "tiny_multi": ("predicted", "logit:price", "room - price"),
}
EVERY = [(method, unit) for method in METHODS for unit in METHODS[method].units]


def budget(method: str) -> dict[str, int]:
    return {"budget": BUDGET} if "budget" in METHODS[method].options.model_fields else {}


@pytest.mark.parametrize(
    ("fixture", "target"), [(fixture, target) for fixture, targets in TARGETS.items() for target in targets]
)
@pytest.mark.parametrize(("method", "unit"), EVERY)
def test_valid_whole_and_the_same_again(
    request: pytest.FixtureRequest, ask: Ask, method: str, unit: Unit, fixture: str, target: str
) -> None:
    checkpoint: Checkpoint = request.getfixturevalue(fixture)
    prediction = classify(checkpoint, REVIEW)
    found, again = (
        ask(checkpoint, REVIEW, method, target=target, unit=unit, seed=3, **budget(method)) for _ in range(2)
    )
    assert found.model_copy(update={"seconds": 0.0}) == again.model_copy(update={"seconds": 0.0})
    assert Explanation.model_validate_json(found.model_dump_json()) == found
    assert found.target == parse_target(target, prediction)
    assert (found.method, found.unit) == (method, unit)
    with_width = [one.span for one in found.units if one.end > one.start]
    assert with_width == list(unit_spans(prediction, unit))
    assert all(before.end <= after.start for before, after in pairwise(found.units))
    assert (found.additive, found.signed) == (METHODS[method].additive, METHODS[method].signed)
    assert not found.additive or abs(found.gap()) <= 1e-4
    assert found.signed or all(one.score >= 0 for one in found.units)
    assert any(one.score != 0 for one in found.units)


@pytest.mark.parametrize("method", METHODS)
def test_sentences_of_the_part_that_was_read(tiny: Checkpoint, ask: Ask, method: str) -> None:
    prediction = classify(tiny, CUT)
    assert prediction.unread_from is not None
    found = ask(tiny, CUT, method, unit=Unit.SENTENCE, **budget(method))
    assert [one.span for one in found.units] == list(sentences(CUT[: prediction.unread_from]))
    assert found.units[-1].end <= prediction.unread_from


@pytest.mark.parametrize("text", ["good", "Good food.", "?!", "👩‍👩‍👧"])
@pytest.mark.parametrize("method", METHODS)
def test_one_sentence_is_one_unit(tiny: Checkpoint, tiny_bpe: Checkpoint, ask: Ask, method: str, text: str) -> None:
    for checkpoint in (tiny, tiny_bpe):
        found = ask(checkpoint, text, method, unit=Unit.SENTENCE, **budget(method))
        assert [one.text for one in found.units] == [text]


@pytest.mark.parametrize("method", METHODS)
def test_every_method_has_every_unit(method: str) -> None:
    assert set(METHODS[method].units) == set(Unit)
