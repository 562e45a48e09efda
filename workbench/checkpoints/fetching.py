"""One big file of the hub into its cache, going on where an earlier try stopped.

The hub's library resumes within one call, but begins anew in the next; a gigabyte is too much for that. So the weights
are fetched here, with the library's own request, to the place in its cache where it will look for them.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from workbench.errors import Cancelled, CheckpointError

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Blob:
    """A file as the hub lists it.

    Attributes:
        name: In the repository.
        size: In bytes.
        etag: Its name in the cache.
        sha256: Of its content, where the hub states it.
    """

    name: str
    size: int
    etag: str
    sha256: str | None


class Tally:
    """Counts bytes over several files; stands in for the progress bar of the hub's library.

    Args:
        total: Bytes in all.
        progress: Told bytes done and bytes in all.
        cancelled: Asked at every piece.
    """

    def __init__(
        self, total: int, progress: Progress | None = None, cancelled: Callable[[], bool] | None = None
    ) -> None:
        self.total = total
        self._settled = 0
        self._current = 0
        self._progress = progress
        self._cancelled = cancelled

    @property
    def done(self) -> int:
        """Bytes that are there."""
        return self._settled + self._current

    def settle(self, size: int) -> None:
        """Note that a file is there, whole."""
        self._settled, self._current = self._settled + size, 0
        self._tell()

    def bar(self, *, initial: int = 0, **_settings: Any) -> Self:
        """Called by the hub's library to make a bar for the file that begins.

        Args:
            initial: Bytes there already.

        Returns:
            This tally.
        """
        self._current = initial
        return self

    def update(self, size: float | None = 1) -> None:
        """Called by the hub's library for every piece.

        Args:
            size: Bytes; negative when a server sends everything again.

        Raises:
            Cancelled: The caller asked to stop.
        """
        self._current += int(size or 0)
        self._tell()

    def _tell(self) -> None:
        if self._cancelled is not None and self._cancelled():
            raise Cancelled("the download was stopped", "start it again and it goes on from there")
        if self._progress is not None:
            self._progress(min(self.done, self.total), self.total)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """Nothing to close."""


def fetch(blob: Blob, url: str, storage: Path, tally: Tally, cancelled: Callable[[], bool] | None = None) -> None:
    """Fetch one file into the hub's cache.

    Args:
        blob: The file.
        url: Where it is.
        storage: The repository's folder in the cache.
        tally: Counts its bytes.
        cancelled: Asked while another process fetches the same file.

    Raises:
        Cancelled: The caller asked to stop.
        CheckpointError: What came is not what the hub lists.
        OSError: The hub's library, or the disk, gave up; what came so far is kept.
    """
    from filelock import FileLock, Timeout

    target = storage / "blobs" / blob.etag
    # Where the hub's library has its own locks, so that it does not fetch the file at the same time.
    lock = storage.parent / ".locks" / storage.name / f"{blob.etag}.lock"
    for folder in (target.parent, lock.parent):
        folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(lock).acquire(poll_interval=0.2, cancel_check=cancelled):
            if not target.exists():
                _complete(blob, url, target, tally)
    except Timeout:  # only ever by cancel_check
        raise Cancelled("the download was stopped") from None
    tally.settle(blob.size)


def _complete(blob: Blob, url: str, target: Path, tally: Tally) -> None:
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import build_hf_headers

    part = target.with_name(f"{blob.etag}.incomplete")
    if part.exists() and part.stat().st_size > blob.size:
        part.unlink()
    with part.open("ab") as stream:
        http_get(
            url,
            stream,
            resume_size=stream.tell(),
            headers=build_hf_headers(),
            expected_size=blob.size,
            displayed_filename=blob.name,
            tqdm_class=tally.bar,
        )
    if blob.sha256 is not None and _digest(part) != blob.sha256:
        part.unlink()
        raise CheckpointError(f"{blob.name} was damaged on its way", "download it again")
    os.replace(part, target)


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
