"""A batch of the queue whose turn it is, to its end."""

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

_TELL_SECONDS = 0.5


def work(place: Path, begun: BatchState) -> BatchState:
    """Run a batch whose turn it is, in this process.

    Args:
        place: Its folder, which this process has claimed.
        begun: How far it is.

    Returns:
        How it ended; ``running`` where something else than ``cancel`` stopped it, so that others see it interrupted.

    Raises:
        WorkbenchError: Whatever went wrong, which the batch's state says too.
    """
    try:
        state = _outcome(place, begun)
    except WorkbenchError as error:
        queue.say(place, begun.model_copy(update={"phase": "failed", "fault": str(error)}))
        raise
    except Exception as error:  # nobody watches this process: its state says what went wrong
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
        resume=plan.resume or begun.attempts > 1,
        ray_address=plan.ray_address,
        workers=plan.workers,
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
