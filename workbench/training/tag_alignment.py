"""Tagged words on the pieces of a tokenizer, by the places of both in one text."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

IGNORED = -100  # what torch's losses leave out


def join_words(words: Sequence[str]) -> tuple[str, list[int]]:
    """Words as one text, with a blank between each two.

    Args:
        words: At least one.

    Returns:
        The text, and where in it each word starts.
    """
    starts, place = [], 0
    for word in words:
        starts.append(place)
        place += len(word) + 1
    return " ".join(words), starts


def words_of_pieces(offsets: Sequence[tuple[int, int]], words: Sequence[str]) -> list[int | None]:
    """Which word each piece is of.

    Args:
        offsets: Start and end of each piece in the text of ``join_words``; empty for special ones.
        words: The words.

    Returns:
        For each piece the index of the word that its first sign is in, the blank before a word (which the pieces of
        some tokenizers hold) counting as the word's; none for pieces without a sign.
    """
    _, starts = join_words(words)
    found: list[int | None] = []
    for start, end in offsets:
        if start >= end:
            found.append(None)
            continue
        # A blank is the sign before the next word's first one.
        before = bisect_right(starts, start) - 1
        blank = start == starts[before] + len(words[before])
        # A blank alone is no part of a word.
        found.append((before + 1 if end > start + 1 else None) if blank else before)
    return found


def tag_pieces(owners: Sequence[int | None], tags: Sequence[str], *, every: bool) -> list[str | None]:
    """The tag that each piece carries in training.

    Args:
        owners: The word of each piece.
        tags: The tag of each word, in BIO.
        every: Whether pieces behind a word's first carry its tag too; they never begin an entity.

    Returns:
        A tag for each piece; none where the loss leaves it out.
    """
    found: list[str | None] = []
    seen: set[int] = set()
    for owner in owners:
        if owner is None:
            found.append(None)
        elif owner not in seen:
            seen.add(owner)
            found.append(tags[owner])
        else:
            found.append(tags[owner].replace("B-", "I-", 1) if every else None)
    return found


def encode(
    tokenizer: PreTrainedTokenizerBase, words: Sequence[str], limit: int
) -> tuple[dict[str, Any], list[int | None]]:
    """The pieces of a sentence.

    Args:
        tokenizer: A fast one.
        words: The words.
        limit: The most pieces, special ones included; what is beyond is cut.

    Returns:
        What the model reads, by name, and the word of each piece.
    """
    text, _ = join_words(words)
    encoded = tokenizer(text, truncation=True, max_length=limit, return_offsets_mapping=True)
    offsets = encoded.pop("offset_mapping")
    return dict(encoded), words_of_pieces(offsets, words)
