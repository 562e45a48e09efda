"""Who goes on next: first come, first served, so many at a time on this machine.

Who waits has an empty file ``NUMBER.NAME`` in a folder, with numbers that rise; who goes on holds one of the files
``slot-0``, ``slot-1`` and so on locked, which the system lets go of when its process dies, however it dies. Numbers are
given, and turns taken, by one process at a time.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from filelock import BaseFileLock

_TICKET = re.compile(r"(\d{20})\.(.+)")
_PATIENCE = 60.0  # seconds; nobody holds the lock for long


@dataclass(frozen=True)
class Turns:
    """A queue.

    Attributes:
        folder: Where it is kept; made when first used.
    """

    folder: Path

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep all others from joining, leaving and taking turns; not to be nested.

        Raises:
            WorkbenchError: Somebody holds it who does not let go.
        """
        from filelock import FileLock, Timeout

        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            lock = FileLock(self.folder / "lock", timeout=_PATIENCE).acquire()
        except Timeout:
            raise WorkbenchError("another process holds the queue", "try again") from None
        with lock:
            yield

    def join(self, name: str) -> int:
        """Go to the end of the queue, from wherever one stood; only while it is held.

        Args:
            name: Of who joins.

        Returns:
            Its number.
        """
        # Numbers are never used again, and rise even where the clock is set back.
        number = max(time.time_ns(), *(taken + 1 for taken, _ in self.waiting()), 0)
        self.leave(name)
        (self.folder / f"{number:020d}.{name}").touch()
        return number

    def leave(self, name: str) -> None:
        """Wait no more; only while it is held.

        Args:
            name: Of who leaves.
        """
        for number, waiting in self.waiting():
            if waiting == name:
                (self.folder / f"{number:020d}.{name}").unlink(missing_ok=True)

    def waiting(self) -> list[tuple[int, str]]:
        """Numbers and names, in their order."""
        try:
            found = [_TICKET.fullmatch(file.name) for file in self.folder.iterdir()]
        except FileNotFoundError:
            return []
        return sorted((int(ticket[1]), ticket[2]) for ticket in found if ticket)

    def before(self, name: str, there: Callable[[str], bool]) -> int | None:
        """How many wait before somebody.

        Args:
            name: Of whom.
            there: Whether one who has a number is still there.

        Returns:
            How many; none where they don't wait.
        """
        names = [waiting for _, waiting in self.waiting()]
        return sum(map(there, names[: names.index(name)])) if name in names else None

    def slot(self, slots: int) -> BaseFileLock | None:
        """Take one of the slots, where one is free; only while the queue is held.

        Args:
            slots: How many there are.

        Returns:
            A lock that is held until it is released or the process ends; none where all are taken.
        """
        from filelock import FileLock, Timeout

        for number in range(slots):
            lock = FileLock(self.folder / f"slot-{number}", timeout=0)
            try:
                lock.acquire()
            except Timeout:
                continue
            return lock
        return None
