"""The queue: batches that wait for their turn and go on in processes of their own, whoever started them.

Each has a folder in ``batches`` below the user's data folder: what a job's holds (see ``workbench.work.jobs``), and::

    progress.json   rows and time; rewritten in one step, at most twice a second
    input/          the file, where it was uploaded
    output/         the result, where no other folder was asked for

Its process is there from the start, waits while others are before it, and needs torch only once it is its turn. Whoever
joins, leaves, begins or is cancelled does so while the queue is held, so each of these happens wholly or not at all.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from workbench.batch import uploads
from workbench.batch.admission import admit
from workbench.batch.queue_folder import BATCHES, claimed, folder, read, root, say, tell, turns
from workbench.batch.waiting import at_once, turn
from workbench.errors import InputError
from workbench.schema import BatchOptions, BatchPlan, BatchState, BatchStatus, Engine
from workbench.work.jobs import follow, new_id
from workbench.work.processes import launch

__all__ = [
    "BATCHES",
    "cancel",
    "claimed",
    "enqueue",
    "folder",
    "keep_upload",
    "list_batches",
    "read",
    "remove",
    "resume",
    "root",
    "say",
    "start",
    "tell",
    "turn",
    "turns",
    "watch",
]

_WORKER = "workbench.cli.batch_worker"


def keep_upload(name: str, content: bytes | BinaryIO, *, limit: int | None = None) -> Path:
    """Keep an uploaded file for a batch; see ``uploads.keep_upload``."""
    return uploads.keep_upload(BATCHES, name, content, limit=limit)


def enqueue(
    source: Path,
    checkpoint: str,
    options: BatchOptions,
    *,
    output: Path | None = None,
    name: str | None = None,
    engine: Engine = "local",
    ray_address: str | None = None,
    workers: int | None = None,
    resume: bool = False,
) -> BatchPlan:
    """Put a batch at the end of the queue, with a process of its own that waits for its turn.

    Args:
        source: A file or a folder of reviews; or what ``keep_upload`` gave.
        checkpoint: A bundled name, a folder, or a hub id.
        options: What is asked of every row.
        output: Folder for the result; by default one in the folder of the batch.
        name: What people call it; by default as the file is called.
        engine: What computes it.
        ray_address: Of the cluster.
        workers: Of Ray; by default as many as it has room for.
        resume: Go on with what the folder holds.

    Returns:
        The plan; its ``id`` names the batch from now on.

    Raises:
        InputError: The source is not there or may not be read, or a folder cannot be written or is in use.
        CheckpointError: There is no such checkpoint.
    """
    from workbench.checkpoints import locate

    kept_by = uploads.owner(BATCHES, source)
    admit(source, output, uploaded=kept_by is not None)
    pinned = locate(checkpoint).pinned
    with BATCHES.writing(), turns().held():
        now = datetime.now(UTC)
        job = new_id(now) if kept_by is None or (root() / kept_by / "plan.json").exists() else kept_by
        if kept_by is not None and job != kept_by:
            source = uploads.adopt(BATCHES, source, job)
        plan = BatchPlan(
            id=job,
            created=now.isoformat(timespec="seconds"),
            name=name or source.name,
            source=Path(os.path.abspath(source)),
            checkpoint=pinned,
            options=options,
            output=Path(os.path.abspath(output or root() / job / "output")),
            engine=engine,
            ray_address=ray_address,
            workers=workers,
            resume=resume,
        )
        _check_output(plan)
        BATCHES.create(job, plan, BatchState(phase="waiting"), prepared=kept_by is not None)
    start(job)
    return plan


def _check_output(plan: BatchPlan) -> None:
    writer = next((one.plan for one in list_batches() if not one.final and one.plan.output == plan.output), None)
    if writer is not None:
        raise InputError(f"the batch {writer.id} is to write to {plan.output}", "choose another folder")
    if plan.output.exists() and not plan.output.is_dir():
        raise InputError(f"{plan.output} is a file", "choose a folder")


def start(batch: str) -> None:
    """Put a batch at the end of the queue, for the first time or again, in a process of its own.

    Args:
        batch: Its id.

    Raises:
        InputError: It waits or runs already, or is done.
        UnknownNameError: There is no such batch.
    """
    place = folder(batch)
    at_once()  # better said here than in a log
    with turns().held():
        status = read(place.name)
        if status.state.phase == "done":
            raise InputError(f"the batch {place.name} is done", f"its result is in {status.plan.output}")
        if not status.final and (place / "process.json").exists():
            raise InputError(f"the batch {place.name} goes on already", f"see workbench batches watch {place.name}")
        with BATCHES.writing():
            for left in ("cancel", "progress.json", "process.json"):
                (place / left).unlink(missing_ok=True)
            say(place, BatchState(phase="waiting", attempts=status.state.attempts))
            launch(place, _WORKER, place.name, str(turns().join(place.name)))


def resume(batch: str) -> None:
    """Go on with a batch from the shards that it has; see ``start``."""
    start(batch)


def list_batches() -> tuple[BatchStatus, ...]:
    """All batches, newest first; damaged ones are left out."""
    return BATCHES.every(read)


def watch(batch: str, *, seconds: float = 0.5) -> Iterator[BatchStatus]:
    """Follow a batch to its end.

    Args:
        batch: Its id.
        seconds: Between two looks.

    Yields:
        Where it stands; the last is ``final``.
    """
    name = folder(batch).name
    yield from follow(lambda: read(name), lambda status: status.final, seconds)


def cancel(batch: str) -> BatchStatus:
    """Stop a batch: at once where it waits, else after the rows at hand; its shards stay, and it can be resumed.

    Args:
        batch: Its id.

    Returns:
        Where it stands.

    Raises:
        InputError: It is over.
        UnknownNameError: There is no such batch.
    """
    place = folder(batch)
    with turns().held():
        state = read(place.name).state
        if state.phase not in ("waiting", "running", "interrupted"):
            raise InputError(
                f"the batch {place.name} is over ({state.phase})", f"see workbench batches show {place.name}"
            )
        (place / "cancel").touch()
        if state.phase != "running":
            turns().leave(place.name)
            say(place, state.model_copy(update={"phase": "cancelled"}))
    return read(place.name)


def remove(batch: str) -> None:
    """Delete the folder of a batch, its upload and its result with it; a result in another folder stays.

    Args:
        batch: Its id.

    Raises:
        InputError: It waits or runs.
        UnknownNameError: There is no such batch.
    """
    place = folder(batch)
    with turns().held():
        if not read(place.name).final:
            raise InputError(f"the batch {place.name} goes on", "cancel it first")
        turns().leave(place.name)
        with BATCHES.writing():
            shutil.rmtree(place)
