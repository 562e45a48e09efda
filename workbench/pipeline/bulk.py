"""The pipeline for files: probabilities alone, of as many texts as one has."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from workbench.checkpoints import Checkpoint, require_task
from workbench.errors import Cancelled
from workbench.pipeline.classification import batch_positions, batches
from workbench.pipeline.infer import infer
from workbench.pipeline.postprocess import Floats, probabilities
from workbench.pipeline.preprocess import preprocess

# Of one call of the tokenizer.
_AT_ONCE = 256
_CHARACTERS = 1_000_000


@dataclass(frozen=True)
class Reading:
    """What a checkpoint says of some texts.

    Attributes:
        chances: Probabilities, shape (texts, labels).
        cut: How many of the texts are longer than the model reads.
        seconds: Spent on tokens and passes; waiting for the model is not counted.
    """

    chances: Floats
    cut: int
    seconds: float


@dataclass(frozen=True, slots=True)
class ReadRow:
    """What a model reads of a text, and how much that is.

    Attributes:
        ids: Token ids, special ones included, cut to what the model reads.
        tokens: How many the whole text has, with the special ones.
        unread_from: Character offset where reading stopped, or none.
        unknown: How many of ``ids`` stand for what the tokenizer does not know.
    """

    ids: list[int]
    tokens: int
    unread_from: int | None
    unknown: int


def read_rows(checkpoint: Checkpoint, texts: Sequence[str]) -> list[ReadRow]:
    """Tokenize texts as ``preprocess`` does, without making a token of everything.

    Args:
        checkpoint: Whose tokenizer.
        texts: Texts that ``check_text`` lets pass.

    Returns:
        One a text, in order.
    """
    unknown = checkpoint.tokenizer.unk_token_id
    # The tokenizer may close every text with the token that also stands for what it does not know.
    added = checkpoint.tokenizer("")["input_ids"].count(unknown)
    found = []
    for some in _portions(texts):
        rows = checkpoint.tokenizer(some, return_attention_mask=False, verbose=False)["input_ids"]
        for text, ids in zip(some, rows, strict=True):
            if len(ids) <= checkpoint.token_limit:
                found.append(ReadRow(ids, len(ids), None, ids.count(unknown) - added))
            else:
                found.append(_read_in_part(checkpoint, text, len(ids)))
    return found


def _portions(texts: Sequence[str]) -> Iterator[list[str]]:
    """Texts for one call of the tokenizer, which keeps a hundred bytes a token until it is done with all of them."""
    held: list[str] = []
    size = 0
    for text in texts:
        if held and (len(held) == _AT_ONCE or size + len(text) > _CHARACTERS):
            yield held
            held, size = [], 0
        held.append(text)
        size += len(text)
    if held:
        yield held


def _read_in_part(checkpoint: Checkpoint, text: str, tokens: int) -> ReadRow:
    (encoded,) = preprocess(checkpoint, [text])
    unknown = sum(token.unknown for token in encoded.tokens)
    return ReadRow([token.id for token in encoded.tokens], tokens, encoded.unread_from, unknown)


def read_chances(
    checkpoint: Checkpoint, texts: Sequence[str], *, cancelled: Callable[[], bool] | None = None
) -> Reading:
    """The probabilities that ``classify_many`` gives, without its tokens: faster, and small enough for a whole file.

    Args:
        checkpoint: The model.
        texts: Texts that ``check_text`` lets pass.
        cancelled: Asked before each batch; true stops.

    Returns:
        Probabilities and what they took.

    Raises:
        Cancelled: The caller asked to stop.
        IncompatibleError: The model tags tokens.
    """
    require_task(checkpoint, "classification")
    start = time.perf_counter()
    read = read_rows(checkpoint, texts)
    rows = [one.ids for one in read]
    logits = np.zeros((len(rows), len(checkpoint.labels)), dtype=np.float32)
    seconds = time.perf_counter() - start
    for chosen in batches([len(row) for row in rows], batch_positions(checkpoint)):
        if cancelled and cancelled():
            raise Cancelled
        with checkpoint.turn:
            start = time.perf_counter()
            logits[chosen] = infer(checkpoint, [rows[index] for index in chosen])
            seconds += time.perf_counter() - start
    cut = sum(one.unread_from is not None for one in read)
    return Reading(probabilities(logits, checkpoint.activation), cut, seconds)
