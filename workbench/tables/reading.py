"""Reading a file of reviews as it comes: the good rows, and a list of the others with what is wrong with each.

Memory is bounded whatever the size of the file: rows are read one by one, and of more than the limit a random sample is
kept, since the first rows of a sorted file stand for nothing but themselves.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from workbench.errors import InputError
from workbench.schema import FileSource, RowFault
from workbench.tables.columns import choose_label, choose_text
from workbench.tables.judging import Judge, numbered
from workbench.tables.opening import open_source
from workbench.tables.rows import Row
from workbench.tables.sources import Source

DEFAULT_LIMIT = 2_000
MOST_ROWS = 100_000
LISTED = 100  # faults


@dataclass(frozen=True)
class Table:
    """What was read of a file.

    Attributes:
        rows: The good rows in the order of the file, or as many of them, drawn at random, as the limit allows.
        source: Where they are from, and what was left out.
    """

    rows: tuple[Row, ...]
    source: FileSource


def read_table(
    file: Path, *, text: Sequence[str] = (), label: str | None = None, limit: int = DEFAULT_LIMIT, seed: int = 0
) -> Table:
    """Read the reviews of a file, and their labels where there are any.

    Args:
        file: csv, tsv, jsonl, parquet or txt, of any size; recognised by its content.
        text: Columns that make up the text, joined as sentences. By default the column of a usual name, else the only
            one, else the one with the longest texts.
        label: Column of the label. By default the column of a usual name, where there is one.
        limit: The most rows to keep, up to ``MOST_ROWS``; of more, a random sample.
        seed: Of the sample.

    Returns:
        The rows and what became of the others.

    Raises:
        InputError: The file cannot be read at all, a column is missing, or no row is good.
    """
    if not 1 <= limit <= MOST_ROWS:
        raise InputError(f"{limit} rows cannot be read", f"choose a limit from 1 to {MOST_ROWS}")
    source = open_source(file)
    texts, guessed = choose_text(source, text, file.name)
    target = choose_label(source, label, texts, file.name)
    gathering = _Gathering(limit, random.Random(seed), Judge(source, len(texts), target is not None))
    wanted = [source.columns.index(name) for name in (*texts, *([target] if target else []))]
    try:
        for cells in numbered(source.rows(wanted)):
            gathering.take(cells)
    except (OSError, ValueError) as error:
        # What has been read before a damaged stretch of a parquet file is good.
        gathering.stopped(" ".join(str(error).split())[:120])
    rows = tuple(sorted(gathering.kept, key=lambda row: row.number))
    if not rows:
        raise InputError(f"no row of {file.name} can be read{gathering.commonest()}", "check the file and its columns")
    notes = [*source.notes, *guessed, *gathering.notes(seed)]
    return Table(rows, _described(file, source, texts, target, gathering, notes))


def unlabelled(table: Table) -> Table:
    """The rows without labels, where a column of a usual name was taken for them and is not wanted.

    Args:
        table: From ``read_table``.

    Returns:
        The same texts.
    """
    rows = tuple(replace(row, label=None) for row in table.rows)
    return Table(rows, table.source.model_copy(update={"label_column": None}))


@dataclass
class _Gathering:
    """Rows as they come in: the sample so far, and what was wrong with the others.

    Attributes:
        limit: The most rows to keep.
        order: Draws the sample.
        judge: Says what is wrong with a row.
        kept: The sample so far (Vitter's algorithm R).
        good: Rows that could have been kept.
        seen: Rows so far.
    """

    limit: int
    order: random.Random
    judge: Judge
    kept: list[Row] = field(default_factory=list)
    good: int = 0
    seen: int = 0
    listed: list[RowFault] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    broken_off: str = ""

    def take(self, cells: list[object] | str) -> None:
        """Count the next row, and keep it or say what is wrong with it."""
        self.seen += 1
        found = self.judge.read(cells)
        if isinstance(found, str):
            self._fault(found)
        else:
            text, label = found
            self._keep(Row(text, label, text, self.seen))

    def stopped(self, why: str) -> None:
        """Note that the rest of the file cannot be read."""
        self.broken_off = f"the file cannot be read beyond row {self.seen} ({why})"

    def notes(self, seed: int) -> list[str]:
        """What a reader has to know of the sample."""
        notes = [self.broken_off] if self.broken_off else []
        left = self.good - len(self.kept)
        if left:
            notes.append(
                f"{len(self.kept):,} of {self.good:,} rows were drawn at random (seed {seed}); {left:,} were left"
            )
        bad = sum(self.counts.values())
        if bad:
            notes.append(f"{bad:,} of {self.seen:,} rows could not be used")
        return notes

    def commonest(self) -> str:
        """The most frequent fault, for a message."""
        first = self.counts.most_common(1)
        return f" ({first[0][0]})" if first else f" ({self.broken_off})" if self.broken_off else ""

    def _keep(self, row: Row) -> None:
        self.good += 1
        if len(self.kept) < self.limit:
            self.kept.append(row)
            return
        place = self.order.randrange(self.good)
        if place < self.limit:
            self.kept[place] = row

    def _fault(self, reason: str) -> None:
        self.counts[reason] += 1
        if len(self.listed) < LISTED:
            self.listed.append(RowFault(number=self.seen, reason=reason))


def _described(
    file: Path, source: Source, texts: Sequence[str], target: str | None, gathering: _Gathering, notes: Sequence[str]
) -> FileSource:
    return FileSource(
        name=file.name,
        form=source.form,
        encoding=source.encoding,
        columns=source.columns,
        text_columns=tuple(texts),
        label_column=target,
        seen=gathering.seen,
        good=gathering.good,
        kept=len(gathering.kept),
        faults=tuple(gathering.listed),
        fault_counts=dict(gathering.counts.most_common()),
        notes=tuple(notes),
        sha256=_digest(file),
    )


def _digest(file: Path) -> str | None:
    """The SHA-256 of a file's bytes; none where it has gone away meanwhile."""
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError:
        return None
