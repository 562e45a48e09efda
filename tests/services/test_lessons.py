"""The guided tour: each number is that of the text, computed here in another way."""

from __future__ import annotations

import math
import re

import pytest
import torch

from workbench.checkpoints import Checkpoint
from workbench.pipeline import classify
from workbench.schema import Lesson
from workbench.services import lessons
from workbench.services.lessons import split_words

TITLES = [
    "Text becomes tokens",
    "Tokens become ids",
    "Special tokens",
    "Padding and the attention mask",
    "Truncation",
    "Logits are no probabilities",
    "Softmax: from logits to probabilities",
    "Confidence, and why a label alone misleads",
]
TEXT = "Good foods, was slowly xyzzy"


def tour(checkpoint: Checkpoint, text: str, *, windows: bool = False) -> dict[str, Lesson]:
    found = lessons(checkpoint, classify(checkpoint, text, windows=windows))
    return {lesson.title: lesson for lesson in found}


def test_the_steps_are_those_of_the_pipeline(tiny: Checkpoint) -> None:
    assert list(tour(tiny, TEXT)) == TITLES


def test_words_in_pieces_are_those_of_the_tokenizer(tiny: Checkpoint) -> None:
    prediction = classify(tiny, TEXT)
    expected = [(word, tuple(tiny.tokenizer.tokenize(word))) for word in ("foods", "slowly")]
    assert split_words(prediction) == expected
    lesson = tour(tiny, TEXT)["Text becomes tokens"]
    assert lesson.rows == tuple((word, " ".join(pieces)) for word, pieces in expected)
    count = len(tiny.tokenizer.tokenize(TEXT))
    assert f"has 6 words and became {count} tokens" in lesson.paragraphs[0]
    assert f"{len(tiny.tokenizer):,}" in lesson.paragraphs[0]
    said = " ".join(lesson.paragraphs)
    assert "For xyzzy there is no piece at all: the model sees [UNK]" in said
    assert "drops capitals" in said
    assert "drops capitals" not in " ".join(tour(tiny, "good food")["Text becomes tokens"].paragraphs)


def test_ids_are_those_of_the_tokenizer(tiny: Checkpoint) -> None:
    rows = tour(tiny, TEXT)["Tokens become ids"].rows
    ids = tiny.tokenizer(TEXT)["input_ids"]
    assert [int(row[2]) for row in rows] == ids[: len(rows)]
    assert rows[1] == ("1", "good", str(ids[1]), "Good (0 to 4)")
    special = tour(tiny, TEXT)["Special tokens"]
    assert [row[1] for row in special.rows] == ["[CLS]", "[SEP]"]


def test_padding_is_measured(tiny: Checkpoint) -> None:
    lesson = tour(tiny, TEXT)["Padding and the attention mask"]
    pads = 6
    row = tiny.tokenizer(TEXT)["input_ids"]
    filled = torch.tensor([row + [tiny.tokenizer.pad_token_id] * pads])
    masks = [torch.ones_like(filled) for _ in range(2)]
    masks[0][0, len(row) :] = 0
    prediction = classify(tiny, TEXT)
    place = prediction.labels.index(prediction.label)
    with torch.inference_mode():
        masked, unmasked = (
            tiny.model(input_ids=filled, attention_mask=mask).logits.softmax(-1)[0, place].item() for mask in masks
        )
    numbers = [float(number) for number in re.findall(r"\d\.\d{4}", lesson.paragraphs[-1])]
    assert numbers == pytest.approx([masked, prediction.confidence, unmasked], abs=6e-5)
    assert [line[3] for line in lesson.rows] == ["1"] * 2 + ["0"] * pads


def test_a_text_beyond_the_limit(tiny: Checkpoint) -> None:
    text = "the food was good and " * 40 + "never again"
    found = tour(tiny, text)
    prediction = classify(tiny, text)
    said = " ".join(found["Truncation"].paragraphs)
    assert f"at most {tiny.token_limit} tokens" in said
    assert f"stopped at character {prediction.unread_from:,} of {len(text):,}" in said
    assert "never padded" in " ".join(found["Padding and the attention mask"].paragraphs)
    windows = tour(tiny, text, windows=True)
    assert "all of it was read" in " ".join(windows["Truncation"].paragraphs)
    first = next(iter(windows.values())).paragraphs[0]
    count = len(classify(tiny, text, windows=True).windows)
    assert first.startswith(f"Your text was read in {count} windows; the tour goes through the first")
    assert "windows" not in next(iter(tour(tiny, text).values())).paragraphs[0]


def test_softmax_is_worked_out(tiny: Checkpoint) -> None:
    lesson = tour(tiny, TEXT)[TITLES[6]]
    logits = [float(row[1]) for row in lesson.rows]
    powers = [math.exp(logit) for logit in logits]
    for row, power in zip(lesson.rows, powers, strict=True):
        assert float(row[2]) == pytest.approx(power, rel=2e-3)
        assert float(row[3]) == pytest.approx(power / sum(powers), abs=1e-3)
    assert sum(float(row[3]) for row in lesson.rows) == pytest.approx(1, abs=5e-3)


def test_logits_of_any_size(tiny: Checkpoint) -> None:
    prediction = classify(tiny, TEXT).model_copy(
        update={"logits": (900.0, -900.0, 899.0, 0.0, 1.0), "probabilities": (0.731, 0, 0.269, 0, 0)}
    )
    lesson = next(one for one in lessons(tiny, prediction) if one.title.startswith("Softmax"))
    assert [float(row[3]) for row in lesson.rows] == [0.731, 0, 0.269, 0, 0]


def test_confidence_names_the_rival(tiny: Checkpoint) -> None:
    prediction = classify(tiny, TEXT)
    assert prediction.runner_up is not None
    assert prediction.expected_rating is not None
    said = " ".join(tour(tiny, TEXT)[TITLES[7]].paragraphs)
    assert f"{prediction.label} a probability of {prediction.confidence:.2f}" in said
    assert f"The next is {prediction.runner_up[0]}" in said
    assert f"{prediction.expected_rating:.2f}" in said


def test_labels_judged_one_by_one_are_taught_the_sigmoid(tiny_multi: Checkpoint) -> None:
    lesson = next(iter(found for title, found in tour(tiny_multi, TEXT).items() if title.startswith("Sigmoid")))
    for row in lesson.rows:
        assert float(row[3]) == pytest.approx(1 / (1 + math.exp(-float(row[1]))), abs=1e-3)


@pytest.mark.parametrize("text", ["?", "<script>", "שלום 👩‍👩‍👧", "a" * 400, "\u202egood"])
def test_any_text_can_be_taught_with(
    tiny: Checkpoint, tiny_bpe: Checkpoint, tiny_unigram: Checkpoint, text: str
) -> None:
    for checkpoint in (tiny, tiny_bpe, tiny_unigram):
        assert len(tour(checkpoint, text)) == len(TITLES)
