"""Files that are there whole or not at all: written beside their place, then renamed into it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# How the name of a file ends that a killed writer left behind.
PART = ".part"
# Characters, of up to four bytes each: systems allow 255 bytes, and a part of them is for what is added.
_NAME_LENGTH = 50
_PUBLIC, _PRIVATE = 0o666, 0o600


@contextmanager
def placed(file: Path, *, private: bool = False, durable: bool = True) -> Iterator[Path]:
    """A file beside the wanted one, which takes its place once the block ends, unless it ends with an error.

    Args:
        file: Where to; its folder exists.
        private: Readable by this user alone; otherwise what the process's mask allows.
        durable: There even after the power failed. It costs a wait for the disk.

    Yields:
        An empty file to write to.

    Raises:
        OSError: It cannot be written; what was there before is still there.
    """
    beside = file.with_name(f".{file.name[:_NAME_LENGTH]}.{secrets.token_hex(4)}{PART}")
    try:
        beside.touch(mode=_PRIVATE if private else _PUBLIC, exist_ok=False)
        yield beside
        if durable:
            _synced(beside)
        os.replace(beside, file)
    except BaseException:  # whatever stopped it, half a file is not kept
        beside.unlink(missing_ok=True)
        raise
    if durable:
        _synced(file.parent)


def place_text(file: Path, content: str, *, private: bool = False, durable: bool = True) -> None:
    """Write a file of text in one step, so that a reader never meets half of it.

    Args:
        file: Where; its folder exists.
        content: What, written as UTF-8.
        private: As for ``placed``.
        durable: Likewise.

    Raises:
        OSError: It cannot be written; what was there before is still there.
    """
    with placed(file, private=private, durable=durable) as beside:
        beside.write_bytes(content.encode("utf-8"))


def _synced(place: Path) -> None:
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
