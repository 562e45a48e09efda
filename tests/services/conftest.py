"""Tiny checkpoints to compare, and rows to compare them on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from workbench.checkpoints import Checkpoint, load_checkpoint
from workbench.tables import Row

WORDS = ["good", "bad", "the", "room", "was", "cold", "we", "loved", "hated", "terrible", "not"]


@pytest.fixture(scope="session")
def other(make_checkpoint: Callable[..., Path]) -> Checkpoint:
    """Five stars as ``tiny`` has them, with other weights."""
    return load_checkpoint(str(make_checkpoint(seed=7)), device="cpu")


@pytest.fixture(scope="session")
def moods(make_checkpoint: Callable[..., Path]) -> Checkpoint:
    return load_checkpoint(str(make_checkpoint(("NEGATIVE", "POSITIVE"), seed=3)), device="cpu")


@pytest.fixture(scope="session")
def turned(make_checkpoint: Callable[..., Path]) -> Checkpoint:
    """The moods in the other order."""
    return load_checkpoint(str(make_checkpoint(("positive", "negative"), seed=4)), device="cpu")


@pytest.fixture(scope="session")
def topics(make_checkpoint: Callable[..., Path]) -> Checkpoint:
    return load_checkpoint(str(make_checkpoint(("price", "staff"), seed=5)), device="cpu")


@pytest.fixture(scope="session")
def rows() -> list[Row]:
    """Three hundred, with stars as labels."""
    draws = np.random.default_rng(0)
    texts = [" ".join(draws.choice(WORDS, size=draws.integers(1, 9))) for _ in range(300)]
    stars = draws.integers(1, 6, size=300)
    return [
        Row(text, f"{star}.0", text, number) for number, (text, star) in enumerate(zip(texts, stars, strict=True), 11)
    ]
