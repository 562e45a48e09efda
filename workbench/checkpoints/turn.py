"""Taking turns at a model: first come, first served."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable


class Turn:
    """A lock that is given to whoever has waited longest, and that its holder may take again.

    Python's own locks may be won by the same thread over and over, so that a long run would starve the others.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: deque[object] = deque()
        self._holder: int | None = None
        self._depth = 0

    @property
    def held(self) -> bool:
        """Whether this thread has the turn."""
        return self._holder == threading.get_ident()

    def acquire(self, unless: Callable[[], bool] | None = None, patience: float | None = None) -> bool:
        """Wait for one's turn.

        Args:
            unless: Asked whenever somebody's turn ends; true gives up.
            patience: Seconds after which to give up.

        Returns:
            Whether the turn is this thread's; then it must be released.
        """
        with self._changed:
            if not self.held:
                ticket = object()
                self._waiting.append(ticket)
                self._changed.wait_for(lambda: self._ready(ticket) or (unless is not None and unless()), patience)
                ready = self._ready(ticket) and not (unless is not None and unless())
                self._waiting.remove(ticket)
                if not ready:
                    self._changed.notify_all()
                    return False
                self._holder = threading.get_ident()
            self._depth += 1
            return True

    def release(self) -> None:
        """End one's turn."""
        with self._changed:
            self._depth -= 1
            if self._depth == 0:
                self._holder = None
                self._changed.notify_all()

    def _ready(self, ticket: object) -> bool:
        return self._holder is None and self._waiting[0] is ticket

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()
