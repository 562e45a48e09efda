"""The short forward pass gives the logits of the long one, or is not taken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from workbench.checkpoints import Checkpoint, load_checkpoint, randomised
from workbench.pipeline import encode_rows, infer, lean
from workbench.pipeline.lean import Forward, forward_of

SIZES = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
KNOWN: dict[str, tuple[type[Any], dict[str, Any]]] = {
    "bert": (transformers.BertConfig, SIZES),
    "bert, one layer": (transformers.BertConfig, SIZES | {"num_hidden_layers": 1}),
    "bert, relu": (transformers.BertConfig, SIZES | {"hidden_act": "relu"}),
    "bert, gelu_new": (transformers.BertConfig, SIZES | {"hidden_act": "gelu_new"}),
    "roberta": (transformers.RobertaConfig, SIZES),
    "xlm-roberta": (transformers.XLMRobertaConfig, SIZES),
    "electra": (transformers.ElectraConfig, SIZES | {"embedding_size": 16}),
    "distilbert": (transformers.DistilBertConfig, {"dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 64}),
}
OTHERS: dict[str, tuple[type[Any], dict[str, Any]]] = {
    "albert": (transformers.AlbertConfig, SIZES | {"embedding_size": 16}),
    "mpnet": (transformers.MPNetConfig, SIZES),
    "modernbert": (transformers.ModernBertConfig, SIZES),
    "deberta-v2": (transformers.DebertaV2Config, SIZES | {"relative_attention": True, "pos_att_type": ["p2c", "c2p"]}),
}
TEXTS = ["the room was clean and the staff were friendly", "[MASK] room [MASK] clean", "bad", "", "the [PAD] room"]


def made(tiny: Checkpoint, kind: type[Any], sizes: dict[str, Any]) -> Checkpoint:
    torch.manual_seed(1)
    ids = {"pad_token_id": tiny.tokenizer.pad_token_id, "vocab_size": len(tiny.tokenizer), "num_labels": 5}
    model = transformers.AutoModelForSequenceClassification.from_config(kind(**sizes, **ids))
    with torch.no_grad():
        for weight in model.parameters():
            # As they come, logits of random weights are all about nought.
            weight.add_(torch.randn_like(weight) * 0.1)
    model = model.eval().requires_grad_(False)
    return Checkpoint("made", model, tiny.tokenizer, tiny.labels, "sha256:made", torch.device("cpu"))


def own(checkpoint: Checkpoint, row: list[int]) -> torch.Tensor:
    with torch.inference_mode():
        return checkpoint.model(input_ids=torch.tensor([row]), attention_mask=torch.ones(1, len(row))).logits[0]


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("name", KNOWN)
def test_known_structures_take_the_short_way(
    tiny: Checkpoint, monkeypatch: pytest.MonkeyPatch, name: str, packed: bool
) -> None:
    if not packed:
        monkeypatch.setattr(lean, "_can_pack", lambda model: False)
    checkpoint = made(tiny, *KNOWN[name])
    assert forward_of(checkpoint).lean
    rows = encode_rows(checkpoint, TEXTS * 3)
    found = infer(checkpoint, rows)
    for row, logits in zip(rows, found, strict=True):
        torch.testing.assert_close(torch.tensor(logits), own(checkpoint, row), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("name", OTHERS)
def test_other_structures_take_their_own(tiny: Checkpoint, name: str) -> None:
    checkpoint = made(tiny, *OTHERS[name])
    assert not forward_of(checkpoint).lean
    rows = encode_rows(checkpoint, TEXTS)
    for row, logits in zip(rows, infer(checkpoint, rows), strict=True):
        torch.testing.assert_close(torch.tensor(logits), own(checkpoint, row), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("fault", [lambda rows: rows.new_zeros(1), lambda rows: rows * 1.001])
def test_a_short_way_that_is_wrong_is_not_taken(
    tiny: Checkpoint, monkeypatch: pytest.MonkeyPatch, fault: Callable[[torch.Tensor], torch.Tensor]
) -> None:
    checkpoint = made(tiny, *KNOWN["bert"])
    monkeypatch.setattr(lean, "_can_pack", lambda model: False)
    monkeypatch.setattr(lean, "_plain", lambda module, activation=None: lambda rows: fault(module(rows)))
    assert not Forward(checkpoint).lean


def test_a_checkpoint_with_shuffled_weights_has_a_way_of_its_own(make_checkpoint: Callable[..., Path]) -> None:
    checkpoint = load_checkpoint(str(make_checkpoint()), device="cpu")
    shuffled = randomised(checkpoint, "all", seed=0)
    row = encode_rows(checkpoint, ["the room was good"])[0]
    assert forward_of(shuffled) is not forward_of(checkpoint)
    torch.testing.assert_close(torch.tensor(infer(shuffled, [row])[0]), own(shuffled, row), atol=1e-5, rtol=1e-5)


@pytest.mark.slow
def test_the_bundled_checkpoint_takes_the_short_way() -> None:
    checkpoint = load_checkpoint("stars", device="cpu")
    assert forward_of(checkpoint).lean
    rows = encode_rows(checkpoint, ["The room was clean, but the staff [MASK] rude.", "[MASK] room", "Great!"] * 2)
    for row, logits in zip(rows, infer(checkpoint, rows), strict=True):
        torch.testing.assert_close(torch.tensor(logits), own(checkpoint, row), atol=2e-5, rtol=0)
