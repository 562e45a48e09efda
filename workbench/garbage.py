"""Fewer searches for garbage while a process starts and ends.

Imports make a million objects, all of which stay. Python looks through them again and again meanwhile, a fifth of the
time that a command takes to start, and once more at the end, for a second.
"""

from __future__ import annotations

import gc

# Of containers more than were freed; then the usual ratio to searches of what is older.
_SELDOM = (100_000, 10, 10)
_usual: tuple[int, int, int] | None = None


def seldom() -> None:
    """Search seldom from now on: the process begins to import."""
    global _usual
    _usual = gc.get_threshold()
    gc.set_threshold(*_SELDOM)


def as_usual() -> None:
    """Search as usual, but no more through what is there: the process has what it needs.

    Nothing happens in a process that has not called ``seldom``, whose host may have plans of its own.
    """
    global _usual
    if _usual is not None:
        gc.freeze()
        gc.set_threshold(*_usual)
        _usual = None


def no_more() -> None:
    """Search through nothing that is there: the process ends, and all goes at once."""
    gc.freeze()
