"""Why an entity has its type, in the background: a job whose methods explain one entity."""

from __future__ import annotations

from workbench.checkpoints import Checkpoint
from workbench.schema import EntityPrediction, Explanation
from workbench.ui.jobs import Job, Place, Request


class EntityRequest(Request):
    """What was asked for with the button of the Entities page.

    Attributes:
        strategy: How tokens become entities; empty for what suits the checkpoint.
        entity: Place of the entity to explain among those found, from 0; none before one was picked.
    """

    strategy: str = ""
    entity: int | None = None


class EntityJob(Job):
    """A request to explain an entity, being answered."""

    def begin(self, checkpoint: Checkpoint, prediction: EntityPrediction) -> None:
        """Run the methods on a thread of its own.

        Args:
            checkpoint: The model.
            prediction: The entities of the request's text.
        """
        self._run(self._work, checkpoint, prediction)

    def _work(self, checkpoint: Checkpoint, prediction: EntityPrediction) -> None:
        from workbench.ui import caching

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


def start(request: EntityRequest, checkpoint: Checkpoint, prediction: EntityPrediction) -> EntityJob:
    """Begin to answer a request on a thread of its own.

    Args:
        request: What is asked, with an entity.
        checkpoint: The model.
        prediction: The entities of the request's text.

    Returns:
        The job, running.
    """
    job = EntityJob(request, {name: Place() for name, _ in request.methods})
    job.begin(checkpoint, prediction)
    return job
