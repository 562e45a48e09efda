from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from workbench.checkpoints import Checkpoint, randomised
from workbench.errors import IncompatibleError
from workbench.pipeline import attentions, classify
from workbench.trust import sanity

BEFORE = np.array([0.1, -0.9, 0.3, 0.5, -0.2, 0.0, 0.7])


def weights(checkpoint: Checkpoint) -> dict[str, torch.Tensor]:
    return {name: weight.clone() for name, weight in checkpoint.model.named_parameters()}


def changed(checkpoint: Checkpoint, twin: Checkpoint) -> set[str]:
    after = weights(twin)
    return {name for name, weight in weights(checkpoint).items() if not torch.equal(weight, after[name])}


def test_head_is_shuffled_alone_and_the_original_is_left(tiny: Checkpoint) -> None:
    before = weights(tiny)
    twin = randomised(tiny, "head", 1)
    assert changed(tiny, twin) == {"classifier.weight"}
    assert all(torch.equal(weight, before[name]) for name, weight in weights(tiny).items())
    assert twin.fingerprint != tiny.fingerprint
    assert twin.fingerprint.startswith(tiny.fingerprint)
    text = "the food was good"
    assert classify(twin, text).logits != classify(tiny, text).logits
    np.testing.assert_allclose(
        attentions(twin, classify(twin, text).inputs), attentions(tiny, classify(tiny, text).inputs), atol=1e-6
    )


def test_deeper_takes_in_more(tiny: Checkpoint) -> None:
    head, last, whole = (changed(tiny, randomised(tiny, depth)) for depth in ("head", "last-layer", "all"))
    assert head < last < whole
    assert {name.split(".")[3] for name in last if ".layer." in name} == {"1"}
    assert any("embeddings" in name for name in whole)


def test_values_of_each_weight_stay(tiny: Checkpoint) -> None:
    after = weights(randomised(tiny, "all", 3))
    for name, weight in weights(tiny).items():
        assert torch.equal(weight.flatten().sort().values, after[name].flatten().sort().values)


def test_seed_decides(tiny_bpe: Checkpoint) -> None:
    assert not changed(randomised(tiny_bpe, "all", 4), randomised(tiny_bpe, "all", 4))
    assert changed(randomised(tiny_bpe, "all", 4), randomised(tiny_bpe, "all", 5))


def test_depth_that_a_model_lacks_is_refused(tiny: Checkpoint) -> None:
    headless = dataclasses.replace(tiny, model=_Headless(tiny.model))
    with pytest.raises(IncompatibleError, match="no weights of depth head"):
        randomised(headless, "head")


class _Headless(torch.nn.Module):
    base_model_prefix = "inner"

    def __init__(self, inner: torch.nn.Module) -> None:
        super().__init__()
        self.inner = inner


def test_scores_that_do_not_depend_on_the_head_are_marked() -> None:
    found = sanity("m", BEFORE, {"head": BEFORE + 1e-9, "all": BEFORE[::-1]})
    assert found.unchanged_by == ("head",)
    assert found.insensitive is True


def test_ranking_that_survives_the_head_alone_is_not() -> None:
    found = sanity("m", BEFORE, {"head": -2 * BEFORE, "all": BEFORE[::-1]})
    assert found.checks[0].figures["randomisation"].value == pytest.approx(1.0)
    assert found.unchanged_by == ()
    assert found.insensitive is False


def test_ranking_that_survives_everything_is_marked() -> None:
    found = sanity("m", BEFORE, {"all": -2 * BEFORE})
    assert found.unchanged_by == ("all",)
    assert found.insensitive is True


@pytest.mark.parametrize("after", [{"all": "it failed"}, {"all": BEFORE[:4][::-1]}, {"head": BEFORE[:4][::-1]}])
def test_unknown_stays_unknown(after) -> None:
    found = sanity("m", BEFORE[:4], after)
    assert found.insensitive is None
    assert found.checks[0].figures["randomisation"].value is None
