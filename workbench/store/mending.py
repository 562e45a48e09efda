"""A damaged file is set aside, never written over."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from workbench.store.locking import locked

# The file itself comes last: beside a new one, what is left of the old one's log would be taken for its own.
_PARTS = ("-wal", "-shm", "")
_HEADER = b"SQLite format 3\0"


def set_aside(file: Path) -> Path | None:
    """Move a damaged file away, with its log.

    Args:
        file: The history.

    Returns:
        Where it is now; none where it is sound after all, or gone, as another process was quicker.

    Raises:
        StoreError: Another process holds the lock for too long.
        OSError: It cannot be moved.
    """
    with locked(file):
        if not file.exists() or _is_sound(file):
            return None
        aside = file.with_name(f"{file.stem}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S%f}{file.suffix}")
        for part in _PARTS:
            source = Path(f"{file}{part}")
            if source.exists():
                os.replace(source, f"{aside}{part}")
        return aside


def damaged_files(file: Path) -> tuple[Path, ...]:
    """Files that were set aside.

    Args:
        file: The history.

    Returns:
        Oldest first.
    """
    return tuple(sorted(file.parent.glob(f"{file.stem}.damaged-*{file.suffix}")))


def is_foreign(file: Path) -> bool:
    """Whether a file is plainly no database; opening it as one would already throw away its log.

    Args:
        file: The history.

    Returns:
        False for a missing or an empty one too: those are begun.

    Raises:
        OSError: It cannot be read.
    """
    try:
        with file.open("rb") as stream:
            start = stream.read(len(_HEADER))
    except FileNotFoundError:
        return False
    return start not in (b"", _HEADER)


def _is_sound(file: Path) -> bool:
    if is_foreign(file):
        return False
    with closing(sqlite3.connect(file, timeout=10)) as connection:
        try:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
        except sqlite3.DatabaseError as error:
            return getattr(error, "sqlite_errorcode", 0) & 0xFF not in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
