"""Intervals and corrections against scipy, enumeration and examples from papers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import brier_score_loss, confusion_matrix, f1_score, log_loss, precision_recall_fscore_support

from workbench.measures import (
    Sums,
    benjamini_hochberg,
    bin_places,
    brier_scores,
    calibration_error,
    class_scores,
    count_pairs,
    errors_by_chance,
    f1_intervals,
    log_losses,
    mean_differences,
    mean_interval,
    percentiles,
    resampled_errors,
    share_differences,
    wilson,
)
from workbench.measures.tails import two_sided


def sums(values: np.ndarray) -> Sums:
    return Sums(*(np.array([float(one)]) for one in (len(values), values.sum(), (values**2).sum())))


@given(st.integers(1, 500).flatmap(lambda rows: st.tuples(st.integers(0, rows), st.just(rows))))
def test_wilson_is_that_of_scipy(pair: tuple[int, int]) -> None:
    expected = stats.binomtest(*pair).proportion_ci(method="wilson")
    assert tuple(float(end) for end in wilson(*pair)) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_the_interval_of_a_mean_is_that_of_scipy() -> None:
    values = np.random.default_rng(0).gamma(2.0, size=31)
    expected = stats.ttest_1samp(values, 0).confidence_interval()
    assert mean_interval(values) == pytest.approx((values.mean(), expected.low, expected.high))
    assert mean_interval(values[:1]) == (values[0], None, None)


def test_newcombes_interval_of_his_paper() -> None:
    # Newcombe 1998, table II, method 10: 56/70 - 48/80 and 10/10 - 0/10.
    part = Sums(np.array([70.0, 10.0]), np.array([56.0, 10.0]), np.array([56.0, 10.0]))
    rest = Sums(np.array([80.0, 10.0]), np.array([48.0, 0.0]), np.array([48.0, 0.0]))
    found = share_differences(part, rest)
    assert found.value == pytest.approx([0.2, 1.0])
    assert found.low == pytest.approx([0.0524, 0.6075], abs=1e-4)
    assert found.high == pytest.approx([0.3339, 1.0], abs=1e-4)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 40), st.integers(0, 40))
def test_the_exact_test_of_shares_is_fishers(first: int, second: int, one: int, other: int) -> None:
    one, other = min(one, first), min(other, second)
    part, rest = (Sums(*(np.array([float(x)]) for x in pair)) for pair in ((first, one, one), (second, other, other)))
    table = [[one, first - one], [other, second - other]]
    tails = [stats.fisher_exact(table, alternative=side).pvalue for side in ("less", "greater")]
    assert share_differences(part, rest).p[0] == pytest.approx(min(1, 2 * min(tails)), rel=1e-9)


@pytest.mark.parametrize("rows", [2_000, 100_000, 250_000])
def test_the_exact_test_holds_for_many_rows(rows: int) -> None:
    draws = np.random.default_rng(rows)
    size = draws.integers(1, rows // 2, 40).astype(float)
    all_hits = draws.integers(1, rows, 40).astype(float)
    spread = np.sqrt(size * all_hits / rows * (1 - all_hits / rows))
    expected = size * all_hits / rows
    low, high = np.maximum(0, size - (rows - all_hits)), np.minimum(size, all_hits)
    hits = np.clip(np.round(expected + draws.normal(0, 4, 40) * spread), low, high)
    few = stats.hypergeom.cdf(hits, rows, all_hits, size)
    many = stats.hypergeom.cdf(size - hits, rows, rows - all_hits, size)
    found = two_sided(hits, size, all_hits, np.full(40, float(rows)))
    assert found == pytest.approx(np.clip(2 * np.minimum(few, many), 0, 1), rel=1e-6, abs=1e-300)


def test_means_are_compared_as_scipy_does() -> None:
    draws = np.random.default_rng(1)
    part, rest = draws.gamma(1.0, size=40), draws.gamma(2.0, size=300)
    expected = stats.ttest_ind(part, rest, equal_var=False)
    found = mean_differences(sums(part), sums(rest))
    assert found.p[0] == pytest.approx(expected.pvalue)
    ends = expected.confidence_interval()
    assert (found.low[0], found.high[0]) == pytest.approx((ends.low, ends.high))
    own = mean_interval(part)
    assert (found.inside[0][0], found.inside[1][0]) == pytest.approx((own[1], own[2]))


def test_means_that_never_vary() -> None:
    same = mean_differences(sums(np.full(5, 0.5)), sums(np.full(9, 0.5)))
    other = mean_differences(sums(np.full(5, 0.5)), sums(np.full(9, 0.25)))
    assert (same.p[0], same.low[0], same.high[0]) == (1, 0, 0)
    assert (other.p[0], other.low[0], other.high[0]) == (0, 0.25, 0.25)


def test_benjamini_and_hochbergs_own_example() -> None:
    # Benjamini & Hochberg 1995, 3.2: of these 15, the first four are rejected at 5%.
    values = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344]
    values += [0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    found = benjamini_hochberg(np.array(values))
    assert (found <= 0.05).tolist() == [True] * 4 + [False] * 11
    assert found[3] == pytest.approx(0.0095 * 15 / 4)
    assert benjamini_hochberg(np.array([])).size == 0


def test_scores_of_labels_are_those_of_scikit_learn() -> None:
    draws = np.random.default_rng(2)
    wanted, given_labels = draws.integers(0, 4, 90), draws.integers(1, 5, 90)
    counts = count_pairs(wanted, given_labels, 6)
    assert counts.tolist() == confusion_matrix(wanted, given_labels, labels=range(6)).tolist()
    found = class_scores(counts)
    precision, recall, f1, _ = precision_recall_fscore_support(wanted, given_labels, labels=range(6), zero_division=0)
    assert np.nan_to_num(found.precision) == pytest.approx(precision)
    assert np.nan_to_num(found.recall) == pytest.approx(recall)
    assert np.nan_to_num(found.f1) == pytest.approx(f1)
    assert np.isnan(found.f1).tolist() == [False] * 5 + [True]
    assert found.macro_f1 == pytest.approx(f1_score(wanted, given_labels, average="macro"))


def test_the_interval_of_f1_is_that_of_rows_drawn_again() -> None:
    draws = np.random.default_rng(3)
    wanted = draws.integers(0, 3, 120)
    given_labels = np.where(draws.random(120) < 0.6, wanted, draws.integers(0, 3, 120))
    scores = []
    for rows in draws.integers(0, 120, (3_000, 120)):
        scores.append(f1_score(wanted[rows], given_labels[rows], average="macro"))
    _, found = f1_intervals(count_pairs(wanted, given_labels, 3), seed=0, resamples=3_000)
    assert found == pytest.approx(np.percentile(scores, [2.5, 97.5]), abs=0.01)


def test_the_calibration_error_is_drawn_as_by_rows() -> None:
    draws = np.random.default_rng(4)
    confidence = draws.uniform(0.2, 1.0, 400)
    right = draws.random(400) < confidence**2
    by_hand = [calibration_error(confidence[rows], right[rows]) for rows in draws.integers(0, 400, (2_000, 400))]
    found = resampled_errors(confidence, right, seed=1, resamples=2_000)
    assert np.quantile(found, [0.025, 0.5, 0.975]) == pytest.approx(
        np.quantile(by_hand, [0.025, 0.5, 0.975]), abs=0.006
    )
    fair = [calibration_error(confidence, draws.random(400) < confidence) for _ in range(2_000)]
    chance = errors_by_chance(confidence, seed=1, resamples=2_000)
    assert np.quantile(chance, [0.5, 0.95]) == pytest.approx(np.quantile(fair, [0.5, 0.95]), abs=0.005)
    assert calibration_error(confidence, right) > np.quantile(chance, 0.95)
    assert (resampled_errors(confidence, right, 5) == resampled_errors(confidence, right, 5)).all()


def test_rows_on_the_edges_of_bins_stay_in_them() -> None:
    confidence = np.array([0.0, 1 / 15, 0.2, 0.6, 1.0])
    assert bin_places(confidence).max() == 14
    assert resampled_errors(confidence, np.ones(5, dtype=bool), 0, resamples=20).shape == (20,)


def test_losses_are_those_of_scikit_learn() -> None:
    draws = np.random.default_rng(5)
    chances, wanted = draws.dirichlet(np.ones(4), 60), draws.integers(0, 4, 60)
    assert log_losses(chances, wanted).mean() == pytest.approx(log_loss(wanted, chances, labels=range(4)))
    expected = brier_score_loss(wanted, chances, labels=range(4), scale_by_half=False)
    assert brier_scores(chances, wanted).mean() == pytest.approx(expected)
    assert log_losses(np.array([[1.0, 0.0]]), np.array([1]))[0] == pytest.approx(36.04, abs=0.01)


def test_percentiles_are_by_column() -> None:
    low, high = percentiles(np.stack([np.arange(101.0), 2 * np.arange(101.0)], axis=1))
    assert (low.tolist(), high.tolist()) == ([2.5, 5.0], [97.5, 195.0])
