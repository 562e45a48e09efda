"""Batches with right labels, drawn at random."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from batch_folders import predicted, write_batch

from workbench.triage import Dataset


def draw_chances(rows: int, seed: int, sharpness: float = 2.0) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of five labels that are better than chance, and the right labels."""
    draws = np.random.default_rng(seed)
    truth = draws.choice(5, size=rows, p=[0.1, 0.1, 0.2, 0.25, 0.35])
    raw = draws.gamma(1.0, size=(rows, 5))
    raw[np.arange(rows), truth] += sharpness * draws.gamma(1.0, size=rows)
    return raw / raw.sum(axis=1, keepdims=True), truth


def labelled_dataset(
    folder: Path, rows: int = 200, seed: int = 0, *, unlabelled: int = 0, sharpness: float = 2.0, **batch: Any
) -> Dataset:
    """A data set whose last rows have no right label."""
    chances, truth = draw_chances(rows, seed, sharpness)
    made = [
        predicted(f"text {place}", chances[place], None if place >= rows - unlabelled else int(truth[place]))
        for place in range(rows)
    ]
    return Dataset(write_batch(folder, made, **batch))
