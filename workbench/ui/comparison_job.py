"""A comparison in the background: one thread a request, a place for each checkpoint and each pair, and cancel."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from workbench import services
from workbench.checkpoints import Checkpoint
from workbench.errors import WorkbenchError
from workbench.schema import Comparison, Difference, Explanation, Frozen, SavedRun, Unit
from workbench.ui.run_keeping import Keeping

Names = tuple[str, str]


class ComparisonRequest(Frozen):
    """What was asked for with the button.

    Attributes:
        checkpoints: Names, two to four.
        text: The review.
        method: Registered name.
        options: Of the method, as JSON.
        unit: What one score belongs to.
        seed: Of whatever is random.
        target: As ``services.compare`` takes it.
        scales: Checkpoint and where its labels stand, where the user said so.
    """

    checkpoints: tuple[str, ...]
    text: str
    method: str
    options: str
    unit: Unit
    seed: int
    target: str | None = None
    scales: tuple[tuple[str, tuple[tuple[str, float], ...]], ...] = ()

    @property
    def pairs(self) -> tuple[Names, ...]:
        """Each two checkpoints, in their order."""
        return tuple(combinations(self.checkpoints, 2))

    @property
    def places(self) -> dict[str, dict[str, float]]:
        """Checkpoint to label to place, where the user said so."""
        return {name: dict(places) for name, places in self.scales}


@dataclass
class Part:
    """Where one explanation or difference stands.

    Attributes:
        done: Evaluations done.
        total: Evaluations expected; zero until it begins.
        found: The result, once there.
        fault: Why there is none, in one line.
    """

    done: int = 0
    total: int = 0
    found: Explanation | Difference | None = None
    fault: str | None = None

    @property
    def explanation(self) -> Explanation | None:
        """The result, where it is an explanation."""
        return self.found if isinstance(self.found, Explanation) else None

    @property
    def difference(self) -> Difference | None:
        """The result, where it is a difference."""
        return self.found if isinstance(self.found, Difference) else None


@dataclass
class ComparisonJob:
    """A comparison being made.

    Attributes:
        request: What was asked.
        sides: Checkpoint to where its explanation stands.
        pairs: Two checkpoints to where their difference stands; empty where none is explained.
        result: The whole, once there.
        fault: Why there is none, in one line.
        shown: Part of the page to the pair that it shows, where that was chosen.
        keeping: Where it stands with the history.
    """

    request: ComparisonRequest
    sides: dict[str, Part]
    pairs: dict[Names, Part]
    result: Comparison | None = None
    fault: str | None = None
    shown: dict[str, Names] = field(default_factory=dict)
    keeping: Keeping = field(default_factory=Keeping)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        """Whether anything is still to come."""
        return self.result is None and self.fault is None

    @property
    def recorded(self) -> Comparison | None:
        """What stands in the history, where the job was opened from there."""
        return self.result if self.keeping.opened else None

    @property
    def parts(self) -> tuple[Part, ...]:
        """All places, in the order in which they are filled."""
        return (*self.sides.values(), *self.pairs.values())

    def cancel(self) -> None:
        """Stop before the next batch; what is there stays."""
        self._stop.set()

    def wait(self, seconds: float | None = None) -> None:
        """Wait until the job ends.

        Args:
            seconds: At most so long.
        """
        if self._thread:
            self._thread.join(seconds)

    def note(self, part: str, done: int, total: int) -> None:
        """Take down how far a part has come.

        Args:
            part: A checkpoint's name, or "A - B", as ``services.compare`` calls them.
            done: Evaluations done.
            total: Evaluations expected.
        """
        named = {f"{first} - {second}": place for (first, second), place in self.pairs.items()} | self.sides
        if part in named:
            named[part].done, named[part].total = done, total

    def arrive(self, found: Explanation | Difference) -> None:
        """Put a result into its place.

        Args:
            found: What has finished.
        """
        if isinstance(found, Explanation):
            self.sides[found.checkpoint.name].found = found
        else:
            first, second = (one.name for one in found.checkpoints)
            self.pairs[first, second].found = found

    def fail(self, fault: str) -> None:
        """End without the whole: the line stands where the first result is missing.

        Args:
            fault: What is wrong and what to do, in one line.
        """
        missing = [part for part in self.parts if part.found is None]
        for part in missing:
            part.fault = fault if part is missing[0] else "not run"
        self.fault = fault
        # A comparison is kept whole or not at all.
        self.keeping.drop()


def start(
    request: ComparisonRequest, checkpoints: Sequence[Checkpoint], differences: bool, keeping: Keeping | None = None
) -> ComparisonJob:
    """Begin to answer a request on a thread of its own.

    Args:
        request: What is asked.
        checkpoints: Those that it names.
        differences: Whether it will be explained why each two differ.
        keeping: What keeps the run.

    Returns:
        The job, running.
    """
    pairs = request.pairs if differences else ()
    job = ComparisonJob(
        request,
        {name: Part() for name in request.checkpoints},
        {pair: Part() for pair in pairs},
        keeping=keeping or Keeping(),
    )
    job._thread = threading.Thread(target=_work, args=(job, checkpoints), daemon=True, name="compare")
    job._thread.start()
    return job


def from_history(
    request: ComparisonRequest, run: SavedRun, comparison: Comparison, private: Callable[[], bool]
) -> ComparisonJob:
    """A job that has ended, as it was kept.

    Args:
        request: What was asked.
        run: The run.
        comparison: What came out of it.
        private: As ``Keeping`` takes it.

    Returns:
        The job.
    """
    return ComparisonJob(
        request,
        {one.checkpoint.name: Part(found=one.explanation) for one in comparison.checkpoints},
        {pair.checkpoints: Part(found=pair.difference) for pair in comparison.pairs} if explained(comparison) else {},
        result=comparison,
        keeping=Keeping.of_saved(run, private),
    )


def explained(comparison: Comparison) -> bool:
    """Whether it was asked why the checkpoints differ: some pair has a difference, or none has anything in common."""
    return any(pair.difference for pair in comparison.pairs) or not any(pair.units for pair in comparison.pairs)


def _work(job: ComparisonJob, checkpoints: Sequence[Checkpoint]) -> None:
    request, begun = job.request, time.perf_counter()
    try:
        found = services.compare(
            checkpoints,
            request.text,
            method=request.method,
            target=request.target,
            unit=request.unit.value,
            seed=request.seed,
            options=services.options_from_json(request.method, request.options).model_dump(),
            scales=request.places,
            progress=job.note,
            cancelled=job._stop.is_set,
            arrived=job.arrive,
        )
        job.result = found
        job.keeping.keep(lambda: found, time.perf_counter() - begun)
    except WorkbenchError as error:
        job.fail(str(error))
    except Exception as error:  # noqa: BLE001 - what has arrived stands, and the page says what went wrong
        job.fail(f"{type(error).__name__}: {' '.join(str(error).split())[:200]}")
