from __future__ import annotations

import numpy as np
import pytest

from workbench.checkpoints import Checkpoint
from workbench.errors import TargetError
from workbench.pipeline import classify, outputs_behind, parse_target, probabilities, target_values
from workbench.schema import Prediction, Target

LOGITS = np.array([[0.0, 1.0, 2.0, 3.0, -1.0], [5.0, 0.0, 0.0, 0.0, 0.5]])
CHANCES = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True)


@pytest.fixture(scope="module")
def prediction(tiny: Checkpoint) -> Prediction:
    return classify(tiny, "the food was good")


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("5 stars", Target(kind="probability", label="5 stars")),
        (" 1 star ", Target(kind="probability", label="1 star")),
        ("logit:5 stars", Target(kind="logit", label="5 stars")),
        ("logit: 5 stars", Target(kind="logit", label="5 stars")),
        ("expected", Target(kind="expected")),
        ("5 stars - 1 star", Target(kind="contrast", label="5 stars", against="1 star")),
        ("5 stars-1 star", Target(kind="contrast", label="5 stars", against="1 star")),
    ],
)
def test_forms(prediction: Prediction, typed: str, expected: Target) -> None:
    assert parse_target(typed, prediction) == expected
    assert parse_target(str(expected), prediction) == expected


def test_predicted(prediction: Prediction) -> None:
    assert parse_target("predicted", prediction) == Target(kind="probability", label=prediction.label)
    assert parse_target("logit:predicted", prediction) == Target(kind="logit", label=prediction.label)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "there is no target ''"),
        ("6 stars", "there is no target '6 stars'"),
        ("logit:6 stars", "there is no label '6 stars'; known: 1 star, "),
        ("logit:", "there is no label ''"),
        ("5 stars - 6 stars", "there is no label '6 stars'"),
        ("5 stars -", "there is no label ''"),
        ("5 stars - 5 stars", "against itself"),
        ("Expected", "there is no target"),
    ],
)
def test_what_is_no_target(prediction: Prediction, typed: str, message: str) -> None:
    with pytest.raises(TargetError, match=message) as caught:
        parse_target(typed, prediction)
    assert "; " in str(caught.value)


def test_no_rating_no_expected_rating(tiny_bpe: Checkpoint) -> None:
    plain = classify(tiny_bpe, "the food was good")
    with pytest.raises(TargetError, match="no ratings"):
        parse_target("expected", plain)
    with pytest.raises(TargetError, match="no ratings"):
        target_values(tiny_bpe, Target(kind="expected"), [[0.0, 1.0]])


def test_labels_that_look_like_other_forms(prediction: Prediction) -> None:
    """A label that is itself called "expected" or holds a dash wins over the form."""
    info = prediction.checkpoint.model_copy(update={"labels": ("expected", "a - b", "a", "b", "predicted")})
    odd = prediction.model_copy(update={"checkpoint": info, "label": "a", "selected": ("a",)})
    assert parse_target("expected", odd) == Target(kind="probability", label="expected")
    assert parse_target("predicted", odd) == Target(kind="probability", label="predicted")
    assert parse_target("a - b", odd) == Target(kind="probability", label="a - b")
    assert parse_target("a - b - b", odd) == Target(kind="contrast", label="a - b", against="b")
    assert parse_target("b - a", odd) == Target(kind="contrast", label="b", against="a")


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (Target(kind="probability", label="4 stars"), CHANCES[:, 3]),
        (Target(kind="logit", label="5 stars"), [-1.0, 0.5]),
        (Target(kind="contrast", label="4 stars", against="1 star"), [3.0, -5.0]),
        (Target(kind="expected"), CHANCES @ [1, 2, 3, 4, 5]),
        (
            Target(
                kind="scale",
                places={"5 stars": 1.0, "1 star": 0.0, "2 stars": 0.25, "3 stars": 0.5, "4 stars": 0.75},  # type: ignore[arg-type]
            ),
            (CHANCES @ [1, 2, 3, 4, 5] - 1) / 4,
        ),
    ],
)
def test_values_by_hand(tiny: Checkpoint, target: Target, expected: list[float]) -> None:
    assert target_values(tiny, target, LOGITS).tolist() == pytest.approx(list(expected), abs=1e-12)
    outputs, weights = outputs_behind(tiny, target, LOGITS)
    assert (outputs @ weights).tolist() == pytest.approx(list(expected), abs=1e-12)


def test_the_contrast_is_the_log_odds_of_two_labels(tiny: Checkpoint) -> None:
    chances = probabilities(LOGITS, tiny.activation)
    odds = np.log(chances[:, 4] / chances[:, 1])
    assert target_values(tiny, Target(kind="contrast", label="5 stars", against="2 stars"), LOGITS) == pytest.approx(
        odds
    )


def test_probability_of_a_multi_label_head(tiny_multi: Checkpoint) -> None:
    values = target_values(tiny_multi, Target(kind="probability", label="staff"), [[9.0, 2.0, -9.0]])
    assert values.tolist() == pytest.approx([1 / (1 + np.exp(-2.0))])
