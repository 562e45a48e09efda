"""What is explained of several checkpoints, so that their scores mean the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from workbench.checkpoints import Checkpoint, load_checkpoint
from workbench.errors import InputError, TargetError
from workbench.pipeline import classify
from workbench.schema import Target
from workbench.services import common_targets, scales_for
from workbench.services.common_target import Question

TEXT = "the food was very good"
STARS = {"1 star": 0.0, "2 stars": 0.25, "3 stars": 0.5, "4 stars": 0.75, "5 stars": 1.0}


@pytest.fixture(scope="session")
def unplaced(make_checkpoint: Callable[..., Path]) -> Checkpoint:
    return load_checkpoint(str(make_checkpoint(("LABEL_0", "LABEL_1"), seed=4)), device="cpu")


@pytest.fixture(scope="session")
def three_stars(make_checkpoint: Callable[..., Path]) -> Checkpoint:
    return load_checkpoint(str(make_checkpoint(("1 star", "2 stars", "3 stars"), seed=4)), device="cpu")


def ask(*checkpoints: Checkpoint, wanted: str | None = None) -> Question:
    return common_targets([classify(one, TEXT) for one in checkpoints], scales_for(checkpoints), wanted)


def test_the_same_labels(tiny: Checkpoint, tiny_other: Checkpoint) -> None:
    first = classify(tiny, TEXT).label
    assert ask(tiny, tiny_other) == Question((Target(kind="probability", label=first),) * 2)
    assert ask(tiny, tiny_other, wanted="expected") == Question((Target(kind="expected"),) * 2)
    assert ask(tiny, tiny_other, wanted="logit:2 stars") == Question((Target(kind="logit", label="2 stars"),) * 2)


def test_the_predicted_label_of_each(tiny: Checkpoint, tiny_other: Checkpoint, tiny_bpe: Checkpoint) -> None:
    labels = [classify(one, TEXT).label for one in (tiny, tiny_other, tiny_bpe)]
    assert labels[0] != labels[1], "the tiny checkpoints agree: take another text"
    found = ask(tiny, tiny_other, tiny_bpe, wanted="predicted")
    assert found.targets == tuple(Target(kind="probability", label=label) for label in labels)
    assert found.note is not None
    assert "do not predict the same label" in found.note
    same = ask(tiny, tiny, wanted="predicted")
    assert same == Question((Target(kind="probability", label=labels[0]),) * 2)


def test_other_labels_on_the_common_scale(tiny: Checkpoint, tiny_bpe: Checkpoint, tiny_unigram: Checkpoint) -> None:
    expected = Question(
        (
            Target(kind="scale", places=tuple(STARS.items())),
            Target(kind="scale", places=(("NEGATIVE", 0.0), ("POSITIVE", 1.0))),
            Target(kind="scale", places=(("negative", 0.0), ("neutral", 0.5), ("positive", 1.0))),
        )
    )
    assert ask(tiny, tiny_bpe, tiny_unigram) == expected
    assert ask(tiny, tiny_bpe, tiny_unigram, wanted="scale") == expected


def test_no_scale(tiny: Checkpoint, tiny_multi: Checkpoint, unplaced: Checkpoint) -> None:
    for odd in (tiny_multi, unplaced):
        found = ask(tiny, odd)
        assert [target.label for target in found.targets] == [classify(one, TEXT).label for one in (tiny, odd)]
        assert found.note is not None
        assert f"those of {odd.name} ({', '.join(odd.labels)}) have no scale" in found.note
        assert found.note.count(". ") == 0
        with pytest.raises(TargetError, match=odd.name):
            ask(tiny, odd, wanted="scale")


def test_a_scale_of_ones_own(tiny: Checkpoint, unplaced: Checkpoint) -> None:
    assert scales_for([tiny, unplaced]) == [STARS, None]
    given = scales_for([tiny, unplaced], {unplaced.name: {"LABEL_1": 1, "LABEL_0": 0}})
    assert given == [STARS, {"LABEL_0": 0.0, "LABEL_1": 1.0}]
    found = common_targets([classify(one, TEXT) for one in (tiny, unplaced)], given)
    assert found.note is None
    assert found.targets[1] == Target(kind="scale", places=(("LABEL_0", 0.0), ("LABEL_1", 1.0)))


def test_scales_that_do_not_fit(tiny: Checkpoint, tiny_multi: Checkpoint) -> None:
    with pytest.raises(InputError, match="a scale for 'other', which takes no part; known: "):
        scales_for([tiny], {"other": {"A": 1.0}})
    with pytest.raises(TargetError, match="unknown|has no place"):
        scales_for([tiny], {tiny.name: {"A": 1.0}})
    with pytest.raises(TargetError, match="independent"):
        scales_for([tiny_multi], {tiny_multi.name: {"price": 0.0, "staff": 0.5, "room": 1.0}})


def test_targets_that_not_all_have(tiny: Checkpoint, tiny_bpe: Checkpoint, three_stars: Checkpoint) -> None:
    with pytest.raises(TargetError, match="tiny: there is no target 'POSITIVE'"):
        ask(tiny, tiny_bpe, wanted="POSITIVE")
    with pytest.raises(TargetError, match="no expected rating"):
        ask(tiny, tiny_bpe, wanted="expected")
    with pytest.raises(TargetError, match="not give the same ratings; take the target scale"):
        ask(tiny, three_stars, wanted="expected")
    assert ask(tiny, three_stars, wanted="1 star").note is None
