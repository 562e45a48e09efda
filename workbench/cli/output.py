"""What the commands write: results, tables, and progress."""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Sequence

from workbench.errors import WorkbenchError

_BAR = 24  # signs


def emit(content: str) -> None:
    """Write a result to standard output, whatever the terminal's encoding.

    Args:
        content: With its line ends.

    Raises:
        WorkbenchError: It does not take it.
        BrokenPipeError: Its reader left.
    """
    try:
        sys.stdout.buffer.write(content.encode("utf-8", "backslashreplace"))
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        forget_output()
        raise WorkbenchError(
            f"standard output cannot be written ({error.strerror})", "free some room, or send it elsewhere"
        ) from None


def forget_output() -> None:
    """Give up what standard output did not take; the interpreter would complain about it once more at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class Meter:
    """Progress on standard error: one line that overwrites itself on a terminal, nothing elsewhere."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._width = 0

    def __call__(self, name: str, done: int, total: int) -> None:
        """Show how far something is.

        Args:
            name: Of what.
            done: Steps done.
            total: Steps in all.
        """
        self._show(f"{name}: {done} / {total}")

    def download(self, done: int, total: int) -> None:
        """Show how far a download is.

        Args:
            done: Bytes done.
            total: Bytes in all.
        """
        share = done / total if total else 1.0
        filled = int(share * _BAR)
        self._show(f"download [{'#' * filled}{'.' * (_BAR - filled)}] {done / 1e6:,.1f} / {total / 1e6:,.1f} MB")

    def _show(self, line: str) -> None:
        if self._shown:
            sys.stderr.write("\r" + line.ljust(self._width))
            sys.stderr.flush()
            self._width = len(line)

    def close(self) -> None:
        """Clear the line."""
        if self._shown and self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A plain table.

    Args:
        header: Column names.
        rows: Cells; numbers are aligned to the right.

    Returns:
        Lines, each with its line end.
    """
    cells = [[_shown(cell) for cell in row] for row in rows]
    widths = [max(_columns(line[column]) for line in [list(header), *cells]) for column in range(len(header))]
    numeric = [all(isinstance(row[column], int | float) for row in rows) for column in range(len(header))]

    def line(parts: Sequence[str]) -> str:
        gaps = [" " * (width - _columns(part)) for part, width in zip(parts, widths, strict=True)]
        placed = [
            f"{gap}{part}" if right else f"{part}{gap}" for part, gap, right in zip(parts, gaps, numeric, strict=True)
        ]
        return "  ".join(placed).rstrip() + "\n"

    return "".join([line(header), line(["-" * width for width in widths]), *map(line, cells)])


def _columns(text: str) -> int:
    """How many columns of a terminal a text takes: two a sign of Chinese, Japanese, Korean and most emoji."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text
    )


def _shown(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:.4f}" if abs(cell) < 10 else f"{cell:.1f}"
    return printable(str(cell))


def printable(text: str) -> str:
    """A text as a terminal may have it; control characters would move the cursor or ring the bell.

    Args:
        text: Any text.

    Returns:
        The same with every unprintable sign written out.
    """
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)
