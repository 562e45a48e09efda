"""Batches of hand-built checkpoints: predicted by them, written as a batch leaves them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from batch_folders import predicted, write_batch

from workbench.checkpoints import Checkpoint
from workbench.pipeline import classify_many
from workbench.schema import BatchManifest, Column
from workbench.schema.batch import MANIFEST
from workbench.triage import Dataset

OPINIONS = ("good", "great", "bad", "terrible")
FILLERS = ("the", "a", "was", "were", "and", "but", "it", "we", "i", "this", "that", "service", "room", "staff")


def random_texts(count: int, seed: int, shortcut: str) -> tuple[list[str], list[int]]:
    """Reviews of one opinion each among words that say nothing; every other one has the shortcut, at random.

    Returns:
        Texts, and 1 where the opinion is good.
    """
    rng = np.random.default_rng(seed)
    texts, truths = [], []
    for _ in range(count):
        words = list(rng.choice(FILLERS, 8))
        opinion = str(rng.choice(OPINIONS))
        words.insert(int(rng.integers(len(words))), opinion)
        if rng.random() < 0.5:
            words.insert(int(rng.integers(len(words))), shortcut)
        texts.append(" ".join(words))
        truths.append(int(opinion in OPINIONS[:2]))
    return texts, truths


def predicted_batch(
    folder: Path,
    checkpoint: Checkpoint,
    texts: Sequence[str],
    truths: Sequence[int | None] | None = None,
    explained: Sequence[Mapping[str, Any]] = (),
    extras: Mapping[str, Sequence[str]] | None = None,
) -> Dataset:
    """A batch predicted by its checkpoint; ``extras`` are columns of the file."""
    rows = []
    for at, one in enumerate(classify_many(checkpoint, texts)):
        truth = truths[at] if truths else None
        changes = {
            Column.LABEL: one.label,
            Column.GIVEN: None if truth is None else one.labels[truth],
            Column.UNREAD_FROM: one.unread_from,
            Column.EXPECTED: one.expected_rating,
        }
        beside = {f"extra:{name}": values[at] for name, values in (extras or {}).items()}
        own = {str(key): value for key, value in changes.items()}
        rows.append(predicted(one.text, one.probabilities, truth) | own | beside)
    write_batch(folder, rows, explained=explained, extra=tuple(extras or ()))
    manifest = BatchManifest.model_validate_json((folder / MANIFEST).read_bytes())
    places = (0.0, 1.0) if len(checkpoint.labels) == 2 else manifest.places
    changed = manifest.model_copy(
        update={"checkpoint": checkpoint.info, "ratings": checkpoint.ratings, "places": places}
    )
    (folder / MANIFEST).write_text(changed.model_dump_json(by_alias=True), encoding="utf-8")
    return Dataset(folder)
