"""Runs: each a folder of its own and, while it goes on, a process of its own that outlives whoever started it.

Nothing here needs torch.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from workbench.errors import InputError
from workbench.training.events import Event, settled
from workbench.training.plan import FINAL, Plan, State, Status, data_hashes, pace
from workbench.training.recipe import Recipe
from workbench.training.run_folder import RUNS, lines, say, tell
from workbench.work.jobs import follow, new_id
from workbench.work.processes import launch, note_process

__all__ = [
    "cancel",
    "claimed",
    "create",
    "events",
    "folder",
    "list_runs",
    "note_process",
    "read",
    "remove",
    "reopen",
    "resume",
    "root",
    "say",
    "start",
    "tell",
    "watch",
]

_WORKER = "workbench.services.training_worker"

root, folder, claimed = RUNS.root, RUNS.folder, RUNS.claimed


def create(
    recipe: Recipe,
    output: Path,
    *,
    base: str,
    data_folder: Path,
    snapshots: tuple[tuple[float, Path], ...] = (),
    command: str = "",
    licence: str | None = None,
    listed: bool = True,
    save_seconds: float = 120.0,
) -> Plan:
    """Write down a new run; it is not started.

    Args:
        recipe: What is trained.
        output: Folder for the checkpoint.
        base: What loads the base.
        data_folder: Where the recipe's relative files are.
        snapshots: Pairs of a share of the steps and a folder.
        command: What does the same again.
        licence: Of the data.
        listed: Whether the checkpoint is put on the user's list.
        save_seconds: How often the state is saved.

    Returns:
        The plan.

    Raises:
        InputError: A file cannot be read, or the folder of runs cannot be written.
    """
    now = datetime.now(UTC)
    plan = Plan(
        id=new_id(now),
        created=now.isoformat(timespec="seconds"),
        recipe=recipe,
        base=base,
        data_folder=data_folder.resolve(),
        data_hashes=data_hashes(recipe, data_folder),
        output=Path(os.path.abspath(output)),
        snapshots=tuple((share, Path(os.path.abspath(place))) for share, place in snapshots),
        command=command,
        licence=licence,
        listed=listed,
        save_seconds=save_seconds,
    )
    RUNS.create(plan.id, plan, State(phase="starting"))
    return plan


def start(run: str) -> None:
    """Start, or go on with, a run in a process of its own.

    Args:
        run: Its id.

    Raises:
        InputError: It goes on already, or is over.
        UnknownNameError: There is no such run.
    """
    place = folder(run)
    reopen(place.name)
    (place / "process.json").unlink(missing_ok=True)
    say(place, State(phase="starting"))
    launch(place, _WORKER, place.name)


def reopen(run: str) -> None:
    """Make ready to go on with a run, whose wish to stop is forgotten; refuse what goes on or is over.

    Args:
        run: Its id.

    Raises:
        InputError: It is.
    """
    place = folder(run)
    status = read(run)
    if status.state.phase == "done":
        raise InputError(f"the run {place.name} is done", f"its checkpoint is {status.plan.output}")
    if not status.final and (place / "process.json").exists():
        raise InputError(f"the run {place.name} goes on already", f"see workbench training watch {place.name}")
    if status.state.phase == "cancelled" and status.state.entry:
        raise InputError(f"the run {place.name} was cancelled and left a checkpoint", "start a new run")
    (place / "cancel").unlink(missing_ok=True)


def resume(run: str) -> None:
    """Go on with a run from its last saved state; see ``start``."""
    start(run)


def cancel(run: str) -> Status:
    """Ask a run to stop; the best weights so far are kept as a checkpoint, where there are any.

    Args:
        run: Its id.

    Returns:
        Where it stands.

    Raises:
        InputError: It is over.
        UnknownNameError: There is no such run.
    """
    place = folder(run)
    status = read(run)
    if status.final and status.state.phase != "interrupted":
        raise InputError(
            f"the run {place.name} is over ({status.state.phase})", f"see workbench training show {place.name}"
        )
    (place / "cancel").touch()
    if status.state.phase == "interrupted":
        with claimed(place.name):
            say(place, State(phase="cancelled", stopped="cancelled"))
    return read(run)


def read(run: str) -> Status:
    """Where a run stands.

    Args:
        run: Its id.

    Returns:
        Its plan, its state and its last figures.

    Raises:
        UnknownNameError: There is no such run.
        InputError: Its folder is damaged.
    """
    place = folder(run)
    plan, state, there = RUNS.load(place, Plan, State)
    raw = lines(place)
    told = settled(list(raw))
    train = next((one for one in reversed(told) if one.kind == "train"), None)
    look = next((one for one in reversed(told) if one.kind == "evaluate"), None)
    if state.phase not in FINAL and not there:
        state = state.model_copy(update={"phase": "interrupted"})
    step, steps = (told[-1].step, told[-1].steps) if told else (0, 0)
    each = pace(raw)
    return Status(
        plan=plan,
        state=state,
        step=step,
        steps=steps,
        loss=train.loss if train else None,
        learning_rate=train.learning_rate if train else None,
        metrics=look.metrics if look else None,
        seconds_left=each * (steps - step) if each is not None and state.phase == "training" else None,
        cancelling=(place / "cancel").exists() and state.phase not in FINAL and state.phase != "interrupted",
    )


def events(run: str) -> tuple[Event, ...]:
    """What a run told, for curves.

    Args:
        run: Its id.

    Returns:
        Events with rising steps; those of steps that were taken again only once.
    """
    return settled(list(lines(folder(run))))


def watch(run: str, *, seconds: float = 0.5) -> Iterator[Status]:
    """Follow a run to its end.

    Args:
        run: Its id.
        seconds: Between two looks.

    Yields:
        Where it stands; the last is ``final``.
    """
    yield from follow(lambda: read(run), lambda status: status.final, seconds)


def list_runs() -> tuple[Status, ...]:
    """All runs, newest first; damaged ones are left out."""
    return RUNS.every(read)


def remove(run: str) -> None:
    """Delete the folder of a run, with its saved states; its checkpoint stays.

    Args:
        run: Its id.

    Raises:
        InputError: It goes on.
    """
    place = folder(run)
    if not read(run).final:
        raise InputError(f"the run {place.name} goes on", "cancel it first")
    shutil.rmtree(place)
