"""Differences against scikit-learn, a bootstrap written out by hand, and examples from books."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, norm
from sklearn.metrics import accuracy_score, f1_score, mean_absolute_error

from workbench.measures import BINS, calibration_bins, calibration_error, holm
from workbench.schema import Measure, MeasureDifference
from workbench.services._judging import Judged, compare_judged, concluded, mcnemar, resamples_for

STARS = (1, 2, 3, 4, 5)
ROWS = 40


def judged(name: str, seed: int, rows: int = ROWS, sharpness: float = 1.0, labels: int = 5) -> Judged:
    """Answers that are better than chance; the right labels depend on the number of rows alone."""
    wanted = np.random.default_rng(99).integers(0, labels, rows)
    draws = np.random.default_rng(seed)
    raw = draws.gamma(1.0, size=(rows, labels))
    raw[np.arange(rows), wanted] += sharpness * draws.gamma(1.0, size=rows)
    return Judged(name, raw / raw.sum(axis=1, keepdims=True), wanted, STARS[:labels] if labels > 2 else None)


def by_hand(measure: Measure, one: Judged, rows: np.ndarray) -> float:
    """A measure of some rows, from its definition or another library."""
    chances, wanted = one.chances[rows], one.wanted[rows]
    given = chances.argmax(axis=1)
    if measure is Measure.ACCURACY:
        return float(accuracy_score(wanted, given))
    if measure is Measure.OFF_BY_ONE:
        return float(np.mean([abs(a - b) <= 1 for a, b in zip(wanted, given, strict=True)]))
    if measure is Measure.MAE:
        return float(mean_absolute_error(wanted + 1, chances @ np.array(STARS)))
    if measure is Measure.MACRO_F1:
        return float(f1_score(wanted, given, average="macro"))
    return calibration_error(chances.max(axis=1), given == wanted)


@pytest.mark.parametrize("measure", list(Measure))
def test_figures_are_those_of_scikit_learn(measure: Measure) -> None:
    one = judged("a", 1, rows=200)
    assert one.figures()[measure] == pytest.approx(by_hand(measure, one, np.arange(200)))


@pytest.mark.parametrize("measure", list(Measure))
def test_the_bootstrap_is_that_of_a_loop_over_the_same_resamples(measure: Measure) -> None:
    first, second = judged("a", 1, sharpness=2.0), judged("b", 2, sharpness=0.5)
    found = {one.measure: one for one in compare_judged(first, second, seed=5)}[measure]
    draws = np.random.default_rng(5)
    values = []
    resamples = resamples_for(ROWS)
    # scipy draws a batch of index rows at a time, and here all resamples fit one batch.
    for rows in draws.integers(0, ROWS, (resamples, ROWS)):
        values.append(by_hand(measure, first, rows) - by_hand(measure, second, rows))
    low, high = np.percentile(values, [2.5, 97.5])
    assert found.value == pytest.approx(
        by_hand(measure, first, np.arange(ROWS)) - by_hand(measure, second, np.arange(ROWS))
    )
    assert (found.low, found.high) == pytest.approx((low, high))
    if measure is not Measure.ACCURACY:
        below, above = np.sum(np.array(values) <= 0), np.sum(np.array(values) >= 0)
        assert found.p == pytest.approx(min(1, 2 * (1 + min(below, above)) / (1 + resamples)))


def test_the_interval_of_a_mean_is_near_the_normal_one() -> None:
    first, second = judged("a", 1, rows=2000, sharpness=2.0), judged("b", 2, rows=2000)
    found = compare_judged(first, second, seed=0)[0]
    gaps = first.right.astype(float) - second.right.astype(float)
    half = norm.ppf(0.975) * gaps.std() / np.sqrt(2000)
    assert (found.low, found.high) == pytest.approx((gaps.mean() - half, gaps.mean() + half), abs=0.1 * half)


def test_the_same_seed_gives_the_same_interval() -> None:
    first, second = judged("a", 1), judged("b", 2)
    assert compare_judged(first, second, 3) == compare_judged(first, second, 3)
    assert compare_judged(first, second, 3) != compare_judged(first, second, 4)


def test_exchanging_the_checkpoints_turns_the_sign() -> None:
    first, second = judged("a", 1), judged("b", 2)
    for ours, theirs in zip(compare_judged(first, second, 0), compare_judged(second, first, 0), strict=True):
        assert ours.value == pytest.approx(-theirs.value)
        assert (ours.low, ours.high) == pytest.approx((-(theirs.high or 0), -(theirs.low or 0)))
        assert ours.p == pytest.approx(theirs.p)


def test_equal_answers_differ_in_nothing() -> None:
    first, second = judged("a", 1), judged("b", 1)
    for one in compare_judged(first, second, 0):
        assert (one.value, one.low, one.high, one.p) == (0, 0, 0, 1)


def test_one_row_has_no_interval() -> None:
    (accuracy, *others) = compare_judged(judged("a", 1, rows=1), judged("b", 2, rows=1), 0)
    assert (accuracy.low, accuracy.high) == (None, None)
    assert all((one.low, one.high, one.p) == (None, None, None) for one in others)
    settled = concluded(others[0], None, ("a", "b"), 1)
    assert settled.better is None
    assert settled.sentence == "no difference in accuracy within one star that 1 review can show"


def test_stars_are_only_compared_with_the_same_stars() -> None:
    moods = judged("b", 2, labels=2)
    five = judged("a", 1)
    found = compare_judged(Judged("a", five.chances[:, :2], moods.wanted, None), moods, 0)
    assert [one.measure for one in found] == [Measure.ACCURACY, Measure.MACRO_F1, Measure.ECE]


def from_table(both: int, only_first: int, only_second: int, neither: int) -> tuple[np.ndarray, np.ndarray]:
    first = [True] * (both + only_first) + [False] * (only_second + neither)
    second = [True] * both + [False] * only_first + [True] * only_second + [False] * neither
    return np.array(first), np.array(second)


def test_mcnemar_of_a_textbook() -> None:
    # Agresti, Categorical Data Analysis, 2nd edition, table 10.1: 1,600 people rate a prime minister twice.
    found = mcnemar(*from_table(794, 150, 86, 570))
    assert (found.only_first, found.only_second) == (150, 86)
    # There z0 squared is 17.36, p about 3.1e-5 from the normal distribution; the exact one is close to it.
    assert found.p == pytest.approx(2 * binom.cdf(86, 236, 0.5))
    assert found.p == pytest.approx(3.7e-5, abs=0.6e-5)


@pytest.mark.parametrize(
    ("only_first", "only_second", "p"),
    [(0, 0, 1.0), (1, 0, 1.0), (5, 5, 1.0), (0, 5, 2 / 32), (8, 2, 2 * (1 + 10 + 45) / 1024), (1, 7, 2 * 9 / 256)],
)
def test_mcnemar_by_hand(only_first: int, only_second: int, p: float) -> None:
    assert mcnemar(*from_table(3, only_first, only_second, 4)).p == pytest.approx(p)


def test_holm_of_a_textbook() -> None:
    # The example of most introductions: 0.01, 0.04, 0.03 and 0.005.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []
    assert holm([0.7]) == [0.7]


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_keeps_the_order_and_is_never_kinder_than_none_nor_harder_than_bonferroni(values: list[float]) -> None:
    found = holm(values)
    for p, corrected in zip(values, found, strict=True):
        assert p <= corrected <= min(1, len(values) * p) + 1e-12
    ranked = [corrected for _, corrected in sorted(zip(values, found, strict=True))]
    assert ranked == sorted(ranked)


def difference(measure: Measure, value: float, low: float, high: float) -> MeasureDifference:
    return MeasureDifference(
        measure=measure,
        first=0.5 + value,
        second=0.5,
        rows=500,
        value=value,
        low=low,
        high=high,
        p=0.01,
        p_corrected=0.01,
        better=None,
        sentence="",
    )


@pytest.mark.parametrize(
    ("given", "p", "pairs", "better", "sentence"),
    [
        (
            difference(Measure.ACCURACY, 0.03, 0.01, 0.05),
            0.01,
            1,
            "a",
            "a is better than b by 0.030 in accuracy (95%: 0.010 to 0.050)",
        ),
        (
            difference(Measure.ACCURACY, -0.03, -0.05, -0.01),
            0.01,
            1,
            "b",
            "b is better than a by 0.030 in accuracy (95%: 0.010 to 0.050)",
        ),
        (
            difference(Measure.MAE, -0.2, -0.3, -0.1),
            0.01,
            1,
            "a",
            "a is better than b by 0.200 stars in mean absolute error (95%: 0.100 to 0.300)",
        ),
        (
            difference(Measure.MACRO_F1, 0.01, -0.01, 0.03),
            0.3,
            1,
            None,
            "no difference in macro F1 that 500 reviews can show (+0.010, 95%: -0.010 to +0.030)",
        ),
        (
            difference(Measure.ECE, 0.03, 0.01, 0.05),
            0.06,
            3,
            None,
            "no difference in calibration error that 500 reviews can show once 3 pairs are compared"
            " (+0.030, 95%: +0.010 to +0.050)",
        ),
    ],
)
def test_sentences(given: MeasureDifference, p: float, pairs: int, better: str | None, sentence: str) -> None:
    found = concluded(given, p, ("a", "b"), pairs)
    assert (found.better, found.sentence, found.p_corrected) == (better, sentence, p)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40))
def test_the_bins_of_a_reliability_drawing_give_the_calibration_error(pairs: list[tuple[float, bool]]) -> None:
    confidence, right = np.array([one for one, _ in pairs]), np.array([one for _, one in pairs])
    bins = calibration_bins(confidence, right)
    assert len(bins) == BINS
    assert (bins[0].low, bins[-1].high) == (0, 1)
    assert sum(one.rows for one in bins) == len(pairs)
    gaps = sum(one.rows * abs((one.confidence or 0) - (one.accuracy or 0)) for one in bins)
    assert gaps / len(pairs) == pytest.approx(calibration_error(confidence, right), abs=1e-9)
    assert all((one.confidence is None) is (one.rows == 0) for one in bins)
