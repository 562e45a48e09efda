"""What judges the methods works on every family: trust, sanity by shuffled weights, what if."""

from __future__ import annotations

import pytest

from workbench.checkpoints import DEPTHS, Checkpoint, Depth, randomised
from workbench.pipeline import classify
from workbench.services import choose_methods, explain, smallest_removal, word_replacements

TEXT = "The room was clean, but the food was not good."


@pytest.mark.parametrize("depth", DEPTHS)
def test_shuffled_weights_give_another_answer(checkpoint: Checkpoint, depth: Depth) -> None:
    before = classify(checkpoint, TEXT)
    other = randomised(checkpoint, depth)
    assert classify(other, TEXT).logits != pytest.approx(before.logits, abs=1e-3)
    assert classify(checkpoint, TEXT).logits == before.logits


def test_all_methods_are_judged(checkpoint: Checkpoint) -> None:
    chosen = choose_methods(checkpoint, ["all"])
    report = explain(checkpoint, TEXT, ["all"], budget=40, trust=True)
    assert tuple(one.method for one in report.explanations) == chosen
    assert report.trust is not None
    assert {one.method for one in report.trust.faithfulness} == set(chosen)
    assert report.trust.verdict.sentence


def test_what_if(checkpoint: Checkpoint) -> None:
    prediction = classify(checkpoint, TEXT)
    flip = smallest_removal(checkpoint, prediction)
    assert flip is None or flip.answer.label != prediction.label
    for one in word_replacements(checkpoint, prediction):
        assert classify(checkpoint, one.text).label == one.answer.label != prediction.label
