"""Folders as a batch leaves them, written without a model: the rows are the test's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from workbench.schema import (
    Activation,
    BatchFile,
    BatchManifest,
    BatchOptions,
    BatchSummary,
    CheckpointInfo,
    Column,
    ExplanationColumn,
)
from workbench.schema.batch import EXPLANATIONS, EXTRA, MANIFEST, PREDICTIONS, SUMMARY

STARS = ("1 star", "2 stars", "3 stars", "4 stars", "5 stars")
TYPES: dict[str, pa.DataType] = {
    Column.FILE: pa.int32(),
    Column.ROW: pa.int64(),
    Column.TRUTH: pa.int32(),
    Column.PREDICTED: pa.int32(),
    Column.CONFIDENCE: pa.float64(),
    Column.MARGIN: pa.float64(),
    Column.EXPECTED: pa.float64(),
    Column.LOGITS: pa.list_(pa.float32()),
    Column.PROBABILITIES: pa.list_(pa.float64()),
    Column.CHARACTERS: pa.int32(),
    Column.WORDS: pa.int32(),
    Column.TOKENS: pa.int32(),
    Column.TOKENS_READ: pa.int32(),
    Column.UNREAD_FROM: pa.int32(),
    Column.UNKNOWN: pa.int32(),
    Column.LANGUAGE_SHARE: pa.float64(),
    ExplanationColumn.SEED: pa.int64(),
    ExplanationColumn.BASE_VALUE: pa.float64(),
    ExplanationColumn.FULL_VALUE: pa.float64(),
    ExplanationColumn.UNITS: pa.list_(pa.string()),
    ExplanationColumn.STARTS: pa.list_(pa.int32()),
    ExplanationColumn.ENDS: pa.list_(pa.int32()),
    ExplanationColumn.SCORES: pa.list_(pa.float64()),
    ExplanationColumn.ASKED: pa.int32(),
}


def predicted(text: str, probabilities: Sequence[float], truth: int | None = None, **changes: Any) -> dict[str, Any]:
    """A row whose columns fit each other; ``changes`` sets some otherwise."""
    chances = np.asarray(probabilities, dtype=np.float64)
    best, second = np.sort(chances)[::-1][:2]
    words = len(text.split())
    row: dict[str, Any] = {
        Column.TEXT: text,
        Column.ERROR: None,
        Column.GIVEN: None if truth is None else STARS[truth],
        Column.TRUTH: truth,
        Column.PREDICTED: int(chances.argmax()),
        Column.LABEL: STARS[int(chances.argmax())],
        Column.CONFIDENCE: float(best),
        Column.MARGIN: float(best - second),
        Column.EXPECTED: float(chances @ np.arange(1, len(chances) + 1)),
        Column.LOGITS: np.log(np.clip(chances, 1e-9, None)).astype(np.float32).tolist(),
        Column.PROBABILITIES: chances.tolist(),
        Column.CHARACTERS: len(text),
        Column.WORDS: words,
        Column.TOKENS: words + 2,
        Column.TOKENS_READ: words + 2,
        Column.UNREAD_FROM: None,
        Column.UNKNOWN: 0,
        Column.LANGUAGE: "en",
        Column.LANGUAGE_SHARE: 0.99,
    }
    return row | {str(name): value for name, value in changes.items()}


def failed(error: str, text: str = "") -> dict[str, Any]:
    """A row that could not be predicted."""
    return {Column.TEXT: text, Column.ERROR: error}


def write_batch(
    folder: Path,
    rows: Sequence[Mapping[str, Any]],
    *,
    explained: Sequence[Mapping[str, Any]] = (),
    extra: Sequence[str] = (),
    shard_rows: int = 2_000,
    complete: bool = True,
) -> Path:
    """Write a batch of one file.

    Args:
        folder: Where; made if need be.
        rows: As ``predicted`` and ``failed`` give them, with ``extra:`` columns where there are; the first is row 1.
        explained: Rows of the explanations, with ``row``.
        extra: Columns that were taken over.
        shard_rows: Rows a shard.
        complete: Whether there is a summary.

    Returns:
        The folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = [*Column, *(EXTRA + name for name in extra)]
    for part, start in enumerate(range(0, len(rows), shard_rows)):
        chunk = [
            {Column.FILE: 0, Column.ROW: number, **row}
            for number, row in enumerate(rows[start : start + shard_rows], start + 1)
        ]
        _write(folder / PREDICTIONS / f"00000-{part:06d}.parquet", chunk, names)
    if explained:
        beside = [{ExplanationColumn.FILE: 0, **row} for row in explained]
        _write(folder / EXPLANATIONS / "00000-000000.parquet", beside, [*ExplanationColumn])
    manifest = BatchManifest(
        checkpoint=CheckpointInfo(name="stars", fingerprint="sha256:00", architecture="Bert", labels=STARS),
        activation=Activation.SOFTMAX,
        ratings=(1, 2, 3, 4, 5),
        places=(0.0, 0.25, 0.5, 0.75, 1.0),
        limit=512,
        input="reviews.csv",
        files=(BatchFile(name="reviews.csv", form="csv", bytes=1, sha256="00", rows=len(rows)),),
        options=BatchOptions(
            text_columns=("text",), label_column="stars", extra_columns=tuple(extra), shard_rows=shard_rows
        ),
        provenance={"workbench": "0"},
    )
    (folder / MANIFEST).write_text(manifest.model_dump_json(by_alias=True), encoding="utf-8")
    if complete:
        summary = BatchSummary(rows=len(rows), seconds=1.0, engine="local", finished="2026-01-01T00:00:00+00:00")
        (folder / SUMMARY).write_text(summary.model_dump_json(), encoding="utf-8")
    return folder


def _write(file: Path, rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    table = {str(name): pa.array([row.get(name) for row in rows], type=TYPES.get(name, pa.string())) for name in names}
    pq.write_table(pa.table(table), file)
