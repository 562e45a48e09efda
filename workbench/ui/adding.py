"""Adding a checkpoint in the background: a thread that reruns and changes of the page leave alone."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from workbench.checkpoints import catalogue
from workbench.checkpoints.catalogue import Entry
from workbench.errors import WorkbenchError


@dataclass
class Addition:
    """A checkpoint on its way to the list.

    Attributes:
        asked: What the user typed.
        done: Bytes downloaded.
        total: Bytes in all; zero until the hub has said so, and for a folder.
        entry: What came onto the list, once there.
        fault: Why nothing did, in one line.
        seen: Whether the page has taken notice of the end.
    """

    asked: str
    done: int = 0
    total: int = 0
    entry: Entry | None = None
    fault: str | None = None
    seen: bool = False
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        """Whether the end is still to come."""
        return self.entry is None and self.fault is None

    @property
    def stopping(self) -> bool:
        """Whether it was asked to stop."""
        return self._stop.is_set()

    def cancel(self) -> None:
        """Stop at the next piece; what came is kept for another try."""
        self._stop.set()

    def wait(self, seconds: float | None = None) -> None:
        """Wait for the end.

        Args:
            seconds: At most so long.
        """
        if self._thread:
            self._thread.join(seconds)


def start(asked: str) -> Addition:
    """Begin to add a checkpoint on a thread of its own.

    Args:
        asked: A hub id or a folder.

    Returns:
        The addition, running.
    """
    addition = Addition(asked)
    addition._thread = threading.Thread(target=_work, args=(addition,), daemon=True, name="add-checkpoint")
    addition._thread.start()
    return addition


def _work(addition: Addition) -> None:
    def progress(done: int, total: int) -> None:
        addition.done, addition.total = done, total

    try:
        addition.entry = catalogue.add(addition.asked, progress=progress, cancelled=addition._stop.is_set)
    except WorkbenchError as error:
        addition.fault = str(error)
    except Exception as error:  # noqa: BLE001 - nobody else would hear of it; its text may hold anything, so not that
        addition.fault = f"{addition.asked} could not be added ({type(error).__name__}); try workbench checkpoints add"
