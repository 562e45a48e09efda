"""Batches for the views of figures and thresholds: whatever labels and activation a checkpoint may have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from batch_folders import predicted, write_batch

from workbench.schema import Activation, BatchManifest, Column
from workbench.schema.batch import MANIFEST


def figure_batch(
    folder: Path,
    labels: tuple[str, ...],
    rows: int = 300,
    *,
    unlabelled: int = 0,
    activation: Activation = Activation.SOFTMAX,
    ratings: tuple[int, ...] | None = None,
) -> Path:
    """A batch whose rows are better than chance, drawn with a fixed seed.

    Args:
        folder: Where.
        labels: Of the checkpoint.
        rows: How many.
        unlabelled: So many at the end have no right label.
        activation: Of the checkpoint.
        ratings: Where the labels are such.

    Returns:
        The folder.
    """
    draws, size = np.random.default_rng(0), len(labels)
    truth = draws.integers(size, size=rows)
    raw = draws.gamma(1.0, size=(rows, size))
    raw[np.arange(rows), truth] += 2 * draws.gamma(1.0, size=rows)
    chances = raw / raw.sum(axis=1, keepdims=True)
    made = []
    for place in range(rows):
        right = None if place >= rows - unlabelled else int(truth[place])
        own, (second, best) = chances[place], np.sort(chances[place])[-2:]
        stars = None if ratings is None else float(own @ np.array(ratings))
        changes = {
            Column.TRUTH: right,
            Column.GIVEN: None if right is None else labels[right],
            Column.PREDICTED: int(own.argmax()),
            Column.LABEL: labels[int(own.argmax())],
            Column.CONFIDENCE: float(best),
            Column.MARGIN: float(best - second),
            Column.EXPECTED: stars,
            Column.LOGITS: np.log(own).astype(np.float32).tolist(),
            Column.PROBABILITIES: own.tolist(),
        }
        row = predicted(f"text {place} <i>&</i>", (1.0, 0.0))
        made.append(row | {str(name): one for name, one in changes.items()})
    write_batch(folder, made)
    file = folder / MANIFEST
    manifest = BatchManifest.model_validate_json(file.read_bytes())
    places = None if ratings is None else tuple(place / (size - 1) for place in range(size))
    checkpoint = manifest.checkpoint.model_copy(update={"labels": labels})
    changed = manifest.model_copy(
        update={"checkpoint": checkpoint, "activation": activation, "ratings": ratings, "places": places}
    )
    file.write_text(changed.model_dump_json(by_alias=True), encoding="utf-8")
    return folder
