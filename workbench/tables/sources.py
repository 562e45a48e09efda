"""Tables of each format, row by row: a bad row is named and the others go on; memory does not grow with the file."""

from __future__ import annotations

import csv
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from workbench.errors import InputError
from workbench.tables.decoding import BROKEN, LONG, SAMPLE, TOO_LONG, Lines, decoded, encoding_of, opened

# The cells asked for; or what is wrong with the row; or none for a line with nothing on it.
Cells = list[object] | str | None

HEAD = 100  # rows from which columns are guessed
_SUFFIXES = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".txt": "txt",
}
_SEPARATORS = {"csv": ",", "tsv": "\t"}
_NAMES = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "bars"}
_HEADER = 10_000  # characters of the first line that tell the separator
_DATA = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?: stars?)?", re.IGNORECASE)
_NAME_WORDS = 8
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
    def rows(self, positions: Sequence[int]) -> Iterator[Cells]:
        """All rows, from the first.

        Args:
            positions: Of the columns wanted.
        """


@dataclass(frozen=True)
class Delimited(Source):
    """Columns between separators, below a header."""

    separator: str

    def rows(self, positions: Sequence[int]) -> Iterator[Cells]:
        """See ``Source.rows``."""
        with opened(self.file, self.encoding or "utf-8") as lines:
            _record(lines, self.separator, None)
            while (record := _record(lines, self.separator, len(self.columns))) is not None:
                yield record if isinstance(record, str) else _placed(record, positions, len(self.columns))


@dataclass(frozen=True)
class JsonLines(Source):
    """An object a line."""

    def rows(self, positions: Sequence[int]) -> Iterator[Cells]:
        """See ``Source.rows``."""
        names = [self.columns[position] for position in positions]
        with opened(self.file, self.encoding or "utf-8") as lines:
            for line in lines:
                found = _object(line)
                yield [found.get(name) for name in names] if isinstance(found, dict) else found


@dataclass(frozen=True)
class PlainLines(Source):
    """A text a line."""

    def rows(self, positions: Sequence[int]) -> Iterator[Cells]:
        """See ``Source.rows``."""
        with opened(self.file, self.encoding or "utf-8") as lines:
            for line in lines:
                yield [line.rstrip("\r\n")] * len(positions) if line.strip() else None


@dataclass(frozen=True)
class Parquet(Source):
    """Columns in binary, read a batch at a time."""

    def rows(self, positions: Sequence[int]) -> Iterator[Cells]:
        """See ``Source.rows``."""
        import pyarrow.parquet as pq

        # Not mapped and not read ahead: a column of long texts would lie in memory whole.
        with pq.ParquetFile(self.file, pre_buffer=False, buffer_size=SAMPLE) as table:
            names = table.schema_arrow.names
            wanted = sorted({names[position] for position in positions})
            for batch in table.iter_batches(_BATCH, columns=wanted, use_threads=False):
                # Of columns with one name, the first is read.
                cells = [batch.column(batch.schema.names.index(names[position])) for position in positions]
                yield from map(list, zip(*(column.to_pylist() for column in cells), strict=True))


def open_source(file: Path) -> Source:
    """Look at a file and choose how to read it: by what is in it, where its suffix says something else.

    Args:
        file: The file.

    Returns:
        The table.

    Raises:
        InputError: There is no such file, or no table or text is in it.
    """
    try:
        with file.open("rb") as stream:
            sample = stream.read(SAMPLE)
    except FileNotFoundError:
        raise InputError(f"there is no file {file}", "check the path") from None
    except OSError as error:
        raise InputError(f"{file} cannot be read ({error.strerror})", "check the file") from None
    if not sample.strip():
        raise InputError(f"{file.name} is empty", "give a file with texts")
    if sample.startswith(b"PAR1"):
        return _parquet(file)
    if file.suffix.lower() == ".conll":
        raise InputError(f"{file.name} holds tokens, not reviews", "give csv, tsv, jsonl, parquet or txt")
    encoding = encoding_of(sample, file.name)
    text = decoded(sample, encoding).removeprefix("\ufeff")
    form = _form(file, text)
    notes = _notes(file, form, encoding)
    if form == "txt":
        return PlainLines(file, form, encoding, ("text",), notes)
    if form == "jsonl":
        return _json_lines(file, encoding, notes)
    return _delimited(file, form, encoding, text, notes)


def head(source: Source) -> list[list[object]]:
    """The first good rows, all columns.

    Args:
        source: The table.

    Returns:
        At most ``HEAD`` rows.
    """
    rows = islice(source.rows(range(len(source.columns))), HEAD)
    return [row for row in rows if isinstance(row, list)]


def _form(file: Path, text: str) -> str:
    named = _SUFFIXES.get(file.suffix.lower())
    first = text.lstrip()[:1]
    if named == "txt":
        return "txt"
    if first == "[" and named == "jsonl":
        raise InputError(f"{file.name} is one JSON list", "write one object a line")
    if isinstance(_object(text.lstrip().split("\n", 1)[0]), dict) or (named == "jsonl" and first == "{"):
        return "jsonl"
    return named if named in _SEPARATORS else "csv"


def _notes(file: Path, form: str, encoding: str) -> tuple[str, ...]:
    named = _SUFFIXES.get(file.suffix.lower())
    notes = []
    if named != form:
        notes.append(f"{file.name} was read as {form}, which is what is in it")
    if encoding == "cp1252":
        notes.append("the file is not UTF-8 and was read as Windows-1252 (Latin-1); check its accented letters")
    return tuple(notes)


def _json_lines(file: Path, encoding: str, notes: tuple[str, ...]) -> JsonLines:
    with opened(file, encoding) as lines:
        found = [one for line in islice(lines, HEAD) if isinstance(one := _object(line), dict)]
    return JsonLines(file, "jsonl", encoding, tuple(dict.fromkeys(name for one in found for name in one)), notes)


def _delimited(file: Path, form: str, encoding: str, text: str, notes: tuple[str, ...]) -> Delimited:
    usual = _SEPARATORS[form]
    separator = _separator(text.lstrip("\r\n").splitlines()[0][:_HEADER], usual)
    with opened(file, encoding) as lines:
        header = _record(lines, separator, None)
    if not isinstance(header, list) or BROKEN in "".join(header) or LONG in "".join(header):
        raise InputError(f"the first line of {file.name} cannot be read as column names", "check the file")
    columns, doubled = _distinct([name.strip().removeprefix("\ufeff") for name in header])
    if separator != usual:
        notes = (*notes, f"columns are separated by {_NAMES[separator]}")
    if any(_DATA.fullmatch(name) or len(name.split()) > _NAME_WORDS for name in columns):
        notes = (*notes, "the first line was taken for column names, but looks like a row; put names above it")
    return Delimited(file, form, encoding, columns, (*notes, *_doubled(doubled)), separator)


def _separator(header: str, usual: str) -> str:
    """What splits a header into the most names; the usual sign where others do as well."""

    def names(separator: str) -> int:
        return len(next(csv.reader([header], delimiter=separator), []))

    return max(_NAMES, key=lambda one: (names(one), one == usual))


def _parquet(file: Path) -> Parquet:
    import pyarrow.parquet as pq

    try:
        names = pq.read_schema(file).names
    except (OSError, ValueError) as error:
        raise InputError(f"{file.name} is a damaged parquet file ({_brief(error)})", "write it again") from None
    named = _SUFFIXES.get(file.suffix.lower())
    notes = () if named == "parquet" else (f"{file.name} was read as parquet, which is what is in it",)
    columns, doubled = _distinct(names)
    return Parquet(file, "parquet", None, columns, (*notes, *_doubled(doubled)))


def _distinct(names: Sequence[str]) -> tuple[tuple[str, ...], list[str]]:
    """Names each once: a second ``text`` is ``text.1``. Also those that were there more than once."""
    found: dict[str, None] = {}
    doubled = []
    for position, name in enumerate(names):
        own, number = name or f"column {position + 1}", 0
        while own in found:
            number += 1
            own = f"{name}.{number}"
        if number and name not in doubled:
            doubled.append(name)
        found[own] = None
    return tuple(found), doubled


def _doubled(names: Sequence[str]) -> list[str]:
    return [f"the column {name!r} is there more than once; the others are called {name}.1 and so on" for name in names]


def _record(lines: Lines, separator: str, width: int | None) -> list[str] | str | None:
    """The next row: its cells; or what is wrong with it; or none at the end. Without a width, any number of cells.

    A row that goes wrong over several lines was most likely opened by a stray quotation mark: only its first line is
    given up, and the others are read again.
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
    if cells is not None and width is not None and len(held) > 1 and len(cells) != width:
        lines.put_back(held[1:])
        return _UNCLOSED
    return cells


def _placed(cells: list[str], positions: Sequence[int], width: int) -> Cells:
    if width == 1 and len(cells) > 1:
        # With one column there is nothing to separate: the commas belong to the text.
        cells = [",".join(cells)]
    while len(cells) > width and not cells[-1].strip():
        cells.pop()
    if not any(cell.strip() for cell in cells):
        return None
    if len(cells) > width or len(cells) <= max(positions, default=0):
        return f"it has {len(cells)} columns and the header {width}"
    return [cells[position] for position in positions]


def _object(line: str) -> dict[str, Any] | str | None:
    """A line of JSON; what is wrong with it; or none for an empty one."""
    if not line.strip():
        return None
    if LONG in line:
        return TOO_LONG
    try:
        found = json.loads(line)
    except RecursionError:
        return "JSON nested too deeply"
    except ValueError as error:
        return f"not JSON ({re.sub(r':? line 1 column 1.*| *: .*', '', _brief(error))})"
    return found if isinstance(found, dict) else "JSON, but no object"


def _brief(error: Exception) -> str:
    return " ".join(str(error).split())[:120]
