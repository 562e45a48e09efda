"""Files that were uploaded for a batch: kept in its folder, so that its process finds them."""

from __future__ import annotations

import io
import os
import shutil
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from workbench.errors import InputError
from workbench.work.files import safe_name
from workbench.work.jobs import Jobs, new_id

_INPUT = "input"
_CHUNK = 1 << 20  # bytes
_UNUSED_SECONDS = 24 * 3600.0


def keep_upload(jobs: Jobs, name: str, content: bytes | BinaryIO, *, limit: int | None = None) -> Path:
    """Put an uploaded file into the folder of a batch that is still to be made of it.

    Those of which none was made are deleted at the next upload, a day later.

    Args:
        jobs: The batches.
        name: As the browser says; only its last part is used, and that only where it is harmless.
        content: Its bytes, or a stream of them, which is read in pieces.
        limit: The most bytes.

    Returns:
        Its path.

    Raises:
        InputError: It is too large, or cannot be written.
    """
    place = jobs.root() / new_id(datetime.now(UTC)) / _INPUT
    stream = io.BytesIO(content) if isinstance(content, bytes) else content
    file = place / safe_name(name)
    with jobs.writing():
        _sweep(jobs)
        place.mkdir(parents=True)
        try:
            _copy(stream, file, limit)
        except BaseException:  # whatever stopped it, half an upload is not kept
            shutil.rmtree(place.parent, ignore_errors=True)
            raise
    return file


def _copy(stream: BinaryIO, file: Path, limit: int | None) -> None:
    written = 0
    with file.open("xb") as out:
        while chunk := stream.read(_CHUNK):
            written += len(chunk)
            if limit is not None and written > limit:
                raise InputError(f"{file.name} is larger than {limit / 1e6:,.1f} MB", "split it, or give its path")
            out.write(chunk)


def owner(jobs: Jobs, source: Path) -> str | None:
    """The batch, made or to be made, in whose folder a file was kept.

    Args:
        jobs: The batches.
        source: Any path.

    Returns:
        Its id; none where the file is no upload, wherever links lead.
    """
    try:
        parts = source.resolve().relative_to(jobs.root().resolve()).parts
    except (OSError, RuntimeError, ValueError):
        return None
    return parts[0] if len(parts) == 3 and parts[1] == _INPUT else None


def adopt(jobs: Jobs, source: Path, job: str) -> Path:
    """Give another batch an uploaded file, so that each has its own.

    Args:
        jobs: The batches.
        source: The file in the folder of the one.
        job: The id of the other, whose folder is made.

    Returns:
        The file in its folder.

    Raises:
        InputError: It cannot be written.
    """
    target = jobs.root() / job / _INPUT / source.name
    with jobs.writing():
        target.parent.mkdir(parents=True)
        try:
            os.link(source, target)
        except OSError:  # this file system knows no links
            shutil.copyfile(source, target)
    return target


def _sweep(jobs: Jobs) -> None:
    """Delete uploads that no batch is made of."""
    for place in jobs.root().glob(f"*/{_INPUT}"):
        with suppress(FileNotFoundError):  # somebody else's sweep
            idle = time.time() - place.parent.stat().st_mtime > _UNUSED_SECONDS
            if idle and not (place.parent / "plan.json").exists():
                shutil.rmtree(place.parent, ignore_errors=True)
