"""From the bytes of a file to lines of text, one at a time, whatever the encoding.

Bytes that the encoding does not explain become ``BROKEN`` and a line that is too long to be read becomes ``LONG``, so
that a reader can leave out the rows concerned and keep the others. Both are lone surrogates, which no text holds.
"""

from __future__ import annotations

import codecs
import re
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from workbench.errors import InputError

BROKEN = "\udcff"
LONG = "\udcfe"
LONGEST_LINE = 1_000_000  # characters
TOO_LONG = f"it is longer than {LONGEST_LINE:,} characters"
SAMPLE = 1 << 20  # bytes

_MARK = "workbench.broken"
codecs.register_error(_MARK, lambda error: (BROKEN, getattr(error, "end", 0)))

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAGIC = {
    b"PK\x03\x04": "a zip archive or an Excel workbook",
    b"\xd0\xcf\x11\xe0": "an old Office document",
    b"\x1f\x8b": "compressed",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"SQLite format 3\x00": "a database",
}
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
# Random bytes are a tenth control signs; text has next to none.
_BINARY_SHARE = 0.02
# In Western texts accented letters stand alone or in pairs; in other encodings and in damaged files they come in runs.
_WESTERN_RUN = 2
_WESTERN_SHARE = 0.9


def encoding_of(sample: bytes, name: str) -> str:
    """The encoding of a text file.

    Args:
        sample: Its beginning; ``SAMPLE`` bytes, or all of a shorter file.
        name: Of the file, for the message.

    Returns:
        A codec: by the byte order mark; UTF-16 by its zeros; UTF-8; or Windows-1252, of which Latin-1 is a part, where
        more bytes contradict UTF-8 than follow it and they stand as accented letters do.

    Raises:
        InputError: It is not text.
    """
    for mark, codec in _BOMS:
        if sample.startswith(mark):
            return codec
    for magic, what in _MAGIC.items():
        if sample.startswith(magic):
            raise InputError(f"{name} is not text but {what}", "save it as csv, tsv, jsonl, parquet or txt")
    wide = _wide(sample)
    if wide:
        return wide
    if len(_CONTROL.findall(sample)) > _BINARY_SHARE * len(sample):
        raise InputError(f"{name} is binary, not text", "give a csv, tsv, jsonl, parquet or txt file")
    text = decoded(sample, "utf-8")
    broken = text.count(BROKEN)
    whole = sum(not sign.isascii() for sign in text) - broken
    return "cp1252" if broken > whole and _western(sample) else "utf-8"


def decoded(sample: bytes, encoding: str) -> str:
    """The beginning of a file as text.

    Args:
        sample: As for ``encoding_of``; a sign cut in two at its end is left out.
        encoding: A codec.

    Returns:
        Text in which ``BROKEN`` stands for what the codec does not explain.
    """
    return codecs.getincrementaldecoder(encoding)(_MARK).decode(sample, final=len(sample) < SAMPLE)


class Lines:
    """Lines of a stream, each with its line end, and a way to put some back.

    Args:
        stream: Opened without translation of line ends.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._back: deque[str] = deque()

    def take(self) -> str | None:
        """The next line; ``LONG`` for one that is too long; none at the end."""
        if self._back:
            return self._back.popleft()
        line = self._stream.readline(LONGEST_LINE)
        if len(line) < LONGEST_LINE:
            return line or None
        while line and not line.endswith(("\n", "\r")):
            line = self._stream.readline(LONGEST_LINE)
        return LONG + "\n"

    def put_back(self, lines: Iterable[str]) -> None:
        """Give lines back, to be taken again in their order.

        Args:
            lines: As taken.
        """
        self._back.extendleft(reversed(list(lines)))

    def __iter__(self) -> Iterator[str]:
        while (line := self.take()) is not None:
            yield line


@contextmanager
def opened(file: Path, encoding: str) -> Iterator[Lines]:
    """The lines of a file.

    Args:
        file: A text file.
        encoding: From ``encoding_of``.

    Yields:
        Its lines.
    """
    with file.open(encoding=encoding, errors=_MARK, newline="") as stream:
        yield Lines(stream)


def _wide(sample: bytes) -> str | None:
    """UTF-16 without a byte order mark: every other byte of a Western text is zero."""
    zeros = (sample[::2].count(0), sample[1::2].count(0))
    few, many = sorted(zeros)
    if many < 0.4 * (len(sample) / 2) or few > 0.05 * many:
        return None
    return "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be"


def _western(sample: bytes) -> bool:
    runs = [len(run) for run in _HIGH_RUN.findall(sample)]
    return sum(run for run in runs if run <= _WESTERN_RUN) >= _WESTERN_SHARE * sum(runs)
