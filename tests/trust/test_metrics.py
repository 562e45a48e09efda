"""What holds of every metric, whichever there are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import workbench
from workbench.schema import Activation, Answer, Figure
from workbench.trust import METRICS, Family
from workbench.trust.agreement import Pair
from workbench.trust.base import spearman
from workbench.trust.baselines import Stance
from workbench.trust.orders import Walk
from workbench.trust.sanity import Shuffling
from workbench.trust.stability import Repetitions

LEFT, RIGHT = np.array([0.3, -0.1, 0.2, 0.0, 0.05, -0.4]), np.array([0.1, 0.2, 0.25, -0.1, 0.0, -0.3])
ANSWER = Answer(label="a", probabilities={"a": 0.9, "b": 0.1}, expected_rating=None)
EVIDENCE = {
    Family.AGREEMENT: Pair(LEFT, RIGHT, True),
    Family.FAITHFULNESS: Walk(np.array([0.9, 0.4, 0.1]), np.array([0.1, 0.7, 0.9]), (0.5, 0.3), (0.8, 0.05)),
    Family.STABILITY: Repetitions(np.stack([LEFT, RIGHT]), True, 0.7),
    Family.BASELINE: Stance(ANSWER, None, Activation.SOFTMAX),
    Family.SANITY: Shuffling(LEFT, RIGHT),
}
EMPTY = {
    Family.AGREEMENT: Pair(np.zeros(2), np.zeros(2), False),
    Family.FAITHFULNESS: Walk(np.array([0.9, 0.4]), np.array([0.4, 0.9]), obstacle="there is a single unit"),
    Family.STABILITY: Repetitions(np.zeros((1, 2)), False, None),
    Family.SANITY: Shuffling(np.zeros(2), np.zeros(2)),
}


@pytest.mark.parametrize("name", list(METRICS))
def test_says_how_to_read_it(name: str) -> None:
    metric = METRICS[name]
    assert metric.name == name
    assert metric.title
    assert metric.meaning.endswith(".")
    assert metric.better in {"higher", "lower"}
    assert metric.source


@pytest.mark.parametrize("name", list(METRICS))
def test_value_lies_in_the_range(name: str) -> None:
    metric = METRICS[name]
    value = metric.measure(EVIDENCE[metric.family]).value
    assert value is not None
    assert metric.low is None or value >= metric.low
    assert metric.high is None or value <= metric.high


@pytest.mark.parametrize("name", [name for name in METRICS if METRICS[name].family is not Family.BASELINE])
def test_undefined_is_no_number_but_a_reason(name: str) -> None:
    figure = METRICS[name].measure(EMPTY[METRICS[name].family])
    assert figure.value is None
    assert figure.reason


@pytest.mark.parametrize("name", list(METRICS))
def test_is_documented(name: str) -> None:
    page = Path(workbench.__file__).parents[1] / "docs" / "trust.md"
    assert f"`{name}`" in page.read_text(encoding="utf-8")


def test_figure_has_a_value_or_a_reason() -> None:
    for value, reason in ((None, None), (0.5, "both")):
        with pytest.raises(ValueError, match="either a value or a reason"):
            Figure(value=value, reason=reason)


def test_spearman_needs_units_and_differences() -> None:
    assert spearman(np.array([1.0, 2.0]), np.array([1.0, 2.0])).value is None
    assert spearman(np.ones(4), np.arange(4.0)).value is None
    assert spearman(np.arange(4.0), -(np.arange(4.0) ** 3)).value == pytest.approx(-1.0)


def test_baseline_lean_of_ratings_and_of_labels() -> None:
    lean = METRICS["baseline_lean"]
    stars = Answer(label="5 stars", probabilities={"1 star": 0.2, "5 stars": 0.8}, expected_rating=4.5)
    assert lean.measure(Stance(stars, (1, 2, 3, 4, 5), Activation.SOFTMAX)).value == pytest.approx(1.5 / 0.75)
    assert lean.measure(Stance(ANSWER, None, Activation.SOFTMAX)).value == pytest.approx(0.4 / 0.25)
    three = Answer(label="a", probabilities={"a": 0.5, "b": 0.3, "c": 0.2}, expected_rating=None)
    assert lean.measure(Stance(three, None, Activation.SOFTMAX)).value == pytest.approx((0.5 - 1 / 3) / 0.25)
    assert lean.measure(Stance(three, None, Activation.SIGMOID)).value == 0.0
