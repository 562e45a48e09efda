from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers

from workbench.attention import attention_maps
from workbench.attention import maps as module
from workbench.attention.neuron import neurons
from workbench.checkpoints import Checkpoint
from workbench.errors import IncompatibleError
from workbench.schema import AttentionMaps, Prediction


def test_equal_a_model_loaded_for_eager_attention(folder: Path, prediction: Prediction, maps: AttentionMaps) -> None:
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder, attn_implementation="eager").eval()
    inputs = {name: torch.tensor([row]) for name, row in prediction.inputs.items()}
    with torch.inference_mode():
        expected = torch.cat(model(**inputs, output_attentions=True).attentions).numpy()
    assert maps.weights.shape == expected.shape == (2, 2, 14, 14)
    np.testing.assert_allclose(maps.weights, expected, atol=1e-3)


def test_rows_add_up_to_one(maps: AttentionMaps) -> None:
    np.testing.assert_allclose(maps.weights.astype(np.float64).sum(axis=-1), 1, atol=2e-3)


def test_same_after_json(maps: AttentionMaps) -> None:
    again = AttentionMaps.model_validate_json(maps.model_dump_json())
    assert again.tokens == maps.tokens
    np.testing.assert_array_equal(again.weights, maps.weights)


def test_maps_and_neurons_take_turns(
    checkpoint: Checkpoint, prediction: Prediction, turns_held: Callable[[Checkpoint], list[bool]]
) -> None:
    held = turns_held(checkpoint)
    attention_maps(checkpoint, prediction)
    neurons(checkpoint, prediction.inputs, (0,), (0,))
    assert held == [True, True]


def test_model_without_attentions_gives_a_reason(
    checkpoint: Checkpoint, prediction: Prediction, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise ValueError("no eager attention")

    monkeypatch.setattr(module, "attentions", refuse)
    with pytest.raises(IncompatibleError, match=r"returns no attentions \(no eager attention\)"):
        attention_maps(checkpoint, prediction)


def test_windowed_attention_gives_a_reason(
    checkpoint: Checkpoint, prediction: Prediction, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "attentions", lambda *_: np.zeros((2, 2, 14, 5), np.float32))
    with pytest.raises(IncompatibleError, match="for 14 tokens"):
        attention_maps(checkpoint, prediction)
