"""Stage one: text to token ids, with the place of every token in the user's own text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from workbench.checkpoints import Checkpoint
from workbench.schema import Span, Token
from workbench.text import check_text, squeeze, trimmed

# The tokenizer keeps a hundred bytes a token until all texts of a call are done.
_AT_ONCE = 256


@dataclass(frozen=True)
class Encoded:
    """One text as the model reads it.

    Attributes:
        text: As the user gave it.
        inputs: Rows of the model's input, without padding.
        tokens: One a position.
        unread_from: Character offset where reading stopped, or none.
        offsets: First character of each token and one past its last, as the tokenizer gave them, white space included.
    """

    text: str
    inputs: dict[str, tuple[int, ...]]
    tokens: tuple[Token, ...]
    unread_from: int | None
    offsets: tuple[tuple[int, int], ...] = ()

    def __len__(self) -> int:
        return len(self.tokens)


def preprocess(checkpoint: Checkpoint, texts: Sequence[str], *, normalise: bool = False) -> list[Encoded]:
    """Tokenize texts, cut to what the model reads.

    Args:
        checkpoint: Whose tokenizer.
        texts: Any number, none too.
        normalise: Fold runs of white space before the tokenizer sees them; offsets stay those of the user's text.

    Returns:
        One ``Encoded`` a text, in order.

    Raises:
        TextError: A text is empty or cannot be encoded.
    """
    if len(texts) == 0:
        # The tokenizer fails on an empty batch.
        return []
    squeezed = [squeeze(check_text(text)) if normalise else (check_text(text), None) for text in texts]
    batch = checkpoint.tokenizer(
        [text for text, _ in squeezed], return_offsets_mapping=True, return_special_tokens_mask=True, verbose=False
    )
    return [
        _encoded(checkpoint, text, {key: values[index] for key, values in batch.items()}, given)
        for index, (text, given) in enumerate(zip(texts, squeezed, strict=True))
    ]


def encode_rows(checkpoint: Checkpoint, texts: Sequence[str]) -> list[list[int]]:
    """Token ids alone, cut to the limit: the fast path for perturbed texts.

    Args:
        checkpoint: Whose tokenizer.
        texts: Any texts, empty ones too.

    Returns:
        Token ids of each text.
    """
    limit = checkpoint.token_limit
    return [
        row
        for start in range(0, len(texts), _AT_ONCE)
        for row in _rows(checkpoint, texts[start : start + _AT_ONCE], limit)
    ]


def encode_placed(checkpoint: Checkpoint, texts: Sequence[str]) -> list[tuple[list[int], npt.NDArray[np.int64]]]:
    """Token ids and the place of each token, cut to the limit: for perturbed texts whose tokens are tagged.

    Args:
        checkpoint: Whose tokenizer.
        texts: Any texts, empty ones too.

    Returns:
        For each text its ids and an array of shape (tokens, 2): first character and one past the last, both zero for
        what the tokenizer added.
    """
    if len(texts) == 0:
        return []
    found = checkpoint.tokenizer(
        list(texts), return_offsets_mapping=True, return_special_tokens_mask=True, verbose=False
    )
    rows = []
    for ids, pairs, special in zip(
        found["input_ids"], found["offset_mapping"], found["special_tokens_mask"], strict=True
    ):
        kept = _kept(special, checkpoint.token_limit)
        places = np.array(pairs, dtype=np.int64).reshape(-1, 2)[kept]
        rows.append(([ids[index] for index in kept], places))
    return rows


def _rows(checkpoint: Checkpoint, texts: Sequence[str], limit: int) -> list[list[int]]:
    # Never truncated by the tokenizer: that is a setting of the object, which other threads are using.
    rows: list[list[int]] = checkpoint.tokenizer(list(texts), return_attention_mask=False, verbose=False)["input_ids"]
    long = [index for index, row in enumerate(rows) if len(row) > limit]
    if long:
        special = checkpoint.tokenizer([texts[index] for index in long], return_special_tokens_mask=True, verbose=False)
        for index, mask in zip(long, special["special_tokens_mask"], strict=True):
            rows[index] = [rows[index][place] for place in _kept(mask, limit)]
    return rows


def _encoded(
    checkpoint: Checkpoint, text: str, row: dict[str, Any], given: tuple[str, npt.NDArray[np.int64] | None]
) -> Encoded:
    spans, special = row.pop("offset_mapping"), row.pop("special_tokens_mask")
    ids = row["input_ids"]
    kept = _kept(special, checkpoint.token_limit)
    names = checkpoint.tokenizer.convert_ids_to_tokens([ids[index] for index in kept])
    unknown = checkpoint.tokenizer.unk_token_id
    tokens = tuple(
        Token(
            id=ids[index],
            text=name,
            span=None if special[index] else _span(spans[index], *given),
            special=bool(special[index]),
            unknown=ids[index] == unknown and not special[index],
        )
        for index, name in zip(kept, names, strict=True)
    )
    inputs = {key: tuple(values[index] for index in kept) for key, values in row.items()}
    read = [token.span.end for token in tokens if token.span]
    unread_from = None if len(kept) == len(ids) else max(read, default=0)
    return Encoded(text, inputs, tokens, unread_from, tuple(tuple(spans[index]) for index in kept))


def _kept(special: Sequence[int], limit: int) -> list[int]:
    """Positions that fit: all special tokens, and as many of the others from the start as there is room for."""
    if len(special) <= limit:
        return list(range(len(special)))
    room = limit - sum(special)
    ordinary = [index for index, flag in enumerate(special) if not flag][: max(room, 0)]
    return sorted({index for index, flag in enumerate(special) if flag} | set(ordinary))


def _span(pair: tuple[int, int], read: str, offsets: npt.NDArray[np.int64] | None) -> Span:
    """Where a token stands in the user's text.

    Whether the space before a word belongs to the token's place differs from one tokenizer to the next; here it never
    does.
    """
    span = trimmed(read, *pair)
    if offsets is None:
        return span
    start, end = span.start, span.end
    # The end maps from the last character, so that white space folded after it stays outside.
    return Span(start=int(offsets[start]), end=int(offsets[end - 1]) + 1 if end > start else int(offsets[start]))
