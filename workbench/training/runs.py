"""Runs: each a folder of its own and, while it goes on, a process of its own that outlives whoever started it.

Nothing here needs torch.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from workbench import resources
from workbench.errors import InputError
from workbench.training.events import Event, settled
from workbench.training.plan import FINAL, Plan, State, Status, data_hashes, pace
from workbench.training.recipe import Recipe
from workbench.training.run_folder import alive, claimed, folder, lines, note_process, root, say, tell, write

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
        id=f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}",
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
    place = root() / plan.id
    try:
        place.mkdir(parents=True)
        write(place / "state.json", State(phase="starting").model_dump_json())
        write(place / "plan.json", plan.model_dump_json(indent=2))
    except OSError as error:
        raise InputError(
            f"the folder {root()} cannot be written ({error.strerror})", f"mend its rights or set {resources.HOME}"
        ) from error
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
    write(place / "state.json", State(phase="starting").model_dump_json())
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with (place / "log.txt").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", _WORKER, place.name],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env=environment,
        )
    note_process(place, process.pid)
    # Whoever started it may outlive it, and is to leave no zombie behind.
    threading.Thread(target=process.wait, daemon=True, name=f"wait-{place.name}").start()


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
    try:
        plan = Plan.model_validate_json((place / "plan.json").read_bytes())
        state = State.model_validate_json((place / "state.json").read_bytes())
    except (OSError, ValidationError) as error:
        raise InputError(f"the run {place.name} is damaged ({type(error).__name__})", f"remove {place}") from None
    raw = lines(place)
    told = settled(list(raw))
    train = next((one for one in reversed(told) if one.kind == "train"), None)
    look = next((one for one in reversed(told) if one.kind == "evaluate"), None)
    if state.phase not in FINAL and not alive(place):
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
    while True:
        status = read(run)
        yield status
        if status.final:
            return
        time.sleep(seconds)


def list_runs() -> tuple[Status, ...]:
    """All runs, newest first; damaged ones are left out."""
    found = []
    for place in sorted(root().glob("*"), reverse=True):
        try:
            found.append(read(place.name))
        except InputError:
            continue
    return tuple(found)


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
