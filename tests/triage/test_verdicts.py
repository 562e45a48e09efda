from __future__ import annotations

import pytest

from workbench.schema import Estimated, Evaluations, Reliance, WordControl, WordEdit, WordEffect, WordProbe
from workbench.triage import shortcut_verdict

LITTLE = Estimated(value=0.01, low=0.0, high=0.03)
LOWER = Estimated(value=-0.2, low=-0.3, high=-0.1)
HIGHER = Estimated(value=0.125, low=0.1, high=0.15)
BOTH = Estimated(value=0.0, low=-0.1, high=0.1)


def control(p: float = 0.0001, beyond: Estimated = LOWER) -> WordControl:
    return WordControl(reviews=9, draws=5, flipped=LITTLE, probability=LITTLE, beyond=beyond, superiority=0.9, p=p)


def probe(beside: WordControl | None, accuracy: Estimated | None) -> WordProbe:
    flipped = Estimated(value=0.25, low=0.1, high=0.4)
    effect = WordEffect(
        edit=WordEdit.REMOVED, flipped=flipped, probability=LOWER, rating=None, accuracy=accuracy, control=beside
    )
    return WordProbe(
        word="film " * 20, checkpoint="tiny", holding=9, examined=9, unread=0, reviews=1200, labelled=9, occurrences=9,
        seed=0, effects=(effect,), evaluations=Evaluations(asked=9, made=9), seconds=1.0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("beside", "accuracy", "reliance", "said"),
    [
        (control(), HIGHER, Reliance.SHORTCUT, "more predictions are right without it (accuracy +12.5 points), so it"),
        (control(), LOWER, Reliance.EARNED, "fewer are right without it (accuracy −20.0 points), so by these labels"),
        (control(), BOTH, Reliance.RELIED, "as many are right without it (accuracy +0.0 points), so it may be"),
        (control(), Estimated(value=1, low=None, high=None), Reliance.RELIED, "as many are right"),
        (control(), None, Reliance.RELIED, "without right labels, whether it should is for a reader to say"),
        (control(p=0.05), HIGHER, Reliance.NOTHING, "it does no more than they do"),
        (control(beyond=HIGHER), HIGHER, Reliance.NOTHING, "it does no more than they do"),
        (control(beyond=Estimated(value=-1, low=None, high=None)), HIGHER, Reliance.NOTHING, "no more"),
        (None, HIGHER, Reliance.UNSURE, "too few other words"),
    ],
)
def test_a_verdict_follows_from_the_test(
    beside: WordControl | None, accuracy: Estimated | None, reliance: Reliance, said: str
) -> None:
    found = shortcut_verdict(probe(beside, accuracy))
    assert found.reliance is reliance
    assert said in found.sentence
    assert "changes the label of 25.0% of 1,200 reviews" in found.sentence
    assert ("removing another word of them 1.0%" in found.sentence) == (beside is not None)
    assert found.sentence.endswith(".")
    assert len(found.sentence) < 330
