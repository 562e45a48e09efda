"""The pipeline for files: probabilities alone, of as many texts as one has."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from workbench.checkpoints import Checkpoint, require_task
from workbench.errors import Cancelled
from workbench.pipeline.classification import batch_positions, batches
from workbench.pipeline.infer import infer
from workbench.pipeline.postprocess import Floats, probabilities
from workbench.pipeline.preprocess import encode_rows


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
    rows = encode_rows(checkpoint, texts)
    logits = np.zeros((len(rows), len(checkpoint.labels)), dtype=np.float32)
    seconds = time.perf_counter() - start
    for chosen in batches([len(row) for row in rows], batch_positions(checkpoint)):
        if cancelled and cancelled():
            raise Cancelled
        with checkpoint.turn:
            start = time.perf_counter()
            logits[chosen] = infer(checkpoint, [rows[index] for index in chosen])
            seconds += time.perf_counter() - start
    full = [text for text, row in zip(texts, rows, strict=True) if len(row) >= checkpoint.token_limit]
    return Reading(probabilities(logits, checkpoint.activation), _longer(checkpoint, full), seconds)


def _longer(checkpoint: Checkpoint, texts: Sequence[str]) -> int:
    """How many of some texts do not fit; those that fit exactly do."""
    if not texts:
        return 0
    whole = checkpoint.tokenizer(list(texts), return_attention_mask=False, verbose=False)["input_ids"]
    return sum(len(row) > checkpoint.token_limit for row in whole)
