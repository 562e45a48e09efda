"""What people said about labels: lines of JSON in the batch's folder, of which the last one about a row counts.

Lines are only ever added, each with one write while a lock is held, so that the page and the command may both mark. A
line that cannot be read is passed over; one that a killed process left unfinished is ended before the next.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from workbench.errors import InputError, WorkbenchError
from workbench.schema import Correction
from workbench.schema.batch import CORRECTIONS

_PATIENCE = 10.0  # seconds


class Marks(NamedTuple):
    """The corrections of a data set.

    Attributes:
        corrections: By row; those that were taken back are not among them.
        damaged: Lines that cannot be read.
    """

    corrections: dict[int, Correction]
    damaged: int


def read_corrections(folder: Path) -> Marks:
    """The marks as they are now.

    Args:
        folder: The batch's.

    Returns:
        The last mark of each row.

    Raises:
        InputError: The file is there and cannot be read.
    """
    try:
        content = (folder / CORRECTIONS).read_bytes()
    except FileNotFoundError:
        return Marks({}, 0)
    except OSError as error:
        raise InputError(
            f"the corrections of {folder.name} cannot be read ({error.strerror})", "see who may read it"
        ) from None
    found: dict[int, Correction] = {}
    damaged = 0
    for line in filter(bytes.strip, content.split(b"\n")):
        try:
            one = Correction.model_validate_json(line)
        except ValidationError:
            damaged += 1
            continue
        # Taken out and put in again, so that the latest mark is the last.
        found.pop(one.id, None)
        if one.label is not None:
            found[one.id] = one
    return Marks(found, damaged)


def add_corrections(folder: Path, corrections: Sequence[Correction]) -> None:
    """Add marks to those that are there.

    Args:
        folder: The batch's.
        corrections: In the order of marking.

    Raises:
        InputError: The folder cannot be written to, or a note holds what no file can.
        WorkbenchError: Another process is at it for too long.
    """
    from filelock import FileLock, Timeout

    try:
        lines = b"".join(one.model_dump_json().encode() + b"\n" for one in corrections)
    except ValueError:
        raise InputError("a note holds a lone surrogate", "save it as UTF-8 and paste it again") from None
    if not lines:
        return
    file = folder / CORRECTIONS
    try:
        with FileLock(folder / f".{CORRECTIONS}.lock", timeout=_PATIENCE):
            _append(file, lines)
    except Timeout:
        raise WorkbenchError(f"another process marks rows of {folder.name}", "try again in a moment") from None
    except OSError as error:
        raise InputError(
            f"the corrections of {folder.name} cannot be written ({error.strerror})",
            "copy the batch to a place of yours",
        ) from None


def signature(folder: Path) -> tuple[int, int] | None:
    """What changes with every mark.

    Args:
        folder: The batch's.

    Returns:
        Time and size of the file; none where nothing was marked.
    """
    try:
        state = (folder / CORRECTIONS).stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size


def _append(file: Path, lines: bytes) -> None:
    with file.open("a+b", buffering=0) as stream:
        if stream.seek(0, os.SEEK_END):
            stream.seek(-1, os.SEEK_END)
            lines = lines if stream.read(1) == b"\n" else b"\n" + lines
        while lines:
            lines = lines[stream.write(lines) :]
        os.fsync(stream.fileno())
