"""The target in torch is the target in numpy, and has its slope."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from workbench.checkpoints import Checkpoint
from workbench.errors import TargetError
from workbench.pipeline import target_tensor, target_values
from workbench.schema import Target

TARGETS = {
    "tiny": [
        Target(kind="probability", label="2 stars"),
        Target(kind="logit", label="5 stars"),
        Target(kind="expected"),
        Target(kind="scale", places=tuple((f"{n} star{'s' * (n > 1)}", n / 8) for n in range(5, 0, -1))),
        Target(kind="contrast", label="5 stars", against="1 star"),
    ],
    "tiny_multi": [
        Target(kind="probability", label="staff"),
        Target(kind="logit", label="price"),
        Target(kind="contrast", label="room", against="price"),
    ],
}


@pytest.mark.parametrize(
    ("fixture", "target"), [(fixture, target) for fixture, targets in TARGETS.items() for target in targets], ids=str
)
def test_values_and_slopes(request: pytest.FixtureRequest, fixture: str, target: Target) -> None:
    checkpoint: Checkpoint = request.getfixturevalue(fixture)
    logits = np.random.default_rng(0).normal(scale=4, size=(7, len(checkpoint.labels)))
    given = torch.tensor(logits, requires_grad=True)
    values = target_tensor(checkpoint, target, given)
    np.testing.assert_allclose(values.detach().numpy(), target_values(checkpoint, target, logits), atol=1e-12)
    slopes = torch.autograd.grad(values.sum(), given)[0].numpy()
    for column in range(logits.shape[1]):
        step = np.zeros_like(logits)
        step[:, column] = 1e-6
        rise = target_values(checkpoint, target, logits + step) - target_values(checkpoint, target, logits - step)
        np.testing.assert_allclose(slopes[:, column], rise / 2e-6, atol=1e-7)


def test_single_precision_comes_out_double(tiny: Checkpoint) -> None:
    values = target_tensor(tiny, Target(kind="expected"), torch.zeros(2, 5))
    assert values.dtype == torch.float64
    assert values.tolist() == [3.0, 3.0]


def test_a_target_that_is_not_there(tiny: Checkpoint, tiny_multi: Checkpoint) -> None:
    with pytest.raises(TargetError, match="there is no label"):
        target_tensor(tiny, Target(kind="logit", label="6 stars"), torch.zeros(1, 5))
    with pytest.raises(TargetError, match="no expected rating"):
        target_tensor(tiny_multi, Target(kind="expected"), torch.zeros(1, 3))
