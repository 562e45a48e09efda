"""Work on a thread of its own, with progress and cancel."""

from __future__ import annotations

import threading
from collections.abc import Callable

from workbench.errors import WorkbenchError


class Background:
    """Work on a thread of its own, with progress and cancel.

    Attributes:
        done: Steps done.
        total: Steps in all; zero until it begins.
        fault: Why there is no result, in one line.
    """

    def __init__(self) -> None:
        self.done, self.total = 0, 0
        self.fault: str | None = None
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        """Whether something is still to come."""
        return self._thread is not None and self._thread.is_alive()

    def stopping(self) -> bool:
        """Whether it was told to stop."""
        return self._stop.is_set()

    def cancel(self) -> None:
        """Stop before the next batch; what is there stays."""
        self._stop.set()

    def wait(self, seconds: float | None = None) -> None:
        """Wait until it ends.

        Args:
            seconds: At most so long.
        """
        if self._thread:
            self._thread.join(seconds)

    def progress(self, done: int, total: int) -> None:
        """Note how far it is.

        Args:
            done: Steps done.
            total: Steps in all.
        """
        self.done, self.total = done, total

    def run(self, work: Callable[[], None]) -> None:
        """Begin.

        Args:
            work: What the thread does; what it raises becomes the fault.
        """

        def guarded() -> None:
            try:
                work()
            except WorkbenchError as error:
                self.fault = str(error)
            except Exception as error:  # noqa: BLE001 - whatever it is, the page has to say that the run has ended
                self.fault = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"

        self._thread = threading.Thread(target=guarded, daemon=True, name="compare-file")
        self._thread.start()
