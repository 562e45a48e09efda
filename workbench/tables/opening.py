"""Which format a file is of, by what is in it, and what its columns are called."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from workbench.errors import InputError
from workbench.tables.decoding import BROKEN, LONG, SAMPLE, decoded, encoding_of, opened
from workbench.tables.sources import Delimited, JsonLines, Parquet, PlainLines, Source, brief, header_of, object_of

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
    if isinstance(object_of(text.lstrip().split("\n", 1)[0]), dict) or (named == "jsonl" and first == "{"):
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
        found = [one for line in islice(lines, HEAD) if isinstance(one := object_of(line), dict)]
    return JsonLines(file, "jsonl", encoding, tuple(dict.fromkeys(name for one in found for name in one)), notes)


def _delimited(file: Path, form: str, encoding: str, text: str, notes: tuple[str, ...]) -> Delimited:
    usual = _SEPARATORS[form]
    separator = _separator([*text.lstrip().splitlines(), ""][0][:_HEADER], usual)
    with opened(file, encoding) as lines:
        header = header_of(lines, separator)
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
        raise InputError(f"{file.name} is a damaged parquet file ({brief(error)})", "write it again") from None
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
