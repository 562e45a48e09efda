"""The folders of the batches in the queue: what is written there, and what can be read from it."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from workbench.placing import place_text
from workbench.schema import BatchPlan, BatchProgress, BatchState, BatchStatus
from workbench.work.jobs import Jobs
from workbench.work.processes import alive
from workbench.work.turns import Turns

BATCHES = Jobs(where="batches", noun="batch", command="workbench batches")

root, folder, claimed = BATCHES.root, BATCHES.folder, BATCHES.claimed


def read(batch: str) -> BatchStatus:
    """Where a batch stands.

    Args:
        batch: Its id, the beginning of it, or ``last``.

    Returns:
        What it is to do, how far it is, and when it will be its turn.

    Raises:
        UnknownNameError: There is no such batch.
        InputError: Its folder is damaged.
    """
    place = folder(batch)
    plan, state, goes_on = BATCHES.load(place, BatchPlan, BatchState)
    if state.phase in ("waiting", "running") and not goes_on:
        state = state.model_copy(update={"phase": "interrupted"})
    return BatchStatus(
        plan=plan,
        state=state,
        progress=_progress(place),
        ahead=turns().before(place.name, there) if state.phase == "waiting" else None,
        cancelling=state.phase == "running" and (place / "cancel").exists(),
    )


def turns() -> Turns:
    """Who goes on next."""
    return Turns(root() / ".queue")


def there(name: str) -> bool:
    """Whether the process of a batch is.

    Args:
        name: Its id.

    Returns:
        True, too, for the first moments of one that has none yet.
    """
    return alive(root() / name)


def say(place: Path, state: BatchState) -> None:
    """Write down how far a batch is; only for who runs it or holds the queue.

    Args:
        place: Its folder.
        state: How far.
    """
    place_text(place / "state.json", state.model_dump_json(), private=True, durable=False)


def tell(place: Path, progress: BatchProgress) -> None:
    """Write down rows and time; only for who runs it.

    Args:
        place: The batch's folder.
        progress: So far.
    """
    place_text(place / "progress.json", progress.model_dump_json(), private=True, durable=False)


def _progress(place: Path) -> BatchProgress | None:
    try:
        return BatchProgress.model_validate_json((place / "progress.json").read_bytes())
    except (OSError, ValidationError):
        return None
