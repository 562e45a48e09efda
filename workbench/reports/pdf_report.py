"""Reports as PDF, set by typst in this process. What a report says goes in as data, so nothing in a text is run."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib import resources
from pathlib import Path
from typing import Any

from workbench import palette
from workbench.errors import WorkbenchError
from workbench.reports.base import Format, Subject, register
from workbench.reports.document import Document, Section, Table, View
from workbench.reports.glyphs import families, fonts, lacking
from workbench.reports.signs import visible
from workbench.reports.telling import tell

_TEMPLATES = Path(str(resources.files("workbench.reports"))) / "templates"
# Fields that are no text: drawings, which are read as such, and what only a browser shows.
_RAW = {"svg", "dark", "html"}
# A run of so many Latin signs without a break may be broken, each time after so many.
_LONG = re.compile(r"[\x21-\x7e\u00a1-\u024f]{25,}")
# Bounds of a column, and what a bar takes beside a number.
_FEWEST_SIGNS, _MOST_SIGNS, _BAR_SIGNS = 6, 32, 7
# Tables of more columns than this have marks below their numbers.
_MOST_WITH_MARKS = 5
_BREAK_AFTER = re.compile(r".{12}(?=.)")


@register
class PdfReport(Format):
    """The format to print and to file."""

    suffix = ".pdf"
    title = "PDF"
    mime = "application/pdf"

    def render(self, subject: Subject, views: Sequence[View] = ()) -> bytes:
        """See ``Format.render``."""
        return typeset(tell(subject), views)


def typeset(document: Document, views: Sequence[View] = ()) -> bytes:
    """A document as PDF.

    Args:
        document: What to write.
        views: Views that are left out, each with a sentence.

    Returns:
        The file; the same for the same document and the same fonts.

    Raises:
        WorkbenchError: Typst failed.
    """
    import typst

    template = _TEMPLATES / "report.typ"
    try:
        return typst.compile(template, root=_TEMPLATES, font_paths=fonts(), sys_inputs=inputs_of(document, views))
    except typst.TypstError as error:
        raise WorkbenchError(f"the PDF could not be set ({error})", "choose another format") from None


def inputs_of(document: Document, views: Sequence[View] = ()) -> dict[str, str]:
    """What the template is given.

    Args:
        document: What to write.
        views: Views that are left out.

    Returns:
        One input of typst, ``report``, as JSON.
    """
    return {"report": json.dumps(_data(document, views), ensure_ascii=False)}


def _data(document: Document, views: Sequence[View]) -> dict[str, Any]:
    """What the template reads: the document with its text made printable, fonts and colours."""
    sections = [_section(section) for section in document.sections]
    whole = {"title": document.title, "subtitle": document.subtitle, "sections": sections}
    whole["views"] = [view.title for view in views]
    missing = lacking("".join(_strings(whole)))
    said: dict[str, Any] = _printable(whole, missing)
    colours = {"up": palette.UP, "down": palette.DOWN, "neutral": palette.NEUTRAL}
    return said | {
        "note": _note(missing),
        "fonts": families(),
        "palette": {name: [int(part) for part in colour.split(",")] for name, colour in colours.items()},
    }


def _note(missing: frozenset[str]) -> str | None:
    if not missing:
        return None
    return (
        "Signs that no font on the machine that made this report has stand as their numbers, like "
        f"[U+{ord(min(missing)):04X}]. The HTML report shows them in the reader's own fonts."
    )


def _section(section: Section) -> dict[str, Any]:
    blocks = [
        asdict(one) | {"kind": type(one).__name__} | ({"columns": _columns(one)} if isinstance(one, Table) else {})
        for one in section.blocks
    ]
    return {"title": section.title, "level": section.level, "blocks": blocks}


def _columns(table: Table) -> list[dict[str, Any]]:
    """What the columns need, in signs: their texts, their marks, and their share of the page with a bar."""
    columns = []
    for name, cells in zip(table.header, zip(*table.rows, strict=True), strict=True) if table.rows else ():
        bars = not table.matrix and any(cell.strength is not None for cell in cells)
        text = max(len(cell.text) for cell in cells)
        mark = max(len(cell.mark or "") for cell in cells)
        beside = mark if not bars or len(table.header) <= _MOST_WITH_MARKS else 0
        word = max(map(len, name.split()), default=0) + 1
        share = max(_FEWEST_SIGNS, min(_MOST_SIGNS, max(word, text + beside + _BAR_SIGNS * bars)))
        columns.append({"bars": bars, "text": min(text, _MOST_SIGNS), "mark": mark, "share": share})
    return columns or [{"bars": False, "text": 0, "mark": 0, "share": 1} for _ in table.header]


def _strings(value: Any) -> list[str]:
    """All text within, but for drawings and views."""
    if isinstance(value, str):
        return [visible(value)]
    if isinstance(value, Mapping):
        return [text for name, one in value.items() if name not in _RAW for text in _strings(one)]
    return [text for one in value for text in _strings(one)] if isinstance(value, list | tuple) else []


def _printable(value: Any, missing: frozenset[str]) -> Any:
    """The same with all text as it can be drawn; what is no text and not needed is left out."""
    if isinstance(value, str):
        return _LONG.sub(lambda run: _BREAK_AFTER.sub("\\g<0>\u200b", run.group()), visible(value, missing))
    if isinstance(value, Mapping):
        kept = {name: one for name, one in value.items() if name not in {"dark", "html"}}
        return {name: one if name == "svg" else _printable(one, missing) for name, one in kept.items()}
    return [_printable(one, missing) for one in value] if isinstance(value, list | tuple) else value
