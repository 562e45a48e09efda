"""Tables of each format, row by row: a bad row is named and the others go on; memory does not grow with the file."""

from __future__ import annotations

import csv
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.tables.decoding import LONG, SAMPLE, TOO_LONG, Lines, opened

# The cells asked for; or what is wrong with the row; or none for a line with nothing on it.
Cells = list[object] | str | None

_UNCLOSED = "a quotation mark is never closed"
_BATCH = 256  # rows of a parquet file at a time


@dataclass(frozen=True)
class Source(ABC):
    """A table that can be read more than once.

    Attributes:
        file: Where it is.
        form: ``csv``, ``tsv``, ``jsonl``, ``parquet`` or ``txt``.
        encoding: A codec; none for parquet.
        columns: Their names, each once.
        notes: What was found in the file that its name does not say.
    """

    file: Path
    form: str
    encoding: str | None
    columns: tuple[str, ...]
    notes: tuple[str, ...]

    @abstractmethod
    def rows(self, positions: Sequence[int], optional: Sequence[int] = ()) -> Iterator[Cells]:
        """All rows, from the first.

        Args:
            positions: Of the columns wanted.
            optional: Of more columns, after those; a row that is too short for one of them has none there.
        """


@dataclass(frozen=True)
class Delimited(Source):
    """Columns between separators, below a header."""

    separator: str

    def rows(self, positions: Sequence[int], optional: Sequence[int] = ()) -> Iterator[Cells]:
        """See ``Source.rows``."""
        with opened(self.file, self.encoding or "utf-8") as lines:
            header_of(lines, self.separator)
            while (record := record_of(lines, self.separator, len(self.columns))) is not None:
                yield record if isinstance(record, str) else _placed(record, positions, optional, len(self.columns))


@dataclass(frozen=True)
class JsonLines(Source):
    """An object a line."""

    def rows(self, positions: Sequence[int], optional: Sequence[int] = ()) -> Iterator[Cells]:
        """See ``Source.rows``."""
        names = [self.columns[position] for position in (*positions, *optional)]
        with opened(self.file, self.encoding or "utf-8") as lines:
            for line in lines:
                found = object_of(line)
                yield [found.get(name) for name in names] if isinstance(found, dict) else found


@dataclass(frozen=True)
class PlainLines(Source):
    """A text a line."""

    def rows(self, positions: Sequence[int], optional: Sequence[int] = ()) -> Iterator[Cells]:
        """See ``Source.rows``."""
        width = len(positions) + len(optional)
        with opened(self.file, self.encoding or "utf-8") as lines:
            for line in lines:
                yield [line.rstrip("\r\n")] * width if line.strip() else None


@dataclass(frozen=True)
class Parquet(Source):
    """Columns in binary, read a batch at a time."""

    def rows(self, positions: Sequence[int], optional: Sequence[int] = ()) -> Iterator[Cells]:
        """See ``Source.rows``."""
        import pyarrow.parquet as pq

        chosen = (*positions, *optional)
        # Not mapped and not read ahead: a column of long texts would lie in memory whole.
        with pq.ParquetFile(self.file, pre_buffer=False, buffer_size=SAMPLE) as table:
            names = table.schema_arrow.names
            wanted = sorted({names[position] for position in chosen})
            for batch in table.iter_batches(_BATCH, columns=wanted, use_threads=False):
                # Of columns with one name, the first is read.
                cells = [batch.column(batch.schema.names.index(names[position])) for position in chosen]
                yield from map(list, zip(*(column.to_pylist() for column in cells), strict=True))


def record_of(lines: Lines, separator: str, width: int | None) -> list[str] | str | None:
    """The next row: its cells; or what is wrong with it; or none at the end. Without a width, any number of cells.

    A row that goes wrong over several lines was most likely opened by a stray quotation mark: only its first line is
    given up, and the others are read again.

    Args:
        lines: At the beginning of a row.
        separator: Between its cells.
        width: How many cells a row has.

    Returns:
        Cells, a clause, or none.
    """
    held: list[str] = []

    def feed() -> Iterator[str]:
        while (line := lines.take()) is not None:
            held.append(line)
            yield line
        if held:
            # More lines are asked for only within quotation marks.
            raise csv.Error(_UNCLOSED)

    try:
        cells = next(csv.reader(feed(), delimiter=separator), None)
    except csv.Error as error:
        lines.put_back(held[1:])
        return _UNCLOSED if len(held) > 1 or str(error) == _UNCLOSED else f"not a row of a table ({error})"
    if cells is not None and width is not None and len(held) > 1 and not _fits(cells, width):
        lines.put_back(held[1:])
        return _UNCLOSED
    return cells


def _fits(cells: list[str], width: int) -> bool:
    """Whether a row has as many cells as the header; empty ones beyond do no harm."""
    return len(cells) >= width and not any(cell.strip() for cell in cells[width:])


def header_of(lines: Lines, separator: str) -> list[str] | str | None:
    """The first row on which there is anything, as ``record_of`` has it.

    Args:
        lines: From the first.
        separator: Between its cells.

    Returns:
        Cells, a clause, or none.
    """
    header = record_of(lines, separator, None)
    while isinstance(header, list) and not any(name.strip() for name in header):
        header = record_of(lines, separator, None)
    return header


def _placed(cells: list[str], positions: Sequence[int], optional: Sequence[int], width: int) -> Cells:
    if width == 1 and len(cells) > 1:
        # With one column there is nothing to separate: the commas belong to the text.
        cells = [",".join(cells)]
    while len(cells) > width and not cells[-1].strip():
        cells.pop()
    if not any(cell.strip() for cell in cells):
        return None
    if len(cells) > width or len(cells) <= max(positions, default=0):
        return f"it has {len(cells)} columns and the header {width}"
    there = len(cells)
    return [
        *(cells[position] for position in positions),
        *(cells[position] if position < there else None for position in optional),
    ]


def object_of(line: str) -> dict[str, Any] | str | None:
    """A line of JSON; what is wrong with it; or none for an empty one.

    Args:
        line: With its line end.

    Returns:
        An object, a clause, or none.
    """
    if not line.strip():
        return None
    if LONG in line:
        return TOO_LONG
    try:
        found = json.loads(line)
    except RecursionError:
        return "JSON nested too deeply"
    except ValueError as error:
        return f"not JSON ({re.sub(r':? line 1 column 1.*| *: .*', '', brief(error))})"
    return found if isinstance(found, dict) else "JSON, but no object"


def brief(error: Exception) -> str:
    """What an exception of a library says, on one line and not at length."""
    return " ".join(str(error).split())[:120]
