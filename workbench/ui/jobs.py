"""Explanations in the background: one thread a request, a place for each method, progress and cancel."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from workbench import services
from workbench.checkpoints import Checkpoint
from workbench.errors import Cancelled, WorkbenchError
from workbench.explainers import METHODS
from workbench.schema import Explanation, Frozen, Prediction, Report, SavedRun, Target, Trust, Unit
from workbench.ui.run_keeping import Keeping


class Request(Frozen):
    """What was asked for with the button.

    Attributes:
        checkpoint: Name.
        text: The review.
        methods: Registered name and options as JSON, in the order shown.
        unit: What one score belongs to.
        seed: Of whatever is random.
        windows: Read a long review whole, in overlapping windows.
        target: What is explained; none stands for the predicted label's probability.
    """

    checkpoint: str
    text: str
    methods: tuple[tuple[str, str], ...]
    unit: Unit
    seed: int
    windows: bool = False
    target: Target | None = None


@dataclass
class Place:
    """Where one method stands.

    Attributes:
        done: Evaluations done.
        total: Evaluations expected; zero until the method begins.
        explanation: The result, once there.
        fault: Why there is none, in one line.
    """

    done: int = 0
    total: int = 0
    explanation: Explanation | None = None
    fault: str | None = None

    @property
    def settled(self) -> bool:
        """Whether nothing more will come."""
        return self.explanation is not None or self.fault is not None


@dataclass
class Job:
    """A request being answered.

    Attributes:
        request: What was asked.
        places: Method to where it stands.
        checks: Where the assessment of the methods stands.
        trust: The assessment, once there.
        keeping: Where it stands with the history.
    """

    request: Request
    places: dict[str, Place]
    keeping: Keeping = field(default_factory=Keeping)
    checks: Place = field(default_factory=Place)
    trust: Trust | None = None
    _asked: bool = False
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        """Whether a method or an assessment that was asked for is still to come."""
        return self.assessing or not all(place.settled for place in self.places.values())

    @property
    def assessing(self) -> bool:
        """Whether an assessment was asked for and is still to come."""
        return self._asked and self.trust is None and self.checks.fault is None

    @property
    def explanations(self) -> tuple[Explanation, ...]:
        """Results so far, in the order shown."""
        return tuple(place.explanation for place in self.places.values() if place.explanation is not None)

    @property
    def recorded(self) -> Report | None:
        """What stands in the history, where the job was opened from there."""
        run = self.keeping.run if self.keeping.opened else None
        return run.result if run is not None and isinstance(run.result, Report) else None

    def report(self, prediction: Prediction) -> Report:
        """What has come so far.

        Args:
            prediction: Of the request's text.

        Returns:
            The report, with the versions of what computed it: of a run from the history, those of then.
        """
        versions = services.provenance() if self.recorded is None else self.recorded.provenance
        return Report(prediction=prediction, explanations=self.explanations, trust=self.trust, provenance=versions)

    def keep(self, prediction: Prediction, seconds: float = 0.0) -> None:
        """Keep the run; not one that was stopped before anything came out.

        Args:
            prediction: Of the request's text.
            seconds: How long it took.
        """
        if not self.explanations and self._stop.is_set():
            self.keeping.drop()
            return
        faults = {name: place.fault for name, place in self.places.items() if place.fault is not None}
        self.keeping.keep(lambda: self.report(prediction), seconds, faults)

    def cancel(self) -> None:
        """Stop before the next batch; what is there stays."""
        self._stop.set()

    def fill(self, explain: Callable[[str, str, Place], Explanation]) -> None:
        """Run the methods one after another; what one of them raises becomes its fault.

        Args:
            explain: Gives the result of a method, from its name, its options as JSON and its place.
        """
        # Methods of a few passes go first, so that something is there at once.
        for name, options in sorted(self.request.methods, key=lambda pair: METHODS[pair[0]].cost):
            place = self.places[name]
            try:
                if self._stop.is_set():
                    raise Cancelled
                place.explanation = explain(name, options, place)
            except WorkbenchError as error:
                place.fault = str(error)
            except Exception as error:  # noqa: BLE001 - a fault of one method must not take the others with it
                place.fault = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"

    def assess(self, checkpoint: Checkpoint, prediction: Prediction) -> None:
        """Begin to judge the methods that have finished, on a thread of its own.

        Args:
            checkpoint: The model.
            prediction: Of the request's text.
        """
        self._stop.clear()
        self.checks, self._asked = Place(), True
        self._run(_assess, self, checkpoint, prediction)

    def wait(self, seconds: float | None = None) -> None:
        """Wait until the job ends.

        Args:
            seconds: At most so long.
        """
        if self._thread:
            self._thread.join(seconds)

    def _run(self, work: Callable[..., None], *arguments: object) -> None:
        from streamlit.runtime.scriptrunner import add_script_run_ctx

        self._thread = threading.Thread(target=work, args=arguments, daemon=True, name="explain")
        add_script_run_ctx(self._thread)
        self._thread.start()


def start(
    request: Request, checkpoint: Checkpoint, prediction: Prediction, target: Target, keeping: Keeping | None = None
) -> Job:
    """Begin to answer a request on a thread of its own.

    Args:
        request: What is asked.
        checkpoint: The model.
        prediction: Of the request's text.
        target: What is explained.
        keeping: What keeps the run.

    Returns:
        The job, running.
    """
    job = Job(request, {name: Place() for name, _ in request.methods}, keeping or Keeping())
    job._run(_work, job, checkpoint, prediction, target)
    return job


def from_history(request: Request, run: SavedRun, report: Report, private: Callable[[], bool]) -> Job:
    """A job that has ended, as it was kept.

    Args:
        request: What was asked.
        run: The run.
        report: What came out of it.
        private: As ``Keeping`` takes it.

    Returns:
        The job; methods that this version does not have are left out.
    """
    places = {one.method: Place(explanation=one) for one in report.explanations}
    places |= {name: Place(fault=fault) for name, fault in run.faults.items()}
    known = {name: place for name, place in places.items() if name in METHODS}
    return Job(request, known, Keeping.of_saved(run, private), trust=report.trust)


def _work(job: Job, checkpoint: Checkpoint, prediction: Prediction, target: Target) -> None:
    begun = time.perf_counter()
    job.fill(lambda name, options, place: _one(job, place, checkpoint, prediction, target, name, options))
    job.keep(prediction, time.perf_counter() - begun)


def _assess(job: Job, checkpoint: Checkpoint, prediction: Prediction) -> None:
    """Judge the methods, and give their scores the spread that came out."""
    counts: dict[str, tuple[int, int]] = {}

    def progress(part: str, done: int, total: int) -> None:
        counts[part] = (done, total)
        job.checks.done, job.checks.total = (sum(pair[place] for pair in counts.values()) for place in (0, 1))

    try:
        if not job.explanations:
            raise Cancelled("there is nothing to assess")
        found = services.assess(
            checkpoint,
            prediction,
            job.explanations,
            seed=job.request.seed,
            progress=progress,
            cancelled=job._stop.is_set,
        )
        for one in services.with_spreads(job.explanations, found):
            job.places[one.method].explanation = one
        job.trust = found
        job.keep(prediction)
    except WorkbenchError as error:
        job.checks.fault = str(error)
    except Exception as error:  # noqa: BLE001 - the explanations stand without their assessment
        job.checks.fault = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"


def _one(
    job: Job, place: Place, checkpoint: Checkpoint, prediction: Prediction, target: Target, name: str, options: str
) -> Explanation:
    from workbench.ui import caching

    def progress(done: int, total: int) -> None:
        place.done, place.total = done, total

    request = job.request
    found: Explanation = caching.explanation(
        checkpoint,
        checkpoint.fingerprint,
        prediction,
        prediction.text,
        name,
        target.model_dump_json(),
        request.unit.value,
        request.seed,
        request.windows,
        options,
        progress,
        job._stop.is_set,
    )
    return found
