from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import transformers
from scipy.special import softmax

from workbench.attention import neuron
from workbench.attention.neuron import neurons
from workbench.checkpoints import Checkpoint
from workbench.errors import IncompatibleError
from workbench.schema import AttentionMaps, Prediction

SMALL = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 16, "vocab_size": 16}


def test_softmax_of_query_times_key_is_the_attention(
    checkpoint: Checkpoint, prediction: Prediction, maps: AttentionMaps
) -> None:
    found = neurons(checkpoint, prediction.inputs, (0, 1), (0, 1))
    assert found.queries.shape == found.keys.shape == (2, 2, 14, 8)
    made = softmax(found.queries @ found.keys.swapaxes(-1, -2) / np.sqrt(8), axis=-1)
    np.testing.assert_allclose(made, found.attention, atol=1e-4)
    np.testing.assert_allclose(made, maps.weights, atol=1e-3)


def test_only_the_layers_and_heads_asked_for(
    checkpoint: Checkpoint, prediction: Prediction, maps: AttentionMaps
) -> None:
    found = neurons(checkpoint, prediction.inputs, (1,), (1,))
    assert found.queries.shape == (1, 1, 14, 8)
    np.testing.assert_allclose(found.attention[0, 0], maps.weights[1, 1], atol=1e-3)


def test_shared_model_keeps_no_hooks(checkpoint: Checkpoint, prediction: Prediction) -> None:
    before = [len(module._forward_hooks) for module in checkpoint.with_attention().modules()]
    neurons(checkpoint, prediction.inputs, (0,), (0,))
    assert [len(module._forward_hooks) for module in checkpoint.with_attention().modules()] == before


def test_distilbert(checkpoint: Checkpoint, prediction: Prediction) -> None:
    config = transformers.DistilBertConfig(vocab_size=16, dim=16, n_layers=2, n_heads=2, hidden_dim=16)
    other = replace(checkpoint, model=transformers.DistilBertForSequenceClassification(config).eval())
    inputs = {name: prediction.inputs[name] for name in ("input_ids", "attention_mask")}
    assert neurons(other, inputs, (0, 1), (0, 1)).keys.shape == (2, 2, 14, 8)


@pytest.mark.parametrize("kind", ["roberta", "electra", "albert"])
def test_kin_of_bert(kind: str, checkpoint: Checkpoint, prediction: Prediction) -> None:
    config = transformers.AutoConfig.for_model(kind, **SMALL)
    model = transformers.AutoModelForSequenceClassification.from_config(config).eval()
    inputs = {name: prediction.inputs[name] for name in ("input_ids", "attention_mask")}
    assert neurons(replace(checkpoint, model=model), inputs, (0, 1), (0, 1)).keys.shape == (2, 2, 14, 8)


@pytest.mark.parametrize(
    ("kind", "settings", "reason"),
    [
        ("mpnet", {}, "is not made of query and key alone; choose"),
        (
            "deberta-v2",
            {"relative_attention": True, "pos_att_type": ["c2p"]},
            "is not made of query and key alone; choose",
        ),
        ("modernbert", {"pad_token_id": 0}, "has no query and key maps that can be read; choose"),
    ],
)
def test_other_architectures_give_a_reason(
    kind: str, settings: dict[str, Any], reason: str, checkpoint: Checkpoint, prediction: Prediction
) -> None:
    config = transformers.AutoConfig.for_model(kind, **SMALL, **settings)
    model = transformers.AutoModelForSequenceClassification.from_config(config).eval()
    inputs = {name: prediction.inputs[name] for name in ("input_ids", "attention_mask")}
    with pytest.raises(IncompatibleError, match=reason):
        neurons(replace(checkpoint, model=model), inputs, (0,), (0,))


def test_attention_from_elsewhere_gives_a_reason(
    checkpoint: Checkpoint, prediction: Prediction, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(neuron, "TOLERANCE", -1.0)
    with pytest.raises(IncompatibleError, match="not made of query and key alone"):
        neurons(checkpoint, prediction.inputs, (0,), (0,))
