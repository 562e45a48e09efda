"""Explaining as the workbench does, with nothing remembered from before, and what it evaluates on the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from _checkpoints import forget

from workbench import services
from workbench.checkpoints import Checkpoint
from workbench.pipeline import encode_rows, parse_target
from workbench.schema import Explanation, Prediction
from workbench.scoring import Run


def explain(checkpoint: Checkpoint, prediction: Prediction, method: str, **details: Any) -> Explanation:
    """One method on a prediction, as the pages and the command line call it, on whatever scorer there is.

    Args:
        checkpoint: The model.
        prediction: What is explained.
        method: Registered name.
        details: As ``services.explain_one`` takes them; the target is the predicted label.

    Returns:
        The explanation.
    """
    return services.explain_one(checkpoint, prediction, method, target=parse_target("predicted", prediction), **details)


def explain_afresh(checkpoint: Checkpoint, prediction: Prediction, method: str, **details: Any) -> Explanation:
    """The same on a fresh scorer."""
    forget([checkpoint])
    return explain(checkpoint, prediction, method, **details)


@contextmanager
def recorded(checkpoint: Checkpoint) -> Iterator[list[Sequence[str]]]:
    """Note all texts that are evaluated on a checkpoint.

    Args:
        checkpoint: Whose; those on others, such as its twins with shuffled weights, are left out.

    Yields:
        A list that grows with each call.
    """
    noted: list[Sequence[str]] = []
    logits = Run.logits

    def noting(run: Run, texts: Sequence[str]) -> Any:
        if run.checkpoint is checkpoint:
            noted.append(list(texts))
        return logits(run, texts)

    with patch.object(Run, "logits", noting):
        yield noted


def distinct_rows(checkpoint: Checkpoint, noted: Sequence[Sequence[str]]) -> list[list[int]]:
    """The different inputs behind noted texts, the longest first.

    Args:
        checkpoint: Whose tokenizer.
        noted: From ``recorded``.

    Returns:
        Token ids.
    """
    texts = list(dict.fromkeys(str(text) for call in noted for text in call))
    rows = dict.fromkeys(map(tuple, encode_rows(checkpoint, texts))) if texts else {}
    return sorted(map(list, rows), key=len, reverse=True)
