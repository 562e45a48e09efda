"""Every method and every attention view on every family: it works, or the reason is the one listed here."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from workbench.attention import VIEWS, Selection, attention_maps
from workbench.checkpoints import Checkpoint
from workbench.errors import IncompatibleError
from workbench.explainers import METHODS, Options, Task
from workbench.pipeline import classify, parse_target, target_values
from workbench.schema import Explanation, Prediction, Target, Unit
from workbench.scoring import Scorer

TEXT = "The room was clean, but we didn't like the cold food."
LONG = "The staff were good and the room was clean. " * 5
BUDGET = 40

NORMALISED = "it normalises its word embeddings at once, which makes this product zero for every word"
NO_MAPS = "has no query and key maps that can be read"
NOT_ALONE = "is not made of query and key alone"
# All that does not work, by family and method.
METHOD_REASONS = {
    ("deberta-v2", "input-x-gradient"): NORMALISED,
    ("modernbert", "input-x-gradient"): NORMALISED,
}
# Likewise for the views of attention.
VIEW_REASONS = {
    ("deberta-v2", "neuron"): NOT_ALONE,
    ("modernbert", "neuron"): NO_MAPS,
    ("mpnet", "neuron"): NOT_ALONE,
}


def options(method: str) -> Options:
    kind = METHODS[method].options
    return kind(**({"budget": BUDGET} if "budget" in kind.model_fields else {}))


def explain(checkpoint: Checkpoint, prediction: Prediction, method: str, unit: Unit, target: str) -> Explanation:
    task = Task(prediction, parse_target(target, prediction), unit, 0, Scorer(checkpoint).start())
    return METHODS[method].explain(task, options(method))


def check(checkpoint: Checkpoint, prediction: Prediction, found: Explanation) -> None:
    scores = np.array([unit.score for unit in found.units])
    assert np.isfinite(scores).all()
    assert np.abs(scores).max() > 0
    assert all(prediction.text[unit.start : unit.end] == unit.text for unit in found.units)
    assert all(before.end <= after.start for before, after in pairwise(found.units))
    covered = {index for unit in found.units for index in range(unit.start, unit.end)}
    assert {index for index, sign in enumerate(prediction.read_text) if sign.isalnum()} <= covered
    if METHODS[found.method].additive:
        assert found.base_value is not None
        assert scores.sum() == pytest.approx(found.full_value - found.base_value, abs=1e-4)
    if not prediction.windows:
        own = target_values(checkpoint, found.target, [prediction.logits])[0]
        assert found.full_value == pytest.approx(own, abs=1e-4)


@pytest.mark.parametrize("unit", [Unit.WORD, Unit.TOKEN])
@pytest.mark.parametrize("method", METHODS)
def test_every_method(family: str, checkpoint: Checkpoint, method: str, unit: Unit) -> None:
    prediction = classify(checkpoint, TEXT)
    reason = METHOD_REASONS.get((family, method))
    assert METHODS[method].obstacle(checkpoint) == reason
    if reason:
        with pytest.raises(IncompatibleError, match=reason):
            explain(checkpoint, prediction, method, unit, "predicted")
        return
    for target in ("predicted", "expected", "5 stars - 1 star"):
        check(checkpoint, prediction, explain(checkpoint, prediction, method, unit, target))


@pytest.mark.parametrize("method", METHODS)
def test_every_method_in_windows(family: str, checkpoint: Checkpoint, method: str) -> None:
    prediction = classify(checkpoint, LONG, windows=True)
    assert len(prediction.windows) >= 2
    if (family, method) not in METHOD_REASONS:
        check(checkpoint, prediction, explain(checkpoint, prediction, method, Unit.WORD, "predicted"))


def test_integrated_gradients_account_for_the_target(checkpoint: Checkpoint) -> None:
    """With steps enough the scores, and what fell on special tokens, add up: the gradient is the model's own."""
    prediction = classify(checkpoint, TEXT)
    kind = METHODS["integrated-gradients"]
    task = Task(prediction, parse_target("expected", prediction), Unit.WORD, 0, Scorer(checkpoint).start())
    found = kind.explain(task, kind.options(tolerance=0.05, max_steps=2048))
    assert found.details["converged"] == "yes"
    assert found.base_value is not None
    total = sum(unit.score for unit in found.units) + float(found.details["on_special_tokens"])
    assert total == pytest.approx(found.full_value - found.base_value, abs=0.06)


def test_the_reason_against_input_x_gradient_is_true(family: str, checkpoint: Checkpoint) -> None:
    """The product of each token is zero but for rounding on the families that are listed, and on no other."""
    from workbench.explainers._gradients import GradientTask

    prediction = classify(checkpoint, TEXT)
    target = Target(kind="logit", label=prediction.label)
    gradients = GradientTask(Task(prediction, target, Unit.TOKEN, 0, Scorer(checkpoint).start()))
    products = np.abs(gradients.input_x_gradient())
    blank = np.abs(gradients.integrated_gradients(gradients.embeddings * 0.5, 32))
    size = np.abs(gradients.integrated_gradients(gradients.embed([5] * len(prediction.tokens)), 32)).max()
    listed = (family, "input-x-gradient") in METHOD_REASONS
    assert bool(max(products.max(), blank.max()) < 1e-3 * size) is listed


def test_attention_is_a_share_of_every_token(checkpoint: Checkpoint) -> None:
    for text in (TEXT, "good", LONG):
        prediction = classify(checkpoint, text)
        maps = attention_maps(checkpoint, prediction)
        count = len(prediction.tokens)
        assert maps.weights.shape == (2, 2, count, count)
        rows = maps.weights.astype(np.float64).sum(axis=-1)
        np.testing.assert_allclose(rows, 1, atol=2e-3)
        assert (maps.weights >= 0).all()


@pytest.mark.parametrize("view", VIEWS)
def test_every_view(family: str, checkpoint: Checkpoint, view: str) -> None:
    prediction = classify(checkpoint, TEXT)
    maps = attention_maps(checkpoint, prediction)
    reason = VIEW_REASONS.get((family, view))
    if reason:
        with pytest.raises(IncompatibleError, match=f"{reason}; choose"):
            VIEWS[view](checkpoint, prediction, maps, Selection(layers=(0, 1)))
        return
    drawn = VIEWS[view](checkpoint, prediction, maps, Selection(layers=(0, 1)))
    assert "<script" in drawn.html
    assert "clean" in drawn.html or "##" in drawn.html or "cl" in drawn.html
