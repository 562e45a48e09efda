"""A tiny encoder with dropout, and files of reviews."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

GOOD = ["the food was good", "we loved the room", "great staff", "very clean", "i loved this film"]
BAD = ["the food was bad", "we hated the room", "terrible staff", "not clean", "i hated this film"]
REVIEWS = [
    (f"{text} {end}", label)
    for end in ("", "!", "again", "and again", "me", "us")
    for label, texts in (("5", GOOD), ("1", BAD))
    for text in texts
]


@pytest.fixture(scope="package")
def noisy(make_checkpoint: Callable[..., Path]) -> Path:
    """An encoder with dropout: what it learns depends on every random number."""
    return make_checkpoint(head=False, seed=2, dropout=0.1)


@pytest.fixture
def write_csv(tmp_path: Path) -> Callable[..., Path]:
    """Writes labelled texts."""

    def write(name: str, rows: Sequence[tuple[str, str]] = REVIEWS) -> Path:
        file = tmp_path / name
        with file.open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows([("text", "label"), *rows])
        return file

    return write
