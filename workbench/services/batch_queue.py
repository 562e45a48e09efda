"""A batch of the queue, from its turn to its end."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from workbench.batch import queue
from workbench.batch.admission import admit
from workbench.batch.uploads import owner
from workbench.errors import Cancelled, WorkbenchError
from workbench.schema import BatchPlan, BatchProgress, BatchState, BatchSummary
from workbench.schema.batch import MANIFEST

_TELL_SECONDS = 0.5
_PATIENCE = 60.0  # seconds for an earlier process of the same batch to leave


def work(batch: str, number: int) -> BatchState:
    """Wait for a batch's turn and run it, in this process.

    Args:
        batch: Its id.
        number: Its number in the queue.

    Returns:
        How it ended; ``running`` where a signal ended it, so that others see it interrupted.

    Raises:
        WorkbenchError: Whatever went wrong, which the batch's state says too.
    """
    with queue.claimed(batch, _PATIENCE) as place, queue.turn(place.name, number) as begun:
        if begun is None:
            return BatchState(phase="cancelled")
        try:
            state = _outcome(place, begun)
        except WorkbenchError as error:
            queue.say(place, begun.model_copy(update={"phase": "failed", "fault": str(error)}))
            raise
        except Exception as error:
            fault = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}; see {place / 'log.txt'}"
            queue.say(place, begun.model_copy(update={"phase": "failed", "fault": fault}))
            raise
        if state != begun:
            queue.say(place, state)
        return state


def _outcome(place: Path, begun: BatchState) -> BatchState:
    plan = queue.read(place.name).plan
    asked = place / "cancel"
    try:
        summary = _run(plan, begun, _teller(place), asked.exists)
    except Cancelled:
        return begun.model_copy(update={"phase": "cancelled"}) if asked.exists() else begun
    return begun.model_copy(update={"phase": "done", "summary": summary})


def _run(
    plan: BatchPlan, begun: BatchState, progress: Callable[[BatchProgress], None], cancelled: Callable[[], bool]
) -> BatchSummary:
    from workbench.services.batching import run_batch

    own = Path(os.path.abspath(queue.root() / plan.id / "output"))
    uploaded = owner(queue.BATCHES, plan.source) is not None
    admit(plan.source, None if plan.output == own else plan.output, uploaded=uploaded)
    return run_batch(
        plan.source,
        plan.checkpoint,
        plan.output,
        plan.options,
        engine=plan.engine,
        resume=plan.resume or (begun.attempts > 1 and (plan.output / MANIFEST).is_file()),
        ray_address=plan.ray_address,
        progress=progress,
        cancelled=cancelled,
    )


def _teller(place: Path) -> Callable[[BatchProgress], None]:
    """Writes progress down, the last of it in any case and the rest not too often."""
    told = -_TELL_SECONDS

    def tell(progress: BatchProgress) -> None:
        nonlocal told
        now = time.monotonic()
        if now - told >= _TELL_SECONDS or progress.done >= progress.total:
            told = now
            queue.tell(place, progress)

    return tell
