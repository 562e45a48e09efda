"""Thresholds against counting by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from batch_folders import predicted, write_batch
from hypothesis import given
from hypothesis import strategies as st
from labelled_batches import draw_chances, labelled_dataset
from scipy.stats import binomtest

from workbench.errors import InputError
from workbench.schema import RowFilter
from workbench.triage import Dataset, Thresholds, condition, thresholds
from workbench.triage.threshold import _best_area


def rows_of(folder: Path, confidences: list[float], truths: list[int | None]) -> Dataset:
    rows = [
        predicted("x", (1 - sure, 0.0, 0.0, 0.0, sure), truth) for sure, truth in zip(confidences, truths, strict=True)
    ]
    return Dataset(write_batch(folder, rows))


def count(dataset: Dataset, chosen: RowFilter) -> int:
    where, values = condition(chosen, dataset.manifest.options.extra_columns)
    return int(dataset.ask(f"SELECT count(*) FROM reviews WHERE {where}", values)[0][0])


def test_every_threshold_by_hand(tmp_path: Path) -> None:
    dataset = labelled_dataset(tmp_path, 150, unlabelled=30)
    chances, truth = draw_chances(150, 0)
    sure, right, known = chances.max(axis=1), chances.argmax(axis=1) == truth, np.arange(150) < 120
    asked = Thresholds(dataset)
    for threshold in (0.0, 0.3, 0.55, float(sure[7]), 0.9, 1.0):
        found = asked.at(threshold)
        above = sure >= threshold
        assert (found.rows, found.confident, found.person) == (150, above.sum(), 150 - above.sum())
        assert found.coverage.value == pytest.approx(above.mean())
        assert found.errors == (known & ~right).sum()
        assert found.caught == (known & ~right & ~above).sum()
        hits, of = int((above & known & right).sum()), int((above & known).sum())
        if of:
            assert found.accuracy is not None
            ends = binomtest(hits, of).proportion_ci(method="wilson")
            assert (found.accuracy.value, found.accuracy.low, found.accuracy.high) == pytest.approx(
                (hits / of, ends.low, ends.high), abs=1e-9
            )
        else:
            assert found.accuracy is None
        assert count(dataset, found.confident_rows) == found.confident
        assert count(dataset, found.person_rows) == found.person


@given(
    st.lists(
        st.tuples(st.sampled_from([0.6, 0.7, 0.8, 0.9, 1.0]), st.sampled_from([4, 0, None])), min_size=1, max_size=25
    ),
    st.floats(0.1, 1.0),
)
def test_ties_and_the_least_threshold(tmp_path_factory: pytest.TempPathFactory, drawn: list, wanted: float) -> None:
    confidences, truths = [sure for sure, _ in drawn], [truth for _, truth in drawn]
    asked = Thresholds(rows_of(tmp_path_factory.mktemp("batch"), confidences, truths))
    curve = asked.curve()
    assert [point.threshold for point in curve.points] == sorted(set(confidences), reverse=True)
    reached, risks = [], []
    for point in curve.points:
        above = [truth for sure, truth in drawn if sure >= point.threshold]
        known = [truth for truth in above if truth is not None]
        assert point.coverage == pytest.approx(len(above) / len(drawn))
        if not known:
            assert point.accuracy is None
            continue
        accuracy = sum(truth == 4 for truth in known) / len(known)
        assert point.accuracy == pytest.approx(accuracy)
        risks += [1 - accuracy] * sum(sure == point.threshold and truth is not None for sure, truth in drawn)
        if accuracy >= wanted:
            reached.append(point.threshold)
    if any(truth is not None for truth in truths):
        assert curve.area == pytest.approx(np.mean(risks))
        assert (curve.best_area or 0) <= (curve.area or 0) + 1e-12
        found = asked.least(wanted)
        assert (found.threshold if found else None) == (min(reached) if reached else None)
    else:
        assert curve.area is None
        with pytest.raises(InputError, match="no row has a right label"):
            asked.least(wanted)


def test_a_long_curve_is_thinned_but_exact(tmp_path: Path) -> None:
    dataset = labelled_dataset(tmp_path, 1_000)
    chances, truth = draw_chances(1_000, 0)
    sure, right = chances.max(axis=1), chances.argmax(axis=1) == truth
    curve = Thresholds(dataset).curve()
    assert len(curve.points) == 200
    assert (curve.points[0].threshold, curve.points[-1].threshold) == (sure.max(), sure.min())
    assert np.diff([point.coverage for point in curve.points]).max() < 0.011
    for point in curve.points:
        above = sure >= point.threshold
        assert (point.coverage, point.accuracy) == pytest.approx((above.mean(), right[above].mean()))
    risks = [1 - right[sure >= one].mean() for one in sure]
    assert curve.area == pytest.approx(np.mean(risks))


def test_the_lower_end_asks_for_more(tmp_path: Path) -> None:
    asked = Thresholds(labelled_dataset(tmp_path, 500))
    plain, sure = asked.least(0.8), asked.least(0.8, surely=True)
    assert plain is not None
    assert sure is not None
    assert plain.accuracy is not None
    assert sure.accuracy is not None
    assert sure.accuracy.low is not None
    assert plain.accuracy.value >= 0.8
    assert sure.accuracy.low >= 0.8
    assert sure.threshold > plain.threshold
    assert asked.least(1.0, surely=True) is None


def test_the_best_area_puts_errors_last() -> None:
    assert _best_area(4, 2) == pytest.approx((0 + 0 + 1 / 3 + 2 / 4) / 4)
    assert _best_area(5, 0) == 0
    assert _best_area(3, 3) == 1


def test_piles_lie_within_what_was_chosen(tmp_path: Path) -> None:
    dataset = labelled_dataset(tmp_path, 200)
    chosen = RowFilter(confidence=(0.4, 0.8), predicted=4, failed=None)
    found = Thresholds(dataset, chosen).at(0.6)
    assert found.rows == count(dataset, chosen.model_copy(update={"failed": False}))
    assert (count(dataset, found.confident_rows), count(dataset, found.person_rows)) == (found.confident, found.person)
    assert found.confident
    assert found.person


def test_a_temperature_moves_the_piles(tmp_path: Path) -> None:
    dataset = labelled_dataset(tmp_path, 200)
    chosen = RowFilter(temperature=2.0)
    found = Thresholds(dataset, chosen).at(0.4)
    assert found.confident < Thresholds(dataset).at(0.4).confident
    assert count(dataset, found.confident_rows) == found.confident
    assert Thresholds(dataset, chosen).curve().temperature == 2.0


def test_without_labels_coverage_alone(tmp_path: Path) -> None:
    found = Thresholds(labelled_dataset(tmp_path, 20, unlabelled=20))
    assert found.at(0.5).accuracy is None
    assert (found.at(0.5).errors, found.curve().area) == (0, None)
    assert {point.accuracy for point in found.curve().points} == {None}


@pytest.mark.parametrize("threshold", [-0.1, 1.1, float("nan")])
def test_what_is_no_threshold(threshold: float, tmp_path: Path) -> None:
    asked = Thresholds(labelled_dataset(tmp_path, 20))
    with pytest.raises(InputError, match="is no confidence"):
        asked.at(threshold)
    with pytest.raises(InputError, match="is no accuracy"):
        asked.least(threshold)


def test_they_are_loaded_once(tmp_path: Path) -> None:
    dataset = labelled_dataset(tmp_path, 20)
    assert thresholds(dataset) is thresholds(dataset)
    assert thresholds(dataset) is not thresholds(dataset, RowFilter(predicted=4))


def test_no_rows(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no row was predicted"):
        Thresholds(labelled_dataset(tmp_path, 20), RowFilter(text="nowhere"))
