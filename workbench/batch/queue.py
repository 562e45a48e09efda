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
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from pydantic import ValidationError

from workbench import resources
from workbench.batch import uploads
from workbench.batch.admission import admit
from workbench.errors import InputError
from workbench.schema import BatchOptions, BatchPlan, BatchProgress, BatchState, BatchStatus, Engine
from workbench.work.files import write
from workbench.work.jobs import Jobs, follow, new_id
from workbench.work.processes import alive, launch, note_process
from workbench.work.turns import Turns

if TYPE_CHECKING:
    from filelock import BaseFileLock

BATCHES = Jobs(where="batches", noun="batch", command="workbench batches")
_WORKER = "workbench.cli.batch_worker"
_LOOK_SECONDS = 0.2  # between two looks at the queue

root, folder, claimed = BATCHES.root, BATCHES.folder, BATCHES.claimed


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
    with turns().held():
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
    plan, state, there = BATCHES.load(place, BatchPlan, BatchState)
    if state.phase in ("waiting", "running") and not there:
        state = state.model_copy(update={"phase": "interrupted"})
    return BatchStatus(
        plan=plan,
        state=state,
        progress=_progress(place),
        ahead=turns().before(place.name, _there) if state.phase == "waiting" else None,
        cancelling=state.phase == "running" and (place / "cancel").exists(),
    )


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


@contextmanager
def turn(batch: str, number: int) -> Iterator[BatchState | None]:
    """Wait until it is a batch's turn, in its own process; the next one's comes when this is left.

    Args:
        batch: Its id.
        number: Its number in the queue.

    Yields:
        How far it is; none where it was cancelled, or waits under another number, and is not to run here.
    """
    place = root() / batch
    while True:
        waits, slot = _take(place, number)
        if not waits or slot is not None:
            break
        time.sleep(_LOOK_SECONDS)
    if slot is None:
        yield None
        return
    try:
        yield read(batch).state
    finally:
        slot.release()


def _take(place: Path, number: int) -> tuple[bool, BaseFileLock | None]:
    """Whether a batch still waits, and its slot where it is its turn."""
    if not _waits(place, number):
        return False, None
    # A look from afar, so that the queue is only held when there is hope.
    if turns().before(place.name, _there):
        return True, None
    with turns().held():
        if not _waits(place, number):
            return False, None
        slot = None if turns().before(place.name, _there) else turns().slot(at_once())
        if slot is not None:
            note_process(place)
            state = read(place.name).state
            turns().leave(place.name)
            say(place, state.model_copy(update={"phase": "running", "attempts": state.attempts + 1}))
        return True, slot


def _waits(place: Path, number: int) -> bool:
    return (number, place.name) in turns().waiting()


def _there(name: str) -> bool:
    return alive(root() / name)


def turns() -> Turns:
    """Who goes on next."""
    return Turns(root() / ".queue")


def at_once() -> int:
    """How many batches run at a time on this machine.

    Returns:
        One, where ``WORKBENCH_BATCHES_AT_ONCE`` says nothing else.

    Raises:
        InputError: That is no number from 1 on.
    """
    named = os.environ.get(resources.AT_ONCE) or "1"
    if not named.isascii() or not named.isdigit() or not int(named):
        raise InputError(f"{resources.AT_ONCE} is {named!r}", "set it to a whole number from 1 on")
    return int(named)


def say(place: Path, state: BatchState) -> None:
    """Write down how far a batch is; only for who runs it or holds the queue.

    Args:
        place: Its folder.
        state: How far.
    """
    write(place / "state.json", state.model_dump_json())


def tell(place: Path, progress: BatchProgress) -> None:
    """Write down rows and time; only for who runs it.

    Args:
        place: The batch's folder.
        progress: So far.
    """
    write(place / "progress.json", progress.model_dump_json())


def _progress(place: Path) -> BatchProgress | None:
    try:
        return BatchProgress.model_validate_json((place / "progress.json").read_bytes())
    except (OSError, ValidationError):
        return None
