"""Whether a page shows what the data that it carries says: it is written again from that data."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Sequence
from html.parser import HTMLParser

from workbench.reports import FORMATS, Subject
from workbench.reports.document import View
from workbench.schema import Page

_DRAWING = re.compile(r"data:image/svg\+xml;base64,([A-Za-z0-9+/=]*)")
# How wide text is depends on a machine's fonts, and with it where things stand, but not what is drawn.
_PLACING = {"width", "height", "viewbox", "x", "y", "x2", "y2"}
_TURNS = re.compile(r"[a-z]+", re.IGNORECASE)

_UNSEEN = "Views of attention, which the page has too, were not compared."
_DRAWN = "Only drawings of the page differ."
_OTHER_VERSION = "What the page shows was not compared: another version of the workbench wrote the report."


def compare_page(content: bytes, subject: Subject, same_version: bool) -> tuple[Page, str | None]:
    """Write a page again and compare it with what is there.

    Args:
        content: The page.
        subject: What its data says.
        same_version: This version of the workbench computed the result.

    Returns:
        What came of it, and a sentence where there is more to say.
    """
    there = content.decode("utf-8-sig")
    views = _views(there)
    again = FORMATS[".html"].render(subject, views).decode("utf-8")
    if _drawn(there) == _drawn(again):
        return Page.SAME, _UNSEEN if views else None
    if not same_version:
        return Page.NOT_COMPARED, _OTHER_VERSION
    return Page.DIFFERS, _DRAWN if _DRAWING.sub("", there) == _DRAWING.sub("", again) else None


class _Frames(HTMLParser):
    """Finds the views of attention: documents in frames."""

    def __init__(self) -> None:
        super().__init__()
        self.views: list[View] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a frame's title and document."""
        named = dict(reversed(attrs))
        if tag == "iframe" and "data-document" in named:
            self.views.append(View(title=named.get("title") or "", html=named["data-document"] or ""))


def _views(page: str) -> Sequence[View]:
    reader = _Frames()
    reader.feed(page)
    reader.close()
    return reader.views


class _Shapes(HTMLParser):
    """Lists what a drawing shows, but not where."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[tuple[str, ...]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a shape."""
        kept = sorted((name, _turns(value) if name == "transform" else value) for name, value in attrs)
        self.shown.append((tag, *(f"{name}={value}" for name, value in kept if name not in _PLACING)))

    def handle_data(self, data: str) -> None:
        """Note words."""
        self.shown.append((data,))


def _turns(transform: str | None) -> str:
    """How something is moved or turned, without how far."""
    return " ".join(_TURNS.findall(transform or ""))


def _drawn(page: str) -> tuple[str, list[list[tuple[str, ...]]]]:
    """A page without its drawings, and what each of these shows."""
    drawings = []
    for found in _DRAWING.finditer(page):
        reader = _Shapes()
        reader.feed(_decoded(found[1]))
        reader.close()
        drawings.append(reader.shown)
    return _DRAWING.sub("", page), drawings


def _decoded(written: str) -> str:
    """A drawing; as it stands where it is none."""
    try:
        return b64decode(written, validate=True).decode("utf-8")
    except ValueError:
        return written
