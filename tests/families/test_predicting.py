"""Every family answers as plain transformers does, and every token stands where it should."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers

from workbench.checkpoints import Checkpoint, describe, load_checkpoint
from workbench.checkpoints.shrinking import shrink
from workbench.errors import CheckpointError
from workbench.pipeline import classify, classify_many, encode_rows, infer, preprocess
from workbench.schema import Activation
from workbench.scoring import Scorer
from workbench.text import words

LIMIT = 40
TEXT = "The room was clean, but we didn't like the cold food."
ODD = "  Naïve café,\n\n\tÜmit's 2nd visit… 😀 日本語 e\u0301te\u0301 [MASK] <mask>  "
LONG = "The staff were good and the room was clean. " * 14


@pytest.fixture(scope="session")
def plain(folder: Path) -> Callable[[str], torch.Tensor]:
    """The logits that transformers gives, with all that its tokenizer returns."""
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder, dtype="float32").eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)

    def logits(text: str) -> torch.Tensor:
        encoded = tokenizer(text, return_tensors="pt", truncation=True, max_length=LIMIT)
        with torch.inference_mode():
            found: torch.Tensor = model(**encoded).logits[0]
        return found

    return logits


@pytest.mark.parametrize("text", [TEXT, ODD, LONG], ids=["usual", "odd", "long"])
def test_the_answer_is_that_of_transformers(
    checkpoint: Checkpoint, plain: Callable[[str], torch.Tensor], text: str
) -> None:
    prediction = classify(checkpoint, text)
    expected = plain(text)
    assert prediction.logits == pytest.approx(expected.tolist(), rel=1e-5, abs=1e-5)
    assert prediction.probabilities == pytest.approx(expected.softmax(-1).tolist(), abs=1e-5)
    assert prediction.label == checkpoint.labels[int(expected.argmax())]


def test_answers_differ_and_padding_changes_none(checkpoint: Checkpoint, plain: Callable[[str], torch.Tensor]) -> None:
    texts = [TEXT, "Terrible.", LONG, "Great phone, the battery lasts for days", ODD]
    expected = np.array([plain(text).tolist() for text in texts])
    assert np.ptp(expected, axis=0).max() > 0.1
    # A logit near zero is a sum of large ones, and as exact as those.
    near = 1e-5 * np.abs(expected).max()
    together = classify_many(checkpoint, texts)
    np.testing.assert_allclose([one.logits for one in together], expected, rtol=1e-5, atol=near)
    # The door of perturbed texts pads in batches of its own.
    np.testing.assert_allclose(Scorer(checkpoint).start().logits(texts), expected, rtol=1e-5, atol=near)


@pytest.mark.parametrize("text", [TEXT, ODD, f"  {TEXT}\n"], ids=["usual", "odd", "space at the ends"])
def test_tokens_stand_where_they_should(checkpoint: Checkpoint, text: str) -> None:
    prediction = classify(checkpoint, text)
    tokens = [token for token in prediction.tokens if token.span]
    pieces = [token.span.of(text) for token in tokens if token.span]
    assert [piece for piece in pieces if piece != piece.strip()] == []
    starts = [token.span.start for token in tokens if token.span]
    assert starts == sorted(starts)
    covered = {index for token in tokens if token.span for index in range(token.span.start, token.span.end)}
    assert {index for index, sign in enumerate(prediction.read_text) if sign.isalnum()} <= covered
    for token, piece in zip(tokens, pieces, strict=True):
        letters = token.text.removeprefix("##").lstrip("▁Ġ")
        if letters.isascii() and letters.isalnum() and piece.isascii():
            assert piece.lower() == letters.lower()


def test_each_word_starts_with_a_token(checkpoint: Checkpoint) -> None:
    starts = {token.span.start for token in classify(checkpoint, TEXT).tokens if token.span}
    assert {span.start for span in words(TEXT) if span.start and TEXT[span.start - 1] == " "} <= starts


def test_reading_stops_at_the_limit(checkpoint: Checkpoint) -> None:
    prediction = classify(checkpoint, LONG)
    assert checkpoint.token_limit == len(prediction.tokens) == LIMIT
    assert prediction.unread_from is not None
    assert prediction.unread_from == max(token.span.end for token in prediction.tokens if token.span)
    assert (prediction.tokens[0].special, prediction.tokens[-1].special) == (True, True)
    assert [len(row) for row in encode_rows(checkpoint, [LONG])] == [LIMIT]


def encode_all(checkpoint: Checkpoint, text: str) -> list[int]:
    return list(checkpoint.tokenizer(text)["input_ids"])


def test_the_longest_text_is_read_whole(checkpoint: Checkpoint) -> None:
    """As many tokens as the model has positions for, and not one more."""
    beginnings = [LONG[:end] for end in range(1, len(LONG))]
    longest = bisect_left(beginnings, True, key=lambda text: len(encode_all(checkpoint, text)) > LIMIT) - 1
    prediction = classify(checkpoint, beginnings[longest])
    assert prediction.unread_from is None
    assert len(prediction.tokens) in {LIMIT - 1, LIMIT}
    config = checkpoint.model.config
    if "position_embeddings" in str(checkpoint.model):
        beyond = torch.full((1, LIMIT + 1), prediction.tokens[1].id)
        with pytest.raises((IndexError, RuntimeError)):
            checkpoint.model(input_ids=beyond)
    else:
        assert config.max_position_embeddings == LIMIT


def test_a_long_text_in_windows(checkpoint: Checkpoint) -> None:
    prediction = classify(checkpoint, LONG, windows=True)
    assert prediction.unread_from is None
    assert len(prediction.windows) > 2
    edges = {span.start for span in words(LONG)} | {0}
    assert {window.start for window in prediction.windows} <= edges
    for window in prediction.windows:
        alone = classify(checkpoint, LONG[window.start : window.end])
        assert alone.unread_from is None
        assert window.prediction.logits == pytest.approx(alone.logits, abs=1e-5)
    weights = np.array([window.weight for window in prediction.windows])
    chances = np.array([window.prediction.probabilities for window in prediction.windows])
    assert prediction.probabilities == pytest.approx(list(weights @ chances), abs=1e-6)


@pytest.mark.parametrize(
    ("stated", "expected"),
    [(1e30, LIMIT), (int(1e30), LIMIT), (None, LIMIT), (LIMIT + 100, LIMIT), (17, 17), (0, LIMIT), (-1, LIMIT)],
)
def test_the_smaller_limit_counts(
    folder: Path, make_copy: Callable[..., Path], stated: float | None, expected: int
) -> None:
    changed = make_copy(folder, "tokenizer_config.json", model_max_length=stated)
    loaded = load_checkpoint(str(changed), device="cpu")
    assert loaded.token_limit == expected
    assert len(classify(loaded, LONG).tokens) == expected


def test_a_tokenizer_without_any_limit(checkpoint: Checkpoint, folder: Path) -> None:
    loaded = load_checkpoint(str(folder), device="cpu")
    loaded.tokenizer.model_max_length = None
    assert loaded.token_limit == checkpoint.token_limit


@pytest.mark.parametrize(
    ("family_name", "stated", "expected"),
    [
        ("bert", 512, 512),
        ("distilbert", 512, 512),
        ("roberta", 514, 512),
        ("xlm-roberta", 514, 512),
        ("mpnet", 514, 512),
        ("electra", 512, 512),
        ("albert", 512, 512),
        ("deberta-v2", 512, 512),
        ("modernbert", 8192, 8192),
    ],
)
def test_the_limits_of_the_published_sizes(
    make_family: Callable[..., Path], family_name: str, stated: int, expected: int
) -> None:
    place = make_family(family_name, tokenizer_limit=1e30, limit=expected)
    assert json.loads((place / "config.json").read_text("utf-8"))["max_position_embeddings"] == stated
    loaded = load_checkpoint(str(place), device="cpu")
    assert loaded.token_limit == expected
    (encoded,) = preprocess(loaded, ["The food was good. " * (expected // 3)])
    assert len(encoded) == expected
    if expected < 1000:
        assert infer(loaded, [encoded.inputs["input_ids"]]).shape == (1, 5)


def test_what_states_no_limit_gets_a_cautious_one(tiny: Checkpoint) -> None:
    from workbench.checkpoints.architecture import token_limit

    class Silent(torch.nn.Module):
        config = transformers.PretrainedConfig()

    tokenizer: Any = type("Tokenizer", (), {"model_max_length": 1e30})()
    silent: Any = Silent()
    assert token_limit(silent, tokenizer) == 512
    tokenizer.model_max_length = 2048
    assert token_limit(silent, tokenizer) == 2048


@pytest.mark.parametrize("count", [2, 3, 50])
def test_few_labels_and_many(family: str, make_family: Callable[..., Path], count: int) -> None:
    labels = tuple(f"topic {index}" for index in range(count))
    place = make_family(family, labels)
    loaded = load_checkpoint(str(place), device="cpu")
    prediction = classify(loaded, TEXT)
    assert loaded.labels == tuple(describe(str(place))["labels"]) == labels
    assert loaded.activation is Activation.SOFTMAX
    assert len(prediction.probabilities) == count
    assert sum(prediction.probabilities) == pytest.approx(1)
    assert prediction.expected_rating is None


def test_labels_without_names(make_family: Callable[..., Path]) -> None:
    """Two labels of no special name are left out of config.json."""
    place = make_family("bert", ("LABEL_0", "LABEL_1"))
    assert "id2label" not in json.loads((place / "config.json").read_text("utf-8"))
    assert describe(str(place))["labels"] == ["LABEL_0", "LABEL_1"]
    assert load_checkpoint(str(place), device="cpu").labels == ("LABEL_0", "LABEL_1")


def test_a_head_of_more_labels_than_named(make_family: Callable[..., Path], make_copy: Callable[..., Path]) -> None:
    place = make_copy(make_family("bert"), "config.json", id2label=None, label2id=None)
    with pytest.raises(CheckpointError, match="2 labels for a head of 5; mend"):
        load_checkpoint(str(place))


def test_cased_and_uncased(make_family: Callable[..., Path]) -> None:
    for name in ("bert", "distilbert", "electra", "mpnet", "albert", "deberta-v2"):
        cased, uncased = (load_checkpoint(str(make_family(name, lower=lower)), device="cpu") for lower in (False, True))
        loud, quiet = "THE ROOM WAS CLEAN", "the room was clean"
        assert classify(uncased, loud).logits == classify(uncased, quiet).logits, name
        assert classify(cased, loud).logits != classify(cased, quiet).logits, name
        for loaded in (cased, uncased):
            spans = [token.span for token in classify(loaded, loud).tokens if token.span]
            covered = {index for span in spans for index in range(span.start, span.end)}
            assert covered == {index for index, sign in enumerate(loud) if sign != " "}, name


@pytest.mark.parametrize("labels", [("stars",), ("low", "high")])
def test_a_regression_head_is_refused(
    family: str, make_family: Callable[..., Path], labels: tuple[str, ...], run_cli: Callable[..., Any]
) -> None:
    place = make_family(family, labels, problem="regression")
    with pytest.raises(CheckpointError, match="is a regression head, which gives a number and no label; choose"):
        load_checkpoint(str(place))
    run_cli("predict", TEXT, "--checkpoint", place).assert_fault(3)
    run_cli("checkpoints", "show", place).assert_fault(3)


def test_one_output_that_is_no_regression_is_a_sigmoid(family: str, make_family: Callable[..., Path]) -> None:
    loaded = load_checkpoint(str(make_family(family, ("toxic",))), device="cpu")
    prediction = classify(loaded, TEXT)
    assert prediction.activation is Activation.SIGMOID
    assert prediction.probabilities == pytest.approx([1 / (1 + np.exp(-prediction.logits[0]))])


def test_a_tokenizer_that_tells_segments_apart_is_refused(
    make_family: Callable[..., Path], make_copy: Callable[..., Path]
) -> None:
    source = make_family("modernbert")
    template = json.loads((source / "tokenizer.json").read_text("utf-8"))["post_processor"]
    for part in template["single"]:
        next(iter(part.values()))["type_id"] = 2
    place = make_copy(source, "tokenizer.json", post_processor=template)
    names = json.loads((place / "tokenizer_config.json").read_text("utf-8"))
    names["model_input_names"] = ["input_ids", "token_type_ids", "attention_mask"]
    (place / "tokenizer_config.json").write_text(json.dumps(names), encoding="utf-8")
    with pytest.raises(CheckpointError, match="tells segments apart within one text, as that of XLNet does; choose"):
        load_checkpoint(str(place))


def test_a_sentencepiece_file_alone_counts_as_a_tokenizer(
    make_family: Callable[..., Path], make_copy: Callable[..., Path]
) -> None:
    """As the published DeBERTa-v3 has it; whether it can be read is another question."""
    from workbench.checkpoints.validation import check_tokenizer

    place = make_copy(make_family("deberta-v2"), "config.json")
    (place / "tokenizer.json").unlink()
    with pytest.raises(CheckpointError, match="has no tokenizer"):
        check_tokenizer(place)
    (place / "spm.model").write_bytes(b"pieces")
    check_tokenizer(place)
    assert (shrink(place, place.parent / "small") / "spm.model").read_bytes() == b"pieces"


def test_half_the_size_and_hardly_another_answer(checkpoint: Checkpoint, folder: Path, tmp_path: Path) -> None:
    small = load_checkpoint(str(shrink(folder, tmp_path / "small")), device="cpu")
    assert classify(small, TEXT).probabilities == pytest.approx(classify(checkpoint, TEXT).probabilities, abs=0.05)
