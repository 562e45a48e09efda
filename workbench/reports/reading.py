"""Reading reports back: JSON of all kinds, and the HTML that carries it.

Whatever is read may have been made or changed by anybody, so everything is checked and nothing is run.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from workbench.errors import InputError
from workbench.reports.base import Subject
from workbench.reports.comparison_json import COMPARISON_SCHEMA
from workbench.reports.entities_json import ENTITIES_SCHEMA
from workbench.reports.explanation_json import EXPLANATION_SCHEMA, is_older
from workbench.reports.file_comparison import FILE_SCHEMA, read_file_document
from workbench.reports.html_report import DATA_ID
from workbench.reports.json_report import subject_document
from workbench.reports.runs_json import RUNS_SCHEMA, read_result, read_runs

DATA_TYPE = "application/json"
MOST_BYTES = 200_000_000
_SCHEMAS = (EXPLANATION_SCHEMA, COMPARISON_SCHEMA, ENTITIES_SCHEMA, RUNS_SCHEMA, FILE_SCHEMA)
_SCHEMA = re.compile(r"(workbench\.[a-z-]+)/(\d{1,6})")
_REMEDY = "give a .json or .html file that the workbench has written"


def read_report(content: bytes) -> Subject:
    """The result that a report holds.

    Args:
        content: Of a JSON or HTML file.

    Returns:
        The same again.

    Raises:
        InputError: It is no report, damaged, contradicts itself, or is of a form that cannot be read back.
    """
    return read_document(report_document(content))


def read_document(document: Mapping[str, Any]) -> Subject:
    """The result that a document holds.

    Args:
        document: From ``report_document``.

    Returns:
        The same again.

    Raises:
        InputError: It is damaged, contradicts itself, or is of a form that cannot be read back.
    """
    schema = document["schema"]
    if schema == EXPLANATION_SCHEMA and is_older(document):
        raise InputError("the report is of an older form, without the tokens", "explain the text again")
    subject: Subject
    if schema == FILE_SCHEMA:
        subject = read_file_document(document)
    else:
        subject = read_runs(document) if schema == RUNS_SCHEMA else read_result(document)
    place = _unlike(dict(document), subject_document(subject))
    if place is not None:
        raise InputError(f"the report contradicts itself at {place[:200]}", "ask for another copy of it")
    return subject


def report_document(content: bytes) -> dict[str, Any]:
    """The JSON values of a report, of a schema that is known.

    Args:
        content: Of a JSON or HTML file.

    Returns:
        The document; nothing of it has been checked but its schema.

    Raises:
        InputError: It is no report, or damaged.
    """
    check_size(len(content))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("the report is not UTF-8", _REMEDY) from None
    document = _parsed(carried(text) if is_page(content) else text)
    _check_schema(document.get("schema"))
    return document


def is_page(content: bytes) -> bool:
    """Whether a file is a page rather than JSON.

    Args:
        content: Of the file.

    Returns:
        True where it begins with a tag.
    """
    return content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<"


def carried(page: str) -> str:
    """The JSON that a page carries.

    Args:
        page: HTML.

    Returns:
        The content of its script ``workbench-report``.

    Raises:
        InputError: There is none, several, or it is no JSON script, or cut off.
    """
    reader = _Scripts()
    try:
        reader.feed(page)
        reader.close()
    except (AssertionError, ValueError):
        raise InputError("the page is damaged", _REMEDY) from None
    if not reader.found:
        raise InputError("the page carries no data of a report", _REMEDY)
    if len(reader.found) > 1 or reader.foreign or reader.inside:
        raise InputError("the data that the page carries is damaged or there twice", _REMEDY)
    return "".join(reader.found[0])


def report_bytes(source: Path | BinaryIO) -> bytes:
    """The content of a report.

    Args:
        source: A file, or a stream.

    Returns:
        All of it.

    Raises:
        InputError: It cannot be read, or is too large.
    """
    if not isinstance(source, Path):
        content = source.read(MOST_BYTES + 1)
        check_size(len(content))
        return content
    try:
        check_size(source.stat().st_size)
        with source.open("rb") as stream:
            return report_bytes(stream)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no such name"
        raise InputError(f"{str(source)!r} cannot be read ({reason})", "name a file that is there") from None


def check_size(size: int) -> None:
    """Refuse what is larger than any report.

    Args:
        size: In bytes.

    Raises:
        InputError: It is too large.
    """
    if size > MOST_BYTES:
        raise InputError(f"the file is too large for a report (over {MOST_BYTES // 10**6} MB)", _REMEDY)


class _Scripts(HTMLParser):
    """Finds the scripts that carry a report."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[list[str]] = []
        self.foreign = False
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a script of that id."""
        # Of an attribute given twice, browsers take the first.
        named = dict(reversed(attrs))
        if tag == "script" and named.get("id") == DATA_ID:
            self.foreign = self.foreign or named.get("type") != DATA_TYPE
            self.found.append([])
            self.inside = True

    def handle_data(self, data: str) -> None:
        """Collect its content."""
        if self.inside:
            self.found[-1].append(data)

    def handle_endtag(self, tag: str) -> None:
        """Note its end."""
        self.inside = self.inside and tag != "script"


def _parsed(text: str) -> dict[str, Any]:
    """JSON, without what readers take differently: a key given twice, numbers that are none."""
    try:
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number, parse_float=_number)
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)[:100]
        raise InputError(f"the report is no JSON ({reason})", _REMEDY) from None
    if not isinstance(found, dict):
        raise InputError("the report is JSON, but not that of a report", _REMEDY)
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _number(text: str) -> float:
    found = float(text)
    if not math.isfinite(found):
        _no_number(text[:20])
    return found


def _check_schema(schema: object) -> None:
    if schema in _SCHEMAS:
        return
    named = _SCHEMA.fullmatch(schema) if isinstance(schema, str) else None
    known = dict(one.split("/") for one in _SCHEMAS)
    if named and named[1] in known and int(named[2]) > int(known[named[1]]):
        what = f"the report is of schema {named[0]}, newer than this workbench reads ({known[named[1]]})"
        raise InputError(what, "install a newer workbench")
    what = f"a document of schema {str(schema)[:60]!r} is no report" if schema else "the JSON names no schema"
    raise InputError(what, f"give one of {', '.join(_SCHEMAS)}")


def _unlike(one: Any, other: Any, place: str = "") -> str | None:
    """Where two JSON values first differ, if they do."""
    if isinstance(one, dict) and isinstance(other, dict):
        for name in [*one, *(name for name in other if name not in one)]:
            if name not in one or name not in other:
                return f"{place}.{name}".removeprefix(".")
            if found := _unlike(one[name], other[name], f"{place}.{name}"):
                return found.removeprefix(".")
        return None
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return next((found for at, pair in pairs if (found := _unlike(*pair, f"{place}[{at}]"))), None)
    return None if one == other and isinstance(one, bool) is isinstance(other, bool) else place
