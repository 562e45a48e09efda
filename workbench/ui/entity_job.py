"""Entities in the background: what was found is kept, and a job whose methods explain one entity."""

from __future__ import annotations

import time
from collections.abc import Callable

from workbench import services
from workbench.checkpoints import Checkpoint
from workbench.explainers import METHODS
from workbench.schema import EntityPrediction, EntityReport, Explanation, SavedRun
from workbench.ui.jobs import Job, Place, Request
from workbench.ui.run_keeping import Keeping


class EntityRequest(Request):
    """What was asked for with the button of the Entities page.

    Attributes:
        strategy: How tokens become entities; empty for what suits the checkpoint.
        scheme: How tags are read; empty for what the labels say.
        entity: Place of the entity to explain among those found, from 0; none before one was picked.
    """

    strategy: str = ""
    scheme: str = ""
    entity: int | None = None


class EntityJob(Job):
    """A request to explain an entity, being answered; without an entity, one to keep what was found."""

    request: EntityRequest

    @property
    def opened(self) -> EntityReport | None:
        """What stands in the history, where the job was opened from there."""
        run = self.keeping.run if self.keeping.opened else None
        return run.result if run is not None and isinstance(run.result, EntityReport) else None

    def found(self, prediction: EntityPrediction) -> EntityReport:
        """What has come so far.

        Args:
            prediction: The entities of the request's text.

        Returns:
            The report, with the versions of what computed it: of a run from the history, those of then.
        """
        versions = services.provenance() if self.opened is None else self.opened.provenance
        done = self.explanations
        entity = self.request.entity if done else None
        return EntityReport(prediction=prediction, entity=entity, explanations=done, provenance=versions)

    def begin(self, checkpoint: Checkpoint, prediction: EntityPrediction, after: EntityJob | None = None) -> None:
        """Run the methods on a thread of its own, and keep the run.

        Args:
            checkpoint: The model.
            prediction: The entities of the request's text.
            after: Another job of the same run, which is to be kept first.
        """
        self._run(self._work, checkpoint, prediction, after)

    def keep_found(self, prediction: EntityPrediction, seconds: float) -> None:
        """Keep what was found, on a thread of its own.

        Args:
            prediction: The entities of the request's text.
            seconds: How long that took.
        """
        self._run(self.keeping.keep, lambda: self.found(prediction), seconds)

    def _work(self, checkpoint: Checkpoint, prediction: EntityPrediction, after: EntityJob | None) -> None:
        from workbench.ui import caching

        begun = time.perf_counter()
        # What changes nothing for one method has no part in the key under which its result is kept.
        request = self.request.model_copy(update={"methods": ()}).model_dump_json()

        def explain(name: str, options: str, place: Place) -> Explanation:
            def progress(done: int, total: int) -> None:
                place.done, place.total = done, total

            found: Explanation = caching.entity_explanation(
                checkpoint, checkpoint.fingerprint, prediction, request, name, options, progress, self._stop.is_set
            )
            return found

        self.fill(explain)
        if after is not None:
            after.wait()
        self._keep(prediction, time.perf_counter() - begun)

    def _keep(self, prediction: EntityPrediction, seconds: float) -> None:
        """Keep the run; one that was stopped before anything came out stays as it was."""
        if self.explanations or not self._stop.is_set():
            faults = {name: place.fault for name, place in self.places.items() if place.fault is not None}
            self.keeping.keep(lambda: self.found(prediction), seconds, faults)
        elif self.keeping.run is None:
            self.keeping.drop()


def start(
    request: EntityRequest,
    checkpoint: Checkpoint,
    prediction: EntityPrediction,
    keeping: Keeping | None = None,
    after: EntityJob | None = None,
) -> EntityJob:
    """Begin to answer a request on a thread of its own.

    Args:
        request: What is asked, with an entity.
        checkpoint: The model.
        prediction: The entities of the request's text.
        keeping: What keeps the run.
        after: Another job of the same run, which is to be kept first.

    Returns:
        The job, running.
    """
    job = EntityJob(request, {name: Place() for name, _ in request.methods}, keeping or Keeping())
    job.begin(checkpoint, prediction, after)
    return job


def from_history(request: EntityRequest, run: SavedRun, report: EntityReport, private: Callable[[], bool]) -> EntityJob:
    """A job that has ended, as it was kept.

    Args:
        request: What was asked, with the entity that was explained, if one was.
        run: The run.
        report: What came out of it.
        private: As ``Keeping`` takes it.

    Returns:
        The job; methods that this version does not have are left out.
    """
    places = {one.method: Place(explanation=one) for one in report.explanations}
    places |= {name: Place(fault=fault) for name, fault in run.faults.items()}
    known = {name: place for name, place in places.items() if name in METHODS}
    return EntityJob(request, known, Keeping.of_saved(run, private))
