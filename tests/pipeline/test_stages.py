from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers
from hypothesis import given
from hypothesis import strategies as st

from workbench.checkpoints import Checkpoint, load_checkpoint
from workbench.errors import TextError
from workbench.pipeline import batches, classify, classify_many, encode_rows, infer, preprocess, probabilities
from workbench.schema import Activation, Prediction

TEXTS = (
    "The food was very good, and we loved it!",
    "bad",
    "the staff ignored us (zzz) but the room was <clean>",
    "  two\tspaces \n\n here  ",
    "naïve café 😀 👩‍👩‍👧 日本語",
    "don't",
    "?!",
    "שלום the room",
)


@pytest.fixture(params=["tiny", "tiny_bpe", "tiny_multi"])
def any_checkpoint(request: pytest.FixtureRequest) -> Checkpoint:
    return request.getfixturevalue(request.param)


def bare(checkpoint: Checkpoint, text: str) -> torch.Tensor:
    """Logits by the plain model on the plain tokenizer's output, padding and our code kept out."""
    model = transformers.AutoModelForSequenceClassification.from_pretrained(
        Path(checkpoint.name), dtype="float32"
    ).eval()
    inputs = checkpoint.tokenizer(text, return_tensors="pt", truncation=True, max_length=checkpoint.token_limit)
    with torch.inference_mode():
        return model(**inputs).logits[0]


@pytest.mark.parametrize("text", TEXTS)
def test_logits_and_probabilities_are_those_of_torch(any_checkpoint: Checkpoint, text: str) -> None:
    prediction = classify(any_checkpoint, text)
    logits = bare(any_checkpoint, text)
    multi = any_checkpoint.activation is Activation.SIGMOID
    chances = torch.sigmoid(logits) if multi else torch.softmax(logits, dim=-1)
    assert prediction.logits == pytest.approx(logits.tolist(), abs=1e-5)
    assert prediction.probabilities == pytest.approx(chances.tolist(), abs=1e-6)
    assert prediction.label == any_checkpoint.labels[int(logits.argmax())]
    asserted = [label for label, chance in zip(any_checkpoint.labels, chances, strict=True) if chance >= 0.5]
    assert list(prediction.selected) == (asserted if multi else [prediction.label])


def test_expected_rating(tiny: Checkpoint, tiny_bpe: Checkpoint) -> None:
    prediction = classify(tiny, TEXTS[0])
    assert prediction.expected_rating == pytest.approx(sum((i + 1) * p for i, p in enumerate(prediction.probabilities)))
    assert classify(tiny_bpe, TEXTS[0]).expected_rating is None


def test_many_and_one_give_the_same(any_checkpoint: Checkpoint) -> None:
    together = classify_many(any_checkpoint, TEXTS)
    for text, prediction in zip(TEXTS, together, strict=True):
        alone = classify(any_checkpoint, text)
        assert prediction.logits == pytest.approx(alone.logits, abs=1e-5)
        assert prediction.model_copy(
            update={"logits": (), "probabilities": (), "expected_rating": None}
        ) == alone.model_copy(update={"logits": (), "probabilities": (), "expected_rating": None})


def test_no_texts_give_no_predictions(any_checkpoint: Checkpoint) -> None:
    assert classify_many(any_checkpoint, []) == []
    assert classify_many(any_checkpoint, [], normalise=True) == []


def test_tokens_of_wordpiece(tiny: Checkpoint) -> None:
    prediction = classify(tiny, "The slowly zzz")
    assert [token.text for token in prediction.tokens] == ["[CLS]", "the", "slow", "##ly", "[UNK]", "[SEP]"]
    assert [token.span and (token.span.start, token.span.end) for token in prediction.tokens] == [
        None, (0, 3), (4, 8), (8, 10), (11, 14), None,
    ]  # fmt: skip
    assert [token.special for token in prediction.tokens] == [True, False, False, False, False, True]
    assert [token.unknown for token in prediction.tokens] == [False, False, False, False, True, False]
    assert prediction.inputs["input_ids"] == tuple(token.id for token in prediction.tokens)
    assert prediction.inputs["token_type_ids"] == (0,) * 6
    assert prediction.inputs["attention_mask"] == (1,) * 6
    assert prediction.unread_from is None
    assert prediction.token_limit == 48


def test_special_tokens_that_the_user_typed_keep_their_place(tiny: Checkpoint) -> None:
    prediction = classify(tiny, "good [SEP] bad")
    assert [token.text for token in prediction.tokens] == ["[CLS]", "good", "[SEP]", "bad", "[SEP]"]
    assert [token.special for token in prediction.tokens] == [True, False, False, False, True]
    assert [token.span.of(prediction.text) for token in prediction.tokens if token.span] == ["good", "[SEP]", "bad"]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("normalise", [False, True])
def test_spans_point_into_the_users_text(any_checkpoint: Checkpoint, text: str, normalise: bool) -> None:
    prediction = classify(any_checkpoint, text, normalise=normalise)
    read = set()
    for token in prediction.tokens:
        assert (token.span is None) is token.special
        if token.span:
            read |= set(range(token.span.start, token.span.end))
            piece = token.span.of(text)
            if any_checkpoint.model.config.model_type == "bert" and not token.unknown:
                assert piece.lower() == token.text.removeprefix("##")
    assert {index for index, sign in enumerate(text) if not sign.isspace() and sign.isprintable()} <= read


@given(st.lists(st.sampled_from(["good", "bad", "zzz", "!", " ", "\t\n", "\u00a0", "  "]), min_size=1, max_size=12))
def test_normalising_changes_neither_tokens_nor_their_text(tiny_bpe_or_tiny: Checkpoint, parts: list[str]) -> None:
    text = "room" + "".join(parts)
    plain, folded = preprocess(tiny_bpe_or_tiny, [text])[0], preprocess(tiny_bpe_or_tiny, [text], normalise=True)[0]
    by_hand = preprocess(tiny_bpe_or_tiny, [" ".join(text.split())])[0]
    assert folded.text == text
    assert folded.inputs == by_hand.inputs
    for ours, theirs in zip(folded.tokens, by_hand.tokens, strict=True):
        if ours.span and theirs.span:
            assert ours.span.of(text).split() == theirs.span.of(by_hand.text).split()
    if tiny_bpe_or_tiny.model.config.model_type == "bert":
        assert folded.tokens == plain.tokens


@pytest.fixture(scope="module", params=["tiny", "tiny_bpe"])
def tiny_bpe_or_tiny(request: pytest.FixtureRequest) -> Checkpoint:
    return request.getfixturevalue(request.param)


def test_text_past_the_limit_is_shown_as_unread(tiny: Checkpoint) -> None:
    text = "good " * 46 + "bad room"
    prediction = classify(tiny, text)
    assert len(prediction.tokens) == 48
    assert [token.text for token in prediction.tokens] == ["[CLS]", *["good"] * 46, "[SEP]"]
    assert prediction.unread_from == 46 * 5 - 1
    assert prediction.read_text == ("good " * 46).strip()
    assert prediction.logits == pytest.approx(bare(tiny, text).tolist(), abs=1e-5)
    assert prediction.inputs["input_ids"] == tuple(encode_rows(tiny, [text])[0])
    assert classify(tiny, "good " * 46).unread_from is None


def test_text_past_the_limit_of_another_tokenizer(tiny_bpe: Checkpoint) -> None:
    text = "the food was very good and the staff were great " * 12
    prediction = classify(tiny_bpe, text)
    assert len(prediction.tokens) == 48
    assert prediction.inputs["input_ids"] == tuple(encode_rows(tiny_bpe, [text])[0])
    assert prediction.logits == pytest.approx(bare(tiny_bpe, text).tolist(), abs=1e-5)
    last = [token.span.end for token in prediction.tokens if token.span][-1]
    assert prediction.unread_from == last < len(text)


def test_a_text_of_a_hundred_thousand_characters(tiny: Checkpoint) -> None:
    assert classify(tiny, "a" * 100_000).tokens[1].unknown
    prediction = classify(tiny, "bad room " * 11_200)
    assert len(prediction.tokens) == 48
    assert prediction.unread_from == 46 // 2 * 9 - 1


@pytest.mark.parametrize("text", ["", " \n", "\u200b", "a\ud800"])
def test_what_cannot_be_read_is_refused(tiny: Checkpoint, text: str) -> None:
    with pytest.raises(TextError, match="; "):
        classify(tiny, text)
    with pytest.raises(TextError):
        classify_many(tiny, ["good", text])


def test_padding_changes_nothing(any_checkpoint: Checkpoint) -> None:
    rows = encode_rows(any_checkpoint, ["bad", "", "the room was clean but the service was terrible"])
    alone = np.concatenate([infer(any_checkpoint, [row]) for row in rows])
    np.testing.assert_allclose(infer(any_checkpoint, rows), alone, atol=1e-5)


def test_long_rows_are_cut_as_the_tokenizer_would_cut_them(any_checkpoint: Checkpoint) -> None:
    """And without its truncation, a setting of the one tokenizer that other threads are using."""
    texts = [
        "bad",
        "the room was clean " * any_checkpoint.token_limit,
        "",
        "[SEP] </s> good " * any_checkpoint.token_limit,
    ]
    any_checkpoint.tokenizer.backend_tokenizer.no_truncation()
    rows = encode_rows(any_checkpoint, texts)
    assert any_checkpoint.tokenizer.backend_tokenizer.truncation is None
    own = any_checkpoint.tokenizer(texts, truncation=True, max_length=any_checkpoint.token_limit)["input_ids"]
    assert rows == own
    assert max(map(len, rows)) == any_checkpoint.token_limit


@given(st.lists(st.integers(1, 60), max_size=40), st.integers(1, 200))
def test_batches_hold_every_row_once_and_never_too_many_positions(lengths: list[int], positions: int) -> None:
    groups = batches(lengths, positions)
    assert sorted(index for group in groups for index in group) == list(range(len(lengths)))
    for group in groups:
        longest = max(lengths[index] for index in group)
        assert longest * len(group) <= positions or len(group) == 1
    order = [lengths[index] for group in groups for index in group]
    assert order == sorted(order, reverse=True)


@given(st.lists(st.floats(-800, 800), min_size=1, max_size=6))
def test_probabilities_of_extreme_logits(logits: list[float]) -> None:
    top = max(logits)
    total = sum(math.exp(value - top) for value in logits)
    soft = [math.exp(value - top) / total for value in logits]
    assert probabilities(logits, Activation.SOFTMAX).tolist() == pytest.approx(soft, abs=1e-12)
    sigmoid = [1 / (1 + math.exp(-value)) if value > -700 else 0.0 for value in logits]
    assert probabilities(logits, Activation.SIGMOID).tolist() == pytest.approx(sigmoid, abs=1e-12)


@pytest.mark.slow
def test_the_trained_checkpoint_equals_a_stock_pipeline(stars: Checkpoint) -> None:
    stock = transformers.pipeline("text-classification", model=stars.model, tokenizer=stars.tokenizer, top_k=None)
    texts = ["I really loved that movie", "Terrible experience, would not recommend.", "The room was clean. " * 150]
    for text, answers in zip(texts, stock(texts, truncation=True), strict=True):
        prediction: Prediction = classify(stars, text)
        expected = {answer["label"]: answer["score"] for answer in answers}
        assert dict(zip(prediction.labels, prediction.probabilities, strict=True)) == pytest.approx(expected, abs=1e-5)


def test_a_checkpoint_is_loaded_again_the_same(tiny: Checkpoint) -> None:
    again = load_checkpoint(tiny.name, device="cpu")
    assert classify(again, TEXTS[0]) == classify(tiny, TEXTS[0])
