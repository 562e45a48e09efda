"""Reading a file of reviews as it comes: the good rows, and a list of the others with what is wrong with each.

Memory is bounded whatever the size of the file: rows are read one by one, and of more than the limit a random sample is
kept, since the first rows of a sorted file stand for nothing but themselves.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from workbench.errors import InputError, TextError
from workbench.schema import FileSource, RowFault
from workbench.tables.decoding import BROKEN, LONG, TOO_LONG
from workbench.tables.opening import head, open_source
from workbench.tables.rows import LABEL_NAMES, TEXT_NAMES, Row, cell_text, join_sentences
from workbench.tables.sources import Cells, Source
from workbench.text import check_text

DEFAULT_LIMIT = 2_000
MOST_ROWS = 100_000
LISTED = 100  # faults

_EMPTY = "there is no text in it"
_BYTES = "some of its bytes are not {}"
_CODECS = {"cp1252": "Windows-1252", "utf-8-sig": "UTF-8"}
# Fewer words on average are names, dates or categories rather than reviews.
_FEWEST_WORDS = 3


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
    texts, guessed = _text_columns(source, text, file.name)
    target = _label_column(source, label, texts, file.name)
    gathering = _Gathering(limit, random.Random(seed), len(texts), _CODECS.get(source.encoding or "", "UTF-8"))
    wanted = [source.columns.index(name) for name in (*texts, *([target] if target else []))]
    try:
        for cells in source.rows(wanted):
            gathering.take(cells)
    except (OSError, ValueError) as error:
        # What has been read before a damaged stretch of a parquet file is good.
        gathering.stopped(" ".join(str(error).split())[:120])
    rows = tuple(sorted(gathering.kept, key=lambda row: row.number))
    if not rows:
        raise InputError(f"no row of {file.name} can be read{gathering.commonest()}", "check the file and its columns")
    notes = [*source.notes, *guessed, *gathering.notes(seed)]
    return Table(rows, _described(file, source, texts, target, gathering, notes))


@dataclass
class _Gathering:
    """Rows as they come in: the sample so far, and what was wrong with the others.

    Attributes:
        limit: The most rows to keep.
        order: Draws the sample.
        width: How many of a row's cells make up its text; one more is the label.
        encoding: As a user knows it.
        kept: The sample so far (Vitter's algorithm R).
        good: Rows that could have been kept.
        seen: Rows so far; blank lines at the end are none.
    """

    limit: int
    order: random.Random
    width: int
    encoding: str
    kept: list[Row] = field(default_factory=list)
    good: int = 0
    seen: int = 0
    blank: int = 0
    listed: list[RowFault] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    broken_off: str = ""

    def take(self, cells: Cells) -> None:
        """Count the next row, and keep it or say what is wrong with it."""
        if cells is None:
            self.blank += 1
            return
        for _ in range(self.blank):
            self.seen += 1
            self._fault(_EMPTY)
        self.blank = 0
        self.seen += 1
        found = cells if isinstance(cells, str) else self._row(cells)
        if isinstance(found, Row):
            self._keep(found)
        else:
            self._fault(found)

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

    def _row(self, cells: list[object]) -> Row | str:
        if any(isinstance(cell, bytes | bytearray | list | dict | tuple) for cell in cells):
            return "a cell holds something other than text"
        text = join_sentences(cells[: self.width])
        label = cell_text(cells[self.width]) if len(cells) > self.width else ""
        whole = text + label
        if BROKEN in whole:
            return _BYTES.format(self.encoding)
        if LONG in whole:
            return TOO_LONG
        if not text:
            return _EMPTY
        try:
            check_text(text)
            check_text(label or text)
        except TextError as error:
            return _EMPTY if "empty" in error.what else "it holds half a sign (a lone surrogate)"
        return Row(text, label or None, text, self.seen)

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
    )


def _text_columns(source: Source, wanted: Sequence[str], name: str) -> tuple[tuple[str, ...], list[str]]:
    """The text's columns, and a note where they were guessed by what is in them."""
    _check_columns(source, wanted, name)
    usual = [one for one in source.columns if one.strip().casefold() in TEXT_NAMES]
    chosen = tuple(wanted) or tuple(usual[:1]) or (source.columns if len(source.columns) == 1 else ())
    if chosen:
        return chosen, []
    rows = head(source)
    words = {one: _mean_words([row[place] for row in rows]) for place, one in enumerate(source.columns)}
    longest = max(words, key=lambda one: words[one], default=None)
    if longest is None or words[longest] < _FEWEST_WORDS:
        raise InputError(
            f"{name} has several columns and none looks like the text", f"name one of {_listing(source.columns)}"
        )
    return (longest,), [f"the text was taken from the column {longest!r}, which has the longest texts"]


def _mean_words(cells: Sequence[object]) -> float:
    return sum(len(cell.split()) for cell in cells if isinstance(cell, str)) / max(1, len(cells))


def _label_column(source: Source, wanted: str | None, texts: Sequence[str], name: str) -> str | None:
    _check_columns(source, [wanted] if wanted is not None else [], name)
    usual = [one for one in source.columns if one.strip().casefold() in LABEL_NAMES and one not in texts]
    return wanted or (usual[0] if usual else None)


def _check_columns(source: Source, wanted: Sequence[str], name: str) -> None:
    for one in wanted:
        if one not in source.columns:
            raise InputError(f"{name} has no column {one!r}", f"choose from {_listing(source.columns)}")


def _listing(columns: Sequence[str], most: int = 12) -> str:
    shown = ", ".join(column[:40] for column in columns[:most])
    return f"{shown}, ..." if len(columns) > most else shown
