"""Inputs of batches for the tiny checkpoints, and what came of them."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from workbench.schema import BatchOptions

LONG = "the staff were very good and the room was clean. " * 8
TEXTS = (
    "the food was very good",
    "naïve café 😀 日本語 xyzzy",
    LONG.strip(),
    "bad",
    "i loved this film, i hated that one; never again!",
    "the room was clean but the service was terrible and the staff were not very quick",
    "not good!!! <b>great</b> [UNK]",
    LONG.strip() + " never",
)


def write_csv(file: Path, rows: Iterable[Sequence[object]], header: Sequence[str] = ("text", "label")) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])
    return file


def many(count: int) -> list[tuple[str, str]]:
    """Rows that differ, of different lengths, some of them without a text."""
    words = " ".join(TEXTS[:7]).split()
    rows = [
        (" ".join(words[(7 * number + step) % len(words)] for step in range(1 + number % 23)), f"{1 + number % 5}")
        for number in range(count)
    ]
    return [("" if number % 17 == 11 else f"{number} {text}", label) for number, (text, label) in enumerate(rows)]


def options(**changes: Any) -> BatchOptions:
    return BatchOptions(**({"text_columns": ()} | changes))


def hashes(folder: Path) -> dict[str, str]:
    """What must be the same however a batch came about: shards and manifest."""
    files = [folder / "manifest.json", *folder.glob("*/*.parquet")]
    return {str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def rows_of(folder: Path, kind: str = "predictions") -> list[dict[str, Any]]:
    files = sorted((folder / kind).glob("*.parquet"))
    return [row for file in files for row in pq.read_table(file).to_pylist()]
