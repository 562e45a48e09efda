"""What the database says went wrong: whether to try again, to mend, or to tell the user."""

from __future__ import annotations

import sqlite3
from enum import Enum, auto

from sqlalchemy.exc import DBAPIError, IntegrityError

from workbench import resources
from workbench.errors import StoreError
from workbench.store.places import DATABASE, Place

_PASSING = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
# Serialization failure and deadlock, of PostgreSQL.
_TO_REPEAT = {"40001", "40P01"}
_NO_TABLE = "42P01"


class Trouble(Enum):
    """What to do about an error."""

    BUSY = auto()  # try again
    DAMAGED = auto()  # set the file aside
    EMPTY = auto()  # make the tables anew: somebody took the file away
    LASTING = auto()  # tell


def trouble_of(error: DBAPIError) -> Trouble:
    """What to do about an error.

    Args:
        error: Of the driver, wrapped by SQLAlchemy.

    Returns:
        The answer.
    """
    code = _sqlite_code(error)
    state = getattr(error.orig, "sqlstate", None)
    if code in _PASSING or state in _TO_REPEAT or error.connection_invalidated or isinstance(error, IntegrityError):
        # The last is two at once that begin the same run: the second one finds it there.
        return Trouble.BUSY
    if code in _DAMAGED:
        return Trouble.DAMAGED
    if state == _NO_TABLE or "no such table" in str(error.orig):
        return Trouble.EMPTY
    # Another one has set the file aside while this one was at it.
    moved = getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_READONLY_DBMOVED
    return Trouble.EMPTY if moved else Trouble.LASTING


def told(error: DBAPIError, place: Place) -> StoreError:
    """An error as the user is told.

    Args:
        error: Of the driver; its words are not repeated, as they may hold parts of an address.
        place: Where the history lies.

    Returns:
        In one line, what is wrong and what to do.
    """
    if place.file is None:
        state = getattr(error.orig, "sqlstate", None)
        what = f" (SQLSTATE {state})" if state else ""
        remedy = f"check {DATABASE}, and that the server runs and lets you in"
        return StoreError(f"the history database {place} cannot be used{what}", remedy)
    named = f"the history in {place}"
    if getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_IOERR_SHMSIZE:  # the disk is full for it, too
        return no_room(place)
    match _sqlite_code(error):
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return StoreError(f"{named} is in use by another process", "try again in a moment")
        case sqlite3.SQLITE_FULL:
            return no_room(place)
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return StoreError(f"{named} is damaged", "move the file away, and a new one is begun")
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM | sqlite3.SQLITE_IOERR:
            return unusable(place, getattr(error.orig, "sqlite_errorname", "").removeprefix("SQLITE_").lower())
    return StoreError(f"{named} cannot be used ({_short(error)})", "move the file away, and a new one is begun")


def told_of_files(error: OSError, place: Place) -> StoreError:
    """An error of the file system as the user is told.

    Args:
        error: As it came.
        place: Where the history lies.

    Returns:
        In one line, what is wrong and what to do.
    """
    import errno

    return no_room(place) if error.errno == errno.ENOSPC else unusable(place, error.strerror or "")


def no_room(place: Place) -> StoreError:
    """The disk is full.

    Args:
        place: Where the history lies.

    Returns:
        In one line, what is wrong and what to do.
    """
    return StoreError(f"there is no room left to write the history in {place}", "free some and try again")


def unusable(place: Place, why: str) -> StoreError:
    """The file cannot be opened or written.

    Args:
        place: Where the history lies.
        why: In a word.

    Returns:
        In one line, what is wrong and what to do.
    """
    return StoreError(
        f"the history in {place} cannot be opened or written ({why})",
        f"mend its rights or set {resources.HOME} to a folder of yours",
    )


def _sqlite_code(error: DBAPIError) -> int | None:
    """The primary code; the rest of the number says more than is needed."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    return None if code is None else int(code) & 0xFF


def _short(error: DBAPIError) -> str:
    return " ".join(str(error.orig).split())[:120]
