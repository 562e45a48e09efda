"""Reliability against its definition, and temperatures that were put in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from batch_folders import predicted, write_batch
from labelled_batches import draw_chances, labelled_dataset
from scipy.optimize import minimize_scalar
from scipy.special import softmax
from scipy.stats import binomtest
from sklearn.metrics import log_loss

from workbench.errors import InputError
from workbench.measures import calibration_error
from workbench.schema import Activation, RowFilter
from workbench.triage import Dataset, figures, fit_temperature, reliability, scaling_obstacle
from workbench.triage.reliability import best_temperature


def dataset_of(folder: Path, logits: np.ndarray, truth: np.ndarray) -> Dataset:
    rows = [
        predicted("x", chances, int(label), logits=own.astype(np.float32).tolist())
        for chances, own, label in zip(softmax(logits, axis=1), logits, truth, strict=True)
    ]
    return Dataset(write_batch(folder, rows))


def too_sure(rows: int, temperature: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Logits that are right once divided by a temperature."""
    draws = np.random.default_rng(seed)
    fair = draws.normal(0, 1.5, (rows, 5))
    truth = np.array([draws.choice(5, p=chances) for chances in softmax(fair, axis=1)])
    return fair * temperature, truth


def test_bins_are_counted_by_hand(tmp_path: Path) -> None:
    found = reliability(labelled_dataset(tmp_path, 200, unlabelled=20))
    chances, truth = draw_chances(200, 0)
    chances, truth = chances[:180], truth[:180]
    confidence, right = chances.max(axis=1), chances.argmax(axis=1) == truth
    assert (found.rows, len(found.bins)) == (180, 15)
    for one in found.bins:
        inside = (confidence >= one.low) & (confidence < one.high)
        assert one.rows == inside.sum()
        if one.rows:
            assert (one.confidence, one.accuracy) == pytest.approx((confidence[inside].mean(), right[inside].mean()))
            ends = binomtest(int(right[inside].sum()), one.rows).proportion_ci(method="wilson")
            assert (one.accuracy_low, one.accuracy_high) == pytest.approx((ends.low, ends.high), abs=1e-9)
        else:
            assert (one.accuracy_low, one.accuracy_high) == (None, None)
    assert found.ece.value == pytest.approx(calibration_error(confidence, right))


def test_a_fair_checkpoint_is_no_more_off_than_chance(tmp_path: Path) -> None:
    fair, off = (reliability(dataset_of(tmp_path / str(by), *too_sure(2_000, by))) for by in (1.0, 2.0))
    assert fair.ece.value < fair.by_chance
    assert "no more than chance" in fair.sentence
    assert off.ece.low is not None
    assert off.ece.low > off.by_chance
    assert ", more than chance" in off.sentence


@pytest.mark.parametrize("put_in", [0.5, 1.0, 2.5])
def test_a_temperature_is_found_again(put_in: float, tmp_path: Path) -> None:
    found = fit_temperature(dataset_of(tmp_path, *too_sure(3_000, put_in)), seed=3)
    assert found.temperature.value == pytest.approx(put_in, rel=0.08)
    assert found.temperature.low is not None
    assert found.temperature.high is not None
    assert found.temperature.low < put_in < found.temperature.high
    assert (found.fitted, found.measured, found.at_limit) == (1_500, 1_500, False)
    assert found.helps is (put_in != 1.0)
    assert ("helps:" in found.sentence) is found.helps
    if put_in != 1.0:
        assert found.after.ece.value < found.before.ece.value
        assert found.after.log_loss.value < found.before.log_loss.value


def test_a_temperature_has_the_least_log_loss() -> None:
    logits, truth = too_sure(500, 1.7)
    found = best_temperature(logits, truth)
    expected = minimize_scalar(
        lambda one: log_loss(truth, softmax(logits / one, axis=1), labels=range(5)), bounds=(0.1, 10), method="bounded"
    )
    assert found.value == pytest.approx(expected.x, abs=1e-3)


def test_the_interval_of_a_temperature_is_near_that_of_a_bootstrap() -> None:
    logits, truth = too_sure(800, 2.0)
    draws = np.random.default_rng(0).integers(0, 800, (300, 800))
    values = [best_temperature(logits[rows], truth[rows]).value for rows in draws]
    found = best_temperature(logits, truth)
    assert (found.low, found.high) == pytest.approx(tuple(np.percentile(values, [2.5, 97.5])), rel=0.05)


def test_without_errors_there_is_no_best_temperature(tmp_path: Path) -> None:
    logits = np.tile([4.0, 0.0, 0.0, 0.0, 0.0], (200, 1))
    found = fit_temperature(dataset_of(tmp_path, logits, np.zeros(200, dtype=int)))
    assert (found.at_limit, found.helps, found.temperature.value) == (True, False, 0.05)
    assert "within the limits" in found.sentence
    wrong = best_temperature(logits, np.ones(200, dtype=int))
    assert (wrong.value, wrong.low) == (20.0, None)


def test_scaled_figures_follow_the_filter(tmp_path: Path) -> None:
    logits, truth = too_sure(400, 2.0)
    dataset = dataset_of(tmp_path, logits, truth)
    plain, scaled = figures(dataset), figures(dataset, RowFilter(temperature=2.0))
    chances = softmax(logits / 2.0, axis=1)
    assert scaled.log_loss is not None
    assert scaled.ece is not None
    assert scaled.log_loss.value == pytest.approx(log_loss(truth, chances, labels=range(5)), abs=1e-6)
    assert scaled.ece.value == pytest.approx(calibration_error(chances.max(axis=1), chances.argmax(axis=1) == truth))
    assert (scaled.accuracy, scaled.confusion) == (plain.accuracy, plain.confusion)
    within = figures(dataset, RowFilter(temperature=2.0, confidence=(0.5, 2.0)))
    assert within.rows == (chances.max(axis=1) >= 0.5).sum()
    assert reliability(dataset, RowFilter(temperature=2.0)).temperature == 2.0


def test_what_cannot_be_scaled_is_said(tmp_path: Path) -> None:
    few = labelled_dataset(tmp_path / "a", 120, unlabelled=21)
    assert scaling_obstacle(few) == "99 rows have a right label, too few to fit a temperature"
    with pytest.raises(InputError, match="label at least 100"):
        fit_temperature(few)
    assert scaling_obstacle(labelled_dataset(tmp_path / "b", 100)) is None
    few.manifest = few.manifest.model_copy(update={"activation": Activation.SIGMOID})
    assert "one by one" in (scaling_obstacle(few) or "")
    with pytest.raises(InputError, match="one by one"):
        fit_temperature(few)
    with pytest.raises(InputError, match="no row has a right label"):
        reliability(labelled_dataset(tmp_path / "c", 20, unlabelled=20))
