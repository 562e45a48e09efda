"""What a row of a table is good for: its text and label, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import repeat

from workbench.errors import TextError
from workbench.tables.decoding import BROKEN, LONG, TOO_LONG
from workbench.tables.rows import cell_text, join_sentences
from workbench.tables.sources import Cells, Source
from workbench.text import check_text

_EMPTY = "there is no text in it"
_BYTES = "some of its bytes are not {}"
_CODECS = {"cp1252": "Windows-1252", "utf-8-sig": "UTF-8"}


def numbered(cells: Iterable[Cells]) -> Iterator[list[object] | str]:
    """Rows as a reader counts them.

    Args:
        cells: From ``Source.rows``.

    Yields:
        Cells, or what is wrong with the row. A blank line between others is a row without a text; those at the end are
        none.
    """
    blank = 0
    for one in cells:
        if one is None:
            blank += 1
            continue
        yield from repeat(_EMPTY, blank)
        blank = 0
        yield one


@dataclass(frozen=True)
class Judge:
    """Says of each row of a table what its text and label are.

    Attributes:
        source: The table.
        width: How many of a row's first cells make up its text.
        labelled: Whether the next one is its label.
    """

    source: Source
    width: int
    labelled: bool

    def read(self, cells: list[object] | str) -> tuple[str, str | None] | str:
        """The text and label of a row, or what is wrong with it.

        Args:
            cells: From ``numbered``; those beyond text and label are not looked at.

        Returns:
            Text and label, or a clause.
        """
        if isinstance(cells, str):
            return cells
        own = cells[: self.width + self.labelled]
        if any(isinstance(cell, bytes | bytearray | list | dict | tuple) for cell in own):
            return "a cell holds something other than text"
        text = join_sentences(own[: self.width])
        label = cell_text(own[self.width]) if self.labelled else ""
        return self._fault(text, label) or (text, label or None)

    def _fault(self, text: str, label: str) -> str | None:
        whole = text + label
        if BROKEN in whole:
            codec = self.source.encoding or ""
            return _BYTES.format(_CODECS.get(codec, "UTF-8"))
        if LONG in whole:
            return TOO_LONG
        if not text:
            return _EMPTY
        try:
            check_text(text)
            check_text(label or text)
        except TextError as error:
            return _EMPTY if "empty" in error.what else "it holds half a sign (a lone surrogate)"
        return None
