"""Every method against what it must find on checkpoints built by hand, and SHAP against its definition."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers

from workbench.checkpoints import Checkpoint, load_checkpoint
from workbench.errors import IncompatibleError
from workbench.explainers import METHODS
from workbench.pipeline import classify, parse_target, target_values
from workbench.schema import Explanation, Unit

Ask = Callable[..., Explanation]
MASK = 0.5
WEIGHTS = {
    "good": 2.0,
    "bad": -2.5,
    "food": 0.25,
    "but": -0.3,
    "slow": -1.0,
    "##ly": -0.75,
    ".": 0.1,
    "[MASK]": MASK,
}
# Its words, with the weight and the number of the tokens of each.
TEXT = "The food was very good but slowly bad."
WORDS = ["The", "food", "was", "very", "good", "but", "slowly", "bad", "."]
SUMS = np.array([0.0, 0.25, 0.0, 0.0, 2.0, -0.3, -1.75, -2.5, 0.1])
COUNTS = np.array([1, 1, 1, 1, 1, 1, 2, 1, 1])
POSITIVE = "logit:POSITIVE"


def scores(found: Explanation) -> np.ndarray:
    return np.array([unit.score for unit in found.units])


def by_text(found: Explanation) -> dict[str, float]:
    return {unit.text: unit.score for unit in found.units}


@pytest.fixture(scope="module")
def linear(make_bag: Callable[..., Checkpoint]) -> Checkpoint:
    return make_bag(WEIGHTS)


@pytest.fixture(scope="module")
def one_word(make_bag: Callable[..., Checkpoint]) -> Checkpoint:
    return make_bag({"good": 3.0})


@pytest.fixture(scope="module")
def negation(make_bag: Callable[..., Checkpoint]) -> Checkpoint:
    """f = good - 2 * not * good."""
    return make_bag({"good": 1.0}, {("not", "good"): -2.0})


LINEAR: list[tuple[str, dict[str, Any], np.ndarray]] = [
    # A word is masked by one mask token, however many tokens it has.
    ("shap", {"algorithm": "exact"}, SUMS - MASK),
    ("shap", {"algorithm": "partition", "budget": 2000}, SUMS - MASK),
    ("occlusion", {"replacement": "delete"}, SUMS),
    ("occlusion", {"replacement": "mask"}, SUMS - MASK),
    # Gradients see tokens, each with a baseline of its own.
    ("integrated-gradients", {"baseline": "mask"}, SUMS - MASK * COUNTS),
    ("integrated-gradients", {"baseline": "pad"}, SUMS),
    ("integrated-gradients", {"baseline": "zero"}, SUMS),
    ("input-x-gradient", {}, SUMS),
]


@pytest.mark.parametrize(("method", "options", "expected"), LINEAR, ids=lambda value: str(value)[:40])
def test_a_sum_of_weights(linear: Checkpoint, ask: Ask, method: str, options: dict[str, Any], expected: Any) -> None:
    found = ask(linear, TEXT, method, target=POSITIVE, **options)
    assert [unit.text for unit in found.units] == WORDS
    np.testing.assert_allclose(scores(found), expected, atol=1e-5)
    assert found.full_value == pytest.approx(SUMS.sum(), abs=1e-5)
    assert found.unresolved == ()


@pytest.mark.parametrize(("method", "options", "expected"), LINEAR, ids=lambda value: str(value)[:40])
def test_a_contrast_is_the_difference_of_two_logits(
    linear: Checkpoint, ask: Ask, method: str, options: dict[str, Any], expected: Any
) -> None:
    found = ask(linear, TEXT, method, target="NEGATIVE - POSITIVE", **options)
    np.testing.assert_allclose(scores(found), -expected, atol=1e-5)


@pytest.mark.parametrize("method", ["occlusion", "integrated-gradients", "input-x-gradient"])
def test_a_sum_of_weights_by_tokens_and_sentences(linear: Checkpoint, ask: Ask, method: str) -> None:
    options = {"baseline": "zero"} if method == "integrated-gradients" else {}
    text = "The food was good. But slowly bad!"
    by_token = ask(linear, text, method, target=POSITIVE, unit=Unit.TOKEN, **options)
    expected = [WEIGHTS.get(token.text, 0.0) for token in classify(linear, text).tokens if not token.special]
    # Deleting the first half of a word leaves a second half that the vocabulary has not as a word.
    kept = [
        index for index, unit in enumerate(by_token.units) if method != "occlusion" or unit.text not in {"slow", "ly"}
    ]
    np.testing.assert_allclose(scores(by_token)[kept], np.array(expected)[kept], atol=1e-5)
    by_sentence = ask(linear, text, method, target=POSITIVE, unit=Unit.SENTENCE, **options)
    assert [unit.text for unit in by_sentence.units] == ["The food was good.", "But slowly bad!"]
    np.testing.assert_allclose(scores(by_sentence), [0.25 + 2.0 + 0.1, -0.3 - 1.75 - 2.5], atol=1e-5)


def test_sentences_are_the_players_of_shap_and_the_columns_of_lime(linear: Checkpoint, ask: Ask) -> None:
    text = "The food was good. But slowly bad!"
    sums = np.array([0.25 + 2.0 + 0.1, -0.3 - 1.75 - 2.5])
    found = ask(linear, text, "shap", target=POSITIVE, unit=Unit.SENTENCE)
    np.testing.assert_allclose(scores(found), sums - MASK, atol=1e-5)
    assert found.evaluations.made == 4
    # Two columns are few for a kernel this narrow; the signs and the order have to come out.
    fitted = scores(ask(linear, text, "lime", target=POSITIVE, unit=Unit.SENTENCE, kernel_width=1000))
    np.testing.assert_allclose(fitted, sums, atol=0.05)


def test_lime_fits_a_linear_model_as_far_as_its_ridge_lets_it(linear: Checkpoint, ask: Ask) -> None:
    found = ask(linear, TEXT, "lime", target=POSITIVE, budget=2000, kernel_width=1000)
    np.testing.assert_allclose(scores(found), SUMS, atol=0.02)
    assert float(found.details["r2"]) > 0.999
    usual = scores(ask(linear, TEXT, "lime", target=POSITIVE))
    assert np.corrcoef(usual, SUMS)[0, 1] > 0.95


SEEING = ("shap", "lime", "occlusion", "integrated-gradients", "input-x-gradient")


@pytest.mark.parametrize("target", ["POSITIVE", "NEGATIVE", POSITIVE, "POSITIVE - NEGATIVE"])
@pytest.mark.parametrize("method", SEEING)
def test_a_model_that_looks_at_one_word(one_word: Checkpoint, ask: Ask, method: str, target: str) -> None:
    found = by_text(ask(one_word, "We loved the good cold food", method, target=target))
    sign = -1 if target == "NEGATIVE" else 1
    assert sign * found.pop("good") > 0.05
    # LIME's samples correlate by chance and its ridge pulls, so the others come out near nothing rather than at it.
    assert max(map(abs, found.values())) < (0.05 if method == "lime" else 1e-6)


PAIR = {
    "shap": {"not": -1.0, "good": 0.0},
    "integrated-gradients": {"not": -1.0, "good": 0.0},
    "occlusion": {"not": -2.0, "good": -1.0},
    "input-x-gradient": {"not": -2.0, "good": -1.0},
}


@pytest.mark.parametrize("method", PAIR)
def test_a_pair_that_turns_round(negation: Checkpoint, ask: Ask, method: str) -> None:
    """f(good) = 1, f(not) = 0, f(not good) = -1; on the way from nothing f = a - 2 a^2."""
    found = by_text(ask(negation, "the food was not good", method, target=POSITIVE))
    expected = {"the": 0.0, "food": 0.0, "was": 0.0} | PAIR[method]
    assert found == pytest.approx(expected, abs=1e-5)


def test_lime_puts_the_blame_of_a_pair_on_the_negation(negation: Checkpoint, ask: Ask) -> None:
    found = by_text(ask(negation, "the food was not good", "lime", target=POSITIVE))
    assert min(found, key=lambda word: found[word]) == "not"
    assert found["not"] < -0.5


def definition(checkpoint: Checkpoint, text: str, target: str) -> np.ndarray:
    """Shapley values over all subsets of words, on the bare model, in one batch."""
    pieces = text.split()
    count = len(pieces)
    subsets = [frozenset(kept) for size in range(count + 1) for kept in combinations(range(count), size)]
    mask = checkpoint.tokenizer.mask_token
    texts = [" ".join(piece if index in kept else mask for index, piece in enumerate(pieces)) for kept in subsets]
    with torch.inference_mode():
        logits = checkpoint.model(**checkpoint.tokenizer(texts, return_tensors="pt", padding=True)).logits.numpy()
    values = target_values(checkpoint, parse_target(target, classify(checkpoint, text)), logits)
    worth = dict(zip(subsets, values, strict=True))
    share = [math.factorial(size) * math.factorial(count - size - 1) / math.factorial(count) for size in range(count)]
    return np.array(
        [
            sum(share[len(kept)] * (worth[kept | {word}] - worth[kept]) for kept in subsets if word not in kept)
            for word in range(count)
        ]
    )


@pytest.mark.parametrize("target", ["2 stars", "logit:5 stars", "expected", "5 stars - 1 star"])
@pytest.mark.parametrize(
    "text",
    ["we loved this film", "we hated the slow staff but not the food", "the very cold food was not good but we loved"],
)
def test_shap_equals_its_definition(tiny: Checkpoint, ask: Ask, text: str, target: str) -> None:
    found = ask(tiny, text, "shap", target=target)
    assert found.details["algorithm"] == "exact"
    np.testing.assert_allclose(scores(found), definition(tiny, text, target), atol=1e-5)


@pytest.fixture(scope="module")
def staring(make_checkpoint: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    """One layer of BERT whose every head and position attends to the word "good" alone."""
    source = make_checkpoint(("NEGATIVE", "POSITIVE"), layers=1)
    model = transformers.AutoModelForSequenceClassification.from_pretrained(source)
    tokenizer = transformers.AutoTokenizer.from_pretrained(source)
    attention = model.bert.encoder.layer[0].attention.self
    with torch.no_grad():
        table = model.bert.embeddings
        table.position_embeddings.weight.zero_()
        table.token_type_embeddings.weight.zero_()
        table.word_embeddings.weight[:, 0] = -1.0
        table.word_embeddings.weight[tokenizer.convert_tokens_to_ids("good")] = torch.eye(model.config.hidden_size)[0]
        attention.query.weight.zero_()
        attention.query.bias.fill_(10.0)
        attention.key.weight.zero_()
        attention.key.weight[:, 0] = 10.0
    place = tmp_path_factory.mktemp("checkpoint") / "staring"
    model.save_pretrained(place)
    tokenizer.save_pretrained(place)
    return load_checkpoint(str(place), device="cpu")


STARED = "we loved the good cold food"


def test_rollout_finds_where_all_attention_goes(staring: Checkpoint, ask: Ask) -> None:
    found = ask(staring, STARED, "attention-rollout")
    # Half of a layer passes straight on, so half of the share stays with the position that is read.
    assert by_text(found) == pytest.approx(dict.fromkeys(STARED.split(), 0.0) | {"good": 0.5}, abs=1e-5)
    assert found.details["on_special_tokens"] == pytest.approx(0.5, abs=1e-5)


def test_attention_x_gradient_finds_where_all_attention_goes(staring: Checkpoint, ask: Ask) -> None:
    found = [ask(staring, STARED, "attention-x-gradient", target=target) for target in (POSITIVE, "logit:NEGATIVE")]
    for one in found:
        others = [score for word, score in by_text(one).items() if word != "good"]
        assert max(others) == pytest.approx(0.0, abs=1e-5)
    assert max(by_text(one)["good"] for one in found) > 0.01


def test_attention_x_gradient_depends_on_the_target_and_rollout_does_not(tiny: Checkpoint, ask: Ask) -> None:
    text = "the food was good but we hated the staff"
    one, other = (
        ask(tiny, text, "attention-x-gradient", target=target) for target in ("logit:5 stars", "logit:1 star")
    )
    assert np.abs(scores(one) - scores(other)).max() > 1e-4
    one, other = (ask(tiny, text, "attention-rollout", target=target) for target in ("logit:5 stars", "logit:1 star"))
    np.testing.assert_array_equal(scores(one), scores(other))


@pytest.mark.parametrize("method", ["attention-rollout", "attention-x-gradient"])
def test_without_attention_the_reason_is_named(linear: Checkpoint, ask: Ask, method: str) -> None:
    assert METHODS[method].obstacle(linear) == "it has no attention heads"
    with pytest.raises(IncompatibleError, match="it has no attention heads; choose another method"):
        ask(linear, TEXT, method)
