"""One process at a time: for making, changing and setting aside a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.errors import StoreError

_PATIENCE = 30.0  # seconds


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold the lock beside a file; its folder is made where it is missing.

    Args:
        file: The history.

    Yields:
        Nothing.

    Raises:
        StoreError: Another process holds the lock for too long.
        OSError: The folder cannot be written.
    """
    from filelock import FileLock, Timeout

    file.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(f"{file}.lock", timeout=_PATIENCE)
    try:
        lock.acquire()
    except Timeout:
        raise StoreError(f"another process holds the history in {file}", "try again in a moment") from None
    try:
        yield
    finally:
        lock.release()
