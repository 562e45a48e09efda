"""Evaluations of less than single precision: off by default, and their error said."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from workbench import services
from workbench.checkpoints import Checkpoint, load_checkpoint
from workbench.errors import IncompatibleError, MissingExtraError
from workbench.explainers import METHODS
from workbench.pipeline import classify, encode_rows, infer, precision, target_values
from workbench.render import precision_phrase
from workbench.schema import Target
from workbench.scoring import Scorer, scorer_of

REVIEW = "the room was clean but the staff were not friendly and the food was cold"
LOWER = ("int8", "bf16")


@pytest.fixture
def checkpoint(make_checkpoint: Callable[..., Path]) -> Checkpoint:
    return load_checkpoint(str(make_checkpoint()), device="cpu")


@pytest.fixture(autouse=True)
def has_bf16(monkeypatch: pytest.MonkeyPatch) -> None:
    """Computed by way of single precision where the processor has no such arithmetic: slow, the same values."""
    monkeypatch.setattr(precision, "_has_bf16", lambda device: True)


@pytest.mark.parametrize("lower", LOWER)
def test_logits_are_near_and_not_the_same(checkpoint: Checkpoint, lower: precision.Precision) -> None:
    rows = encode_rows(checkpoint, [REVIEW, "bad", "", "the food was good " * 30])
    exact, rounded = infer(checkpoint, rows), infer(checkpoint, rows, lower)
    assert rounded.shape == exact.shape
    assert rounded.dtype == np.float32
    assert 0 < np.abs(exact - rounded).max() < 0.1 * np.abs(exact).max()


@pytest.mark.parametrize("lower", LOWER)
@pytest.mark.parametrize("method", [name for name in METHODS if "precision" in METHODS[name].options.model_fields])
def test_the_error_beside_a_result_is_that_of_its_texts(checkpoint: Checkpoint, method: str, lower: str) -> None:
    prediction = classify(checkpoint, REVIEW)
    target = Target(kind="probability", label=prediction.label)
    budget = {"budget": 20} if "budget" in METHODS[method].options.model_fields else {}
    found = services.explain_one(
        checkpoint,
        prediction,
        method,
        target=target,
        options=services.make_options(method, {"precision": lower, **budget}),
    )
    rows = list(scorer_of(checkpoint, lower)._cache)  # what was evaluated, as keys; few enough to be all compared
    assert found.options["precision"] == lower
    assert 0 < found.details["precision_texts"] == min(32, len(rows))
    assert 0 < float(found.details["precision_error"]) < 0.1
    assert precision_phrase(found).startswith(f"{lower}: off by up to 0.")
    exact = services.explain_one(
        checkpoint, prediction, method, target=target, options=services.make_options(method, budget)
    )
    assert "precision_error" not in exact.details
    assert precision_phrase(exact) == ""
    theirs, ours = ([unit.score for unit in one.units] for one in (exact, found))
    assert ours != theirs
    np.testing.assert_allclose(ours, theirs, atol=0.1)


def test_the_error_is_the_largest_difference_of_the_target(checkpoint: Checkpoint) -> None:
    target = Target(kind="logit", label=checkpoint.labels[0])
    texts = [REVIEW, "bad", "good food"]
    run = Scorer(checkpoint).start().at("bf16")
    values = run.values(texts, target)
    exact = target_values(checkpoint, target, infer(checkpoint, encode_rows(checkpoint, texts)))
    error, count = run.error(target)
    assert count == 3
    assert error == pytest.approx(np.abs(values - exact).max(), abs=1e-6)


def test_precisions_do_not_share_what_is_remembered(checkpoint: Checkpoint) -> None:
    exact, lower = scorer_of(checkpoint), scorer_of(checkpoint, "bf16")
    assert exact is scorer_of(checkpoint, "exact")
    assert exact is not lower
    before = exact.start().logits([REVIEW])
    lower.start().logits([REVIEW])
    np.testing.assert_array_equal(exact.start().logits([REVIEW]), before)


def test_a_missing_extra_prints_the_pip_line(checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'explainability-workbench\[int8\]'"):
        infer(checkpoint, [[0, 1]], "int8")


def test_what_cannot_be_converted_is_said_in_one_line(checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> Path:
        raise RuntimeError("unsupported operator\n\nwith a long story")

    monkeypatch.setattr(precision, "_quantised", fail)
    with pytest.raises(IncompatibleError, match=r"cannot be converted to int8 \(RuntimeError\); choose the precision"):
        infer(checkpoint, [[0, 1]], "int8")


def test_int8_is_for_the_cpu(checkpoint: Checkpoint) -> None:
    elsewhere = dataclasses.replace(checkpoint, device=torch.device("meta"))
    with pytest.raises(IncompatibleError, match="int8 is not for .* on meta; choose"):
        precision.forward_at(elsewhere, "int8")


def test_bf16_without_the_arithmetic_is_refused(checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "_has_bf16", lambda device: False)
    with pytest.raises(IncompatibleError, match="no bfloat16 arithmetic; choose the precision exact"):
        infer(checkpoint, [[0, 1]], "bf16")
