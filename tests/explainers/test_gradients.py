"""Integrated gradients, input times gradient and attention times gradient against captum and torch used directly."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from captum.attr import LayerIntegratedGradients
from torch import nn

from workbench.checkpoints import Checkpoint
from workbench.errors import Cancelled, IncompatibleError
from workbench.explainers import METHODS, Task, _gradients
from workbench.explainers.attention_x_gradient import relevance
from workbench.pipeline import classify, parse_target, target_values
from workbench.schema import Explanation, Unit
from workbench.scoring import Scorer

Ask = Callable[..., Explanation]
TEXT = "The food was good, but we hated the slow staff!"
TARGETS = ("2 stars", "logit:5 stars", "expected", "5 stars - 1 star")


def inner(found: Explanation) -> np.ndarray:
    return np.array([unit.score for unit in found.units])


def stock(checkpoint: Checkpoint, **options: Any) -> Any:
    return transformers.AutoModelForSequenceClassification.from_pretrained(Path(checkpoint.name), **options).eval()


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("baseline", ["mask", "pad", "zero"])
def test_integrated_gradients_are_complete(tiny: Checkpoint, ask: Ask, baseline: str, target: str) -> None:
    found = ask(tiny, TEXT, "integrated-gradients", target=target, baseline=baseline, tolerance=1e-3, max_steps=1024)
    assert found.base_value is not None
    assert found.details["converged"] == "yes"
    assert abs(float(found.details["delta"])) <= 1e-3
    assert found.details["on_special_tokens"] == pytest.approx(0.0, abs=1e-9)
    assert found.gap() == pytest.approx(float(found.details["delta"]), abs=1e-9)
    own = target_values(tiny, found.target, [classify(tiny, TEXT).logits])[0]
    assert found.full_value == pytest.approx(own, abs=1e-5)


def test_the_base_value_is_that_of_the_masked_text(tiny: Checkpoint, ask: Ask) -> None:
    text = "we loved the food"
    found = ask(tiny, text, "integrated-gradients", target="expected")
    masked = classify(tiny, " ".join(["[MASK]"] * 4))
    assert found.base_value == pytest.approx(masked.expected_rating, abs=1e-5)
    assert found.details["baseline"] == "[MASK]"


def test_steps_rise_until_the_delta_is_small(tiny: Checkpoint, ask: Ask) -> None:
    loose, tight = (ask(tiny, TEXT, "integrated-gradients", tolerance=t, max_steps=512) for t in (10.0, 1e-9))
    assert loose.details["steps"] == 32
    assert loose.evaluations.model_dump() == {"asked": 34, "made": 34}
    assert tight.details["steps"] == 512
    assert tight.details["converged"] == "no"
    assert tight.evaluations.made == 2 + 32 + 64 + 128 + 256 + 512
    assert abs(float(tight.details["delta"])) <= abs(float(loose.details["delta"])) + 1e-6


def test_integrated_gradients_stop_midway(tiny: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    prediction, scorer = classify(tiny, TEXT), Scorer(tiny)
    monkeypatch.setattr(_gradients, "_BATCH_POSITIONS", 8 * len(prediction.tokens))
    seen: list[int] = []
    stopped = scorer.start(progress=lambda done, _: seen.append(done), cancelled=lambda: stopped.made >= 18)
    target = parse_target("predicted", prediction)
    with pytest.raises(Cancelled):
        METHODS["integrated-gradients"].explain(Task(prediction, target, Unit.WORD, 0, stopped))
    # Both ends, and two of the four batches of the first 32 steps.
    assert stopped.evaluations.model_dump() == {"asked": 18, "made": 18}
    assert seen == [0, 1, 2, 10, 18]
    after = METHODS["integrated-gradients"].explain(Task(prediction, target, Unit.WORD, 0, scorer.start()))
    assert after.evaluations.made == 2 + sum(32 * 2**k for k in range(8) if 32 * 2**k <= after.details["steps"])


def test_integrated_gradients_equal_captums_own_on_the_layer(tiny: Checkpoint, ask: Ask) -> None:
    found = ask(tiny, TEXT, "integrated-gradients", target="logit:5 stars", unit=Unit.TOKEN, tolerance=10)
    model = stock(tiny)
    ids = torch.tensor([classify(tiny, TEXT).inputs["input_ids"]])
    blank = torch.full_like(ids, tiny.tokenizer.mask_token_id)
    blank[0, 0], blank[0, -1] = ids[0, 0], ids[0, -1]
    layer = LayerIntegratedGradients(lambda rows: model(rows).logits, model.get_input_embeddings())
    direct = layer.attribute(ids, blank, target=4, n_steps=32).sum(-1)[0].detach().numpy()
    np.testing.assert_allclose(inner(found), direct[1:-1], atol=1e-4)


@pytest.mark.parametrize("method", ["integrated-gradients", "input-x-gradient"])
def test_positions_that_count_from_padding_stay(tiny_bpe: Checkpoint, ask: Ask, method: str) -> None:
    """RoBERTa leaves padding ids out when it counts; a baseline of padding must not shift the others."""
    options = {"baseline": "pad", "max_steps": 1024} if method == "integrated-gradients" else {}
    found = ask(tiny_bpe, TEXT, method, target="POSITIVE", **options)
    model = stock(tiny_bpe)
    ids = torch.tensor([classify(tiny_bpe, TEXT).inputs["input_ids"]])
    vectors = model.get_input_embeddings()(ids).detach()
    pad = torch.tensor([tiny_bpe.tokenizer.pad_token_id])
    empty = model.get_input_embeddings()(pad).detach().expand_as(vectors).clone()
    empty[0, 0], empty[0, -1] = vectors[0, 0], vectors[0, -1]

    def value(embeddings: torch.Tensor) -> float:
        with torch.inference_mode():
            return float(model(inputs_embeds=embeddings).logits.softmax(-1)[0, 1])

    assert found.full_value == pytest.approx(value(vectors), abs=1e-5)
    if found.base_value is not None:
        assert found.base_value == pytest.approx(value(empty), abs=1e-5)
        assert found.gap() == pytest.approx(float(found.details["delta"]), abs=1e-6)


@pytest.mark.parametrize("target", TARGETS)
def test_input_x_gradient_equals_the_product(tiny: Checkpoint, ask: Ask, target: str) -> None:
    found = ask(tiny, TEXT, "input-x-gradient", target=target, unit=Unit.TOKEN)
    model = stock(tiny)
    ids = torch.tensor([classify(tiny, TEXT).inputs["input_ids"]])
    vectors = model.get_input_embeddings()(ids).detach().requires_grad_()
    logits = model(inputs_embeds=vectors).logits[0]
    chances = logits.softmax(-1)
    value = {
        "2 stars": chances[1],
        "logit:5 stars": logits[4],
        "expected": chances @ torch.arange(1.0, 6.0),
        "5 stars - 1 star": logits[4] - logits[0],
    }[target]
    product = (torch.autograd.grad(value, vectors)[0] * vectors).sum(-1)[0].detach().numpy()
    np.testing.assert_allclose(inner(found), product[1:-1], atol=1e-5)
    assert found.details["on_special_tokens"] == pytest.approx(product[0] + product[-1], abs=1e-5)
    assert found.evaluations.model_dump() == {"asked": 1, "made": 1}


@pytest.mark.parametrize(
    "method", ["integrated-gradients", "input-x-gradient", "attention-x-gradient", "attention-rollout"]
)
def test_words_and_sentences_are_sums_of_tokens(tiny: Checkpoint, ask: Ask, method: str) -> None:
    text = "The food was good. We hated the slowly cold staff!"
    tokens, words, sentences = (ask(tiny, text, method, unit=unit) for unit in (Unit.TOKEN, Unit.WORD, Unit.SENTENCE))
    assert len(tokens.units) > len(words.units) > len(sentences.units) == 2
    for coarse in (words, sentences):
        sums = [sum(t.score for t in tokens.units if one.start <= t.start < one.end) for one in coarse.units]
        np.testing.assert_allclose(inner(coarse), sums, atol=1e-9)


def test_attention_x_gradient_by_hand() -> None:
    """Two layers of two positions: the negative product is dropped, heads are averaged, later layers multiply."""
    first = [np.array([[[0.5, 0.5], [1.0, 0.0]], [[0.0, 1.0], [0.5, 0.5]]])]
    slopes = [np.array([[[2.0, -4.0], [1.0, 3.0]], [[5.0, 2.0], [0.0, 2.0]]])]
    # head one: [[1, 0], [1, 0]]; head two: [[0, 2], [0, 1]]; mean [[.5, 1], [.5, .5]]
    mean = np.array([[0.5, 1.0], [0.5, 0.5]])
    np.testing.assert_allclose(relevance(first, slopes), np.eye(2) + mean)
    np.testing.assert_allclose(relevance(first * 2, slopes * 2), (np.eye(2) + mean) @ (np.eye(2) + mean))


@pytest.mark.parametrize("target", ["2 stars", "logit:5 stars"])
def test_attention_x_gradient_equals_the_paper(tiny: Checkpoint, ask: Ask, target: str) -> None:
    found = ask(tiny, TEXT, "attention-x-gradient", target=target, unit=Unit.TOKEN)
    model = stock(tiny, attn_implementation="eager")
    ids = torch.tensor([classify(tiny, TEXT).inputs["input_ids"]])
    output = model(ids, output_attentions=True)
    value = output.logits[0, 4] if target.startswith("logit") else output.logits[0].softmax(-1)[1]
    for layer in output.attentions:
        layer.retain_grad()
    value.backward()
    gathered = torch.eye(ids.shape[1])
    for layer in output.attentions:
        gathered = gathered + (layer.grad[0] * layer[0]).clamp(min=0).mean(0) @ gathered
    np.testing.assert_allclose(inner(found), gathered[0, 1:-1].detach().numpy(), atol=1e-5)


@pytest.mark.parametrize("method", ["integrated-gradients", "input-x-gradient", "attention-x-gradient"])
def test_the_shared_model_is_left_alone(tiny: Checkpoint, ask: Ask, method: str) -> None:
    found: list[Explanation] = []
    before = classify(tiny, TEXT).logits
    threads = [
        threading.Thread(target=lambda: found.append(ask(tiny, TEXT, method, target="expected"))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    assert len({tuple(unit.score for unit in one.units) for one in found}) == 1
    for model in (tiny.model, tiny.with_attention()):
        assert not any(module._forward_hooks for module in model.modules() if isinstance(module, nn.Embedding))
        assert not any(weight.requires_grad or weight.grad is not None for weight in model.parameters())
    assert classify(tiny, TEXT).logits == before


def test_a_tokenizer_without_a_mask_falls_back_and_says_so(tiny: Checkpoint, ask: Ask) -> None:
    tokenizer = transformers.AutoTokenizer.from_pretrained(Path(tiny.name))
    tokenizer.mask_token = None
    bare = dataclasses.replace(tiny, tokenizer=tokenizer)
    assert ask(bare, TEXT, "integrated-gradients").details["baseline"] == "[PAD]"
    tokenizer.pad_token = None
    assert ask(bare, TEXT, "integrated-gradients").details["baseline"] == "zero"


class Deaf(nn.Module):
    """A model that gets its vectors some other way than through its input embeddings."""

    def __init__(self, model: Any, times: int) -> None:
        super().__init__()
        self.config = model.config
        self.table = model.get_input_embeddings()
        self.times = times

    def get_input_embeddings(self) -> nn.Module:
        if self.times < 0:
            raise NotImplementedError
        return self.table

    def forward(self, input_ids: torch.Tensor, **_others: Any) -> Any:
        vectors = [self.table(input_ids) for _ in range(self.times)] or [self.table.weight[input_ids]]
        return transformers.modeling_outputs.SequenceClassifierOutput(logits=sum(vectors).mean(1)[:, :5])


@pytest.mark.parametrize(("times", "message"), [(0, "does not read its text through"), (2, "once and whole")])
def test_embeddings_that_are_not_the_input_are_noticed(tiny: Checkpoint, ask: Ask, times: int, message: str) -> None:
    odd = dataclasses.replace(tiny, model=Deaf(tiny.model, times))
    with pytest.raises(IncompatibleError, match=message):
        ask(odd, TEXT, "input-x-gradient")


@pytest.mark.parametrize("method", ["integrated-gradients", "input-x-gradient", "attention-x-gradient"])
def test_obstacles_are_named(tiny: Checkpoint, ask: Ask, method: str) -> None:
    assert METHODS[method].obstacle(tiny) is None
    none = dataclasses.replace(tiny, model=Deaf(tiny.model, -1))
    assert METHODS[method].obstacle(none) == "it has no input embeddings"
    with pytest.raises(IncompatibleError, match="it has no input embeddings; choose another method"):
        ask(none, TEXT, method)
    heads = {"encoder_attention_heads": 1, "decoder_attention_heads": 1}
    config = transformers.BartConfig(vocab_size=60, d_model=8, encoder_layers=1, decoder_layers=1, **heads)
    twice = dataclasses.replace(tiny, model=transformers.BartForSequenceClassification(config))
    assert METHODS[method].obstacle(twice) == "it reads the text twice, by an encoder and a decoder"


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("replacement", ["delete", "mask"])
def test_occlusion_is_the_difference_of_two_predictions(
    tiny: Checkpoint, ask: Ask, replacement: str, target: str
) -> None:
    text = "we loved the cold food"
    found = ask(tiny, text, "occlusion", target=target, replacement=replacement)
    wanted = parse_target(target, classify(tiny, text))
    pieces = text.split()

    def value(words: list[str]) -> float:
        return float(target_values(tiny, wanted, [classify(tiny, " ".join(words)).logits])[0])

    filler = ["[MASK]"] if replacement == "mask" else []
    expected = [value(pieces) - value([*pieces[:index], *filler, *pieces[index + 1 :]]) for index in range(len(pieces))]
    np.testing.assert_allclose(inner(found), expected, atol=1e-5)
    assert found.evaluations.asked == 6
