from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from labelled_batches import labelled_dataset

from workbench.schema import DatasetFigures, RowFilter, Slices, ThresholdFigures
from workbench.triage import Thresholds, figures, slices


def test_a_table(run_cli: Callable[..., Any], tmp_path: Path) -> None:
    labelled_dataset(tmp_path, 300)
    outcome = run_cli("figures", str(tmp_path), "--threshold", "0.5", "--slices", "--temperature")
    assert outcome.status == 0, outcome.err
    for part in ("300 rows predicted", "accuracy ", "macro_f1", "5 stars", "right \\ predicted", "threshold 0.5000: "):
        assert part in outcome.out
    assert "slices are worse than the rest" in outcome.out
    assert "a temperature of " in outcome.out


def test_json_is_what_python_gives(run_cli: Callable[..., Any], tmp_path: Path) -> None:
    dataset = labelled_dataset(tmp_path, 300)
    outcome = run_cli(
        "figures", str(tmp_path), "--accuracy", "0.6", "--surely", "--slices", "--pairs", "--format", "json"
    )
    assert outcome.status == 0, outcome.err
    found = json.loads(outcome.out)
    assert found["schema"] == "workbench.figures/1"
    assert DatasetFigures.model_validate(found["figures"]) == figures(dataset)
    assert ThresholdFigures.model_validate(found["threshold"]) == Thresholds(dataset).least(0.6, surely=True)
    assert Slices.model_validate(found["slices"]) == slices(dataset, pairs=True)
    assert found["temperature"] is None
    assert found["reliability"]["rows"] == 300


def test_a_temperature_that_helps_is_used_throughout(run_cli: Callable[..., Any], tmp_path: Path) -> None:
    dataset = labelled_dataset(tmp_path, 1_500)
    found = json.loads(run_cli("figures", str(tmp_path), "--temperature", "--threshold", "0.6", "--format", "json").out)
    chosen = RowFilter(temperature=found["temperature"]["temperature"]["value"])
    assert found["temperature"]["helps"]
    assert DatasetFigures.model_validate(found["figures"]) == figures(dataset, chosen)
    assert ThresholdFigures.model_validate(found["threshold"]) == Thresholds(dataset, chosen).at(0.6)


def test_a_temperature_that_does_not_help_is_left_out(run_cli: Callable[..., Any], tmp_path: Path) -> None:
    # So few rows cannot show it.
    dataset = labelled_dataset(tmp_path, 100)
    found = json.loads(run_cli("figures", str(tmp_path), "--temperature", "--format", "json").out)
    assert not found["temperature"]["helps"]
    assert DatasetFigures.model_validate(found["figures"]) == figures(dataset)
    assert "leave it out" in run_cli("figures", str(tmp_path), "--temperature").out


def test_without_labels(run_cli: Callable[..., Any], tmp_path: Path) -> None:
    labelled_dataset(tmp_path, 40, unlabelled=40)
    outcome = run_cli("figures", str(tmp_path), "--threshold", "0.5")
    assert outcome.status == 0, outcome.err
    assert "0 with a right label" in outcome.out
    assert "accuracy" not in outcome.out


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("--threshold", "0.5", "--accuracy", "0.9"), "contradict"),
        (("--surely",), "--surely is for --accuracy"),
        (("--accuracy", "1", "--surely"), "no threshold reaches an accuracy of 1"),
        (("--threshold", "2"), "--threshold"),
        (("--slices", "--least-rows", "100"), "too few for slices of 100"),
        (("--temperature",), "too few to fit a temperature"),
    ],
)
def test_faults_are_one_line(
    arguments: tuple[str, ...], fault: str, run_cli: Callable[..., Any], tmp_path: Path
) -> None:
    labelled_dataset(tmp_path, 60)
    outcome = run_cli("figures", str(tmp_path), *arguments)
    assert (outcome.status, outcome.out) == (2, "")
    assert fault in outcome.err
    assert outcome.err.count("\n") == 1


def test_what_is_no_batch(run_cli: Callable[..., Any], tmp_path: Path) -> None:
    outcome = run_cli("figures", str(tmp_path))
    assert outcome.status == 2
    assert "is no batch" in outcome.err
