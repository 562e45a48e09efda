"""What becomes of a run: it is kept, kept again with what came later, or not kept, and why."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from workbench import services
from workbench.schema import RunResult, SavedRun


class Outcome(Enum):
    """What became of a run so far."""

    PENDING = auto()
    KEPT = auto()
    PRIVATE = auto()
    EMPTY = auto()  # stopped before anything came out
    FAILED = auto()


@dataclass
class Keeping:
    """Where the run of a job stands with the history.

    Attributes:
        private: Asked when there is something to keep; true keeps nothing.
        run: As it was kept last.
        opened: It was not made here, but opened from the history.
        outcome: What became of it so far.
        notice: What the user should be told, in one line.
    """

    private: Callable[[], bool] = bool
    run: SavedRun | None = None
    opened: bool = False
    outcome: Outcome = Outcome.PENDING
    notice: str | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of_saved(cls, run: SavedRun, private: Callable[[], bool]) -> Keeping:
        """That of a run that was opened from the history.

        Args:
            run: The run.
            private: As above.

        Returns:
            It is kept already; what comes later changes the same run.
        """
        return cls(private, run, opened=True, outcome=Outcome.KEPT)

    def keep(self, result: Callable[[], RunResult], seconds: float, faults: Mapping[str, str] | None = None) -> None:
        """Keep what came out, or keep it again with what came later; from the job's own thread.

        Args:
            result: Gives what there is now.
            seconds: How long it took; of a run that is kept already, added to what stands there.
            faults: Method to why it gave nothing.
        """
        with self._lock:
            if self.private() or not services.history_enabled():
                self.outcome = Outcome.PRIVATE
                return
            try:
                self._keep(result(), seconds, dict(faults or {}))
            except Exception as error:  # noqa: BLE001 - whatever it is, the result stands and the page has to say so
                self.notice = f"the run is not kept ({type(error).__name__}); export it instead"
                self.outcome = Outcome.FAILED

    def _keep(self, result: RunResult, seconds: float, faults: dict[str, str]) -> None:
        if self.run is None:
            run = services.new_run(result, seconds, faults)
        else:
            changes = {"result": result, "faults": faults, "seconds": self.run.seconds + seconds}
            run = self.run.model_copy(update=changes)
        kept = services.keep_run(run)
        self.notice = kept.notice
        if kept.id is None:
            self.outcome = Outcome.FAILED
        else:
            self.run, self.outcome = run, Outcome.KEPT

    def drop(self) -> None:
        """Keep nothing, since nothing came out."""
        self.outcome = Outcome.EMPTY
