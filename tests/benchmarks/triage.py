"""How long looking through a large data set takes.

Run it by itself: ``python tests/benchmarks/triage.py``. It makes a batch without a model in a temporary folder, and
prints a table for ``docs/datasets.md``. Nothing here is a test. Seconds are of the processor, so that other work on the
machine does not count; with several cores the wait is shorter.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "support"))

import numpy as np
from batch_folders import predicted, write_batch

from workbench.schema import Column, Correction, RowFilter, RowOrder, RowPage, Tag
from workbench.services import triage_files
from workbench.triage import Dataset, row, rows, tag_counts
from workbench.triage.corrections import add_corrections

_LETTERS = list("abcdefghijklmnopqrstuvwxyz")
_VOCABULARY = 5_000
_WORDS = 90  # about 500 characters
_TOWNS = ("Oslo", "Lima", "Kyoto")


def main() -> None:
    """Make, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--accents", action="store_true", help="Texts beyond ASCII, whose case takes longer.")
    settings = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = write_batch(Path(place) / "batch", made(settings.rows, settings.accents), extra=("town",))
        print(f"| {settings.rows:,} rows | seconds of the processor | waited |\n| --- | --- | --- |")
        for what, work in asked(folder, settings.rows).items():
            print(f"| {what} | {timed(work)} |", flush=True)


def made(count: int, accents: bool) -> list[dict[str, Any]]:
    """Reviews of about 500 characters, some of them twice."""
    draw = np.random.default_rng(0)
    sizes = draw.integers(2, 10, _VOCABULARY)
    words = np.array(["".join(draw.choice(_LETTERS, size)) for size in sizes])
    if accents:
        words = np.array([word.replace("e", "é").replace("o", "Ö") for word in words])
    texts = [" ".join(words[draw.integers(0, _VOCABULARY, _WORDS)]).capitalize() for _ in range(count)]
    texts[1::50] = texts[::50][: len(texts[1::50])]
    chances = draw.dirichlet(np.full(5, 0.3), count)
    truths = draw.integers(0, 5, count)
    languages = draw.choice(["en", "de"], count, p=[0.99, 0.01])
    return [
        predicted(text, tuple(chance), int(truth), **{Column.LANGUAGE: str(language), "extra:town": _TOWNS[truth % 3]})
        for text, chance, truth, language in zip(texts, chances, truths, languages, strict=True)
    ]


def asked(folder: Path, count: int) -> dict[str, Callable[[], object]]:
    """What users do."""
    dataset = Dataset(folder)
    last = RowPage(number=count // 50 - 1)
    issues = RowFilter(tags=(Tag.LABEL_ISSUE,), right=False, confidence=(0.5, 2.0))
    marks = [Correction(id=number, label="1 star") for number in range(1, 1_001)]
    out = folder.parent / "out"
    return {
        "open, with all tags": lambda: Dataset(folder).close(),
        "first page": lambda: rows(dataset),
        "last page": lambda: rows(dataset, page=last),
        "last page by margin": lambda: rows(dataset, by=RowOrder(column="margin"), page=last),
        "filter by tag, right and confidence": lambda: rows(dataset, issues, RowOrder(column="margin")),
        "filter by a column of the file": lambda: rows(dataset, RowFilter(extra=(("town", "Oslo"),))),
        "search for a text that is nowhere": lambda: rows(dataset, RowFilter(text="Nowhere to be found")),
        "search for a text that is often there": lambda: rows(dataset, RowFilter(text="AB")),
        "search for a word": lambda: rows(dataset, RowFilter(word="ab")),
        "order by text": lambda: rows(dataset, by=RowOrder(column="text")),
        "counts of all tags": lambda: tag_counts(dataset),
        "a row whole": lambda: row(dataset, count // 2),
        "mark 1,000 rows and list them": lambda: (
            add_corrections(folder, marks),
            rows(dataset, RowFilter(corrected=True)),
        ),
        "export all as CSV": lambda: triage_files.export_rows(dataset, out.with_suffix(".csv")),
        "export all as Parquet": lambda: triage_files.export_rows(dataset, out.with_suffix(".parquet")),
    }


def timed(work: Callable[[], object]) -> str:
    """Of the processor and of the clock, the best of three."""
    found = []
    for _ in range(3):
        start, began = time.process_time(), time.perf_counter()
        work()
        found.append((time.process_time() - start, time.perf_counter() - began))
    spent, waited = min(found)
    return f"{spent:.2f} | {waited:.2f}"


if __name__ == "__main__":
    main()
