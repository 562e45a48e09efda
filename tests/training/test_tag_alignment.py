from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import transformers
from hypothesis import given
from hypothesis import strategies as st

from workbench.training.tag_alignment import encode, join_words, tag_pieces, words_of_pieces

WORDS = ("the", "unloved", "rooms", "don't", "(", "clean", ")")


def test_words_are_joined_by_blanks() -> None:
    assert join_words(["a", "bc", "d"]) == ("a bc d", [0, 2, 5])


def test_pieces_of_wordpiece(tiny_folder: Path) -> None:
    tokenizer = transformers.AutoTokenizer.from_pretrained(tiny_folder)
    encoded, owners = encode(tokenizer, ["rooms", "don't", "xyz", "very"], 20)
    assert tokenizer.convert_ids_to_tokens(encoded["input_ids"]) == [
        "[CLS]", "room", "##s", "don", "'", "t", "[UNK]", "very", "[SEP]",
    ]  # fmt: skip
    assert owners == [None, 0, 0, 1, 1, 1, 2, 3, None]
    tags = ["B-LOC", "I-LOC", "O", "B-PER"]
    assert tag_pieces(owners, tags, every=False) == [None, "B-LOC", None, "I-LOC", None, None, "O", "B-PER", None]
    assert tag_pieces(owners, tags, every=True) == [
        None, "B-LOC", "I-LOC", "I-LOC", "I-LOC", "I-LOC", "O", "B-PER", None,
    ]  # fmt: skip


def test_what_is_cut_has_no_piece(tiny_folder: Path) -> None:
    tokenizer = transformers.AutoTokenizer.from_pretrained(tiny_folder)
    assert encode(tokenizer, ["very", "good", "food"], 4)[1] == [None, 0, 1, None]


def test_a_blank_before_a_word_is_the_words() -> None:
    # As byte pairs and SentencePiece have it, with the blank in the piece or as a piece of its own.
    assert words_of_pieces([(0, 0), (0, 2), (2, 5), (5, 6), (6, 7)], ["ab", "cd", "e"]) == [None, 0, 1, None, 2]


@pytest.mark.parametrize("kind", ["bert", "roberta", "xlm-roberta"])
def test_every_family_agrees_with_its_own_words(make_checkpoint: Callable[..., Path], kind: str) -> None:
    """Each word's pieces, put together, are the word."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(make_checkpoint(kind=kind))
    text, starts = join_words(WORDS)
    encoded = tokenizer(text, return_offsets_mapping=True)
    owners = words_of_pieces(encoded["offset_mapping"], WORDS)
    for place, word in enumerate(WORDS):
        spans = [span for span, owner in zip(encoded["offset_mapping"], owners, strict=True) if owner == place]
        assert spans, word
        assert text[spans[0][0] : spans[-1][1]].strip() == word
        assert spans[-1][1] == starts[place] + len(word)


@given(st.lists(st.text("ab", min_size=1, max_size=4), min_size=1, max_size=6), st.data())
def test_pieces_by_brute_force(words: list[str], data: st.DataObject) -> None:
    """Any pieces that end with their word: each sign's owner is counted out."""
    text, _ = join_words(words)
    owner_of_sign: list[int] = []
    for place, word in enumerate(words):
        owner_of_sign += [place] * len(word) + ([place + 1] if place + 1 < len(words) else [])
    offsets = []
    start = 0
    while start < len(text):
        last = next((end for end in range(start + 1, len(text)) if text[end] == " "), len(text))
        end = data.draw(st.integers(start + 1, last))
        offsets.append((start, end))
        start = end
    expected = [None if text[start:end] == " " else owner_of_sign[start] for start, end in offsets]
    assert words_of_pieces(offsets, words) == expected
