"""Runs: each a folder of its own and, while it goes on, a process of its own that outlives whoever started it.

A run folder, in ``runs`` below the user's data folder, holds::

    plan.json       what it is to do; written once
    state.json      how far it is; rewritten in one step
    process.json    number and beginning of the process that works on it, or did last
    progress.jsonl  losses and looks at the validation texts; only ever added to
    log.txt         whatever the process wrote
    cancel          there once somebody asked it to stop
    lock            held by the process that works on it
    states/         the trainer's own saved states: weights as safetensors; optimizer, scheduler and random numbers as
                    torch saves them, read back with ``weights_only`` and from nowhere but here

Everything here can be read without torch.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from workbench import resources
from workbench.errors import InputError, UnknownNameError, WorkbenchError
from workbench.training.events import Event, settled
from workbench.training.plan import FINAL, Plan, State, Status, data_hashes, pace
from workbench.training.recipe import Recipe

_WORKER = "workbench.services.training_worker"
_PATIENCE = 60.0  # seconds until a run without a process counts as left


def root() -> Path:
    """Where the runs are."""
    return resources.home() / "runs"


def folder(run: str) -> Path:
    """The folder of a run.

    Args:
        run: Its id, the beginning of it where only one begins so, or ``last``.

    Returns:
        The folder.

    Raises:
        UnknownNameError: There is no such run, or more than one.
    """
    known = sorted(place.name for place in root().glob("*") if (place / "plan.json").is_file())
    found = [run] if run in known else known[-1:] if run == "last" else [one for one in known if one.startswith(run)]
    if len(found) != 1 or not run:
        what = f"{run!r} begins more than one run" if found else f"there is no run {run!r}"
        raise UnknownNameError(what, f"choose from: {', '.join(known[-8:]) or 'none yet'}")
    return root() / found[0]


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
    _check_startable(place)
    (place / "cancel").unlink(missing_ok=True)
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
        raise InputError(f"the run {place.name} is over ({status.state.phase})", "see workbench training show")
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
    raw = _lines(place)
    told = settled(list(raw))
    train = next((one for one in reversed(told) if one.kind == "train"), None)
    look = next((one for one in reversed(told) if one.kind == "evaluate"), None)
    if not _over(state) and not _alive(place):
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
        cancelling=(place / "cancel").exists() and not _over(state) and state.phase != "interrupted",
    )


def events(run: str) -> tuple[Event, ...]:
    """What a run told, for curves.

    Args:
        run: Its id.

    Returns:
        Events with rising steps; those of steps that were taken again only once.
    """
    return settled(list(_lines(folder(run))))


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


@contextmanager
def claimed(run: str) -> Iterator[Path]:
    """Hold a run, so that no other process works on it.

    Args:
        run: Its id.

    Yields:
        Its folder.

    Raises:
        WorkbenchError: Another process holds it.
    """
    from filelock import FileLock, Timeout

    place = folder(run)
    try:
        lock = FileLock(place / "lock", timeout=0).acquire()
    except Timeout:
        raise WorkbenchError(
            f"another process works on the run {place.name}", "watch it with workbench training show"
        ) from None
    with lock:
        yield place


def note_process(place: Path, number: int | None = None) -> None:
    """Write down which process works on a run.

    Args:
        place: The run's folder.
        number: Of the process; by default this one.
    """
    import psutil

    try:
        began = psutil.Process(number).create_time()
    except psutil.NoSuchProcess:
        began = 0.0
    write(place / "process.json", json.dumps({"pid": os.getpid() if number is None else number, "began": began}))


def say(place: Path, state: State) -> None:
    """Write down how far a run is; only for who holds it.

    Args:
        place: Its folder.
        state: How far.
    """
    write(place / "state.json", state.model_dump_json())


def tell(place: Path, event: Event) -> None:
    """Add a line to a run's progress; only for who holds it.

    Args:
        place: Its folder.
        event: What happened.
    """
    with (place / "progress.jsonl").open("a", encoding="utf-8") as stream:
        stream.write(event.model_dump_json(exclude_none=True) + "\n")


def write(file: Path, content: str) -> None:
    """Write a file in one step, so that a reader never meets half of it.

    Args:
        file: Where.
        content: What.
    """
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(content)
    os.replace(name, file)


def _check_startable(place: Path) -> None:
    status = read(place.name)
    if status.state.phase == "done":
        raise InputError(f"the run {place.name} is done", f"its checkpoint is {status.plan.output}")
    if not status.final and (place / "process.json").exists():
        raise InputError(f"the run {place.name} goes on already", "watch it with workbench training show")
    if status.state.phase == "cancelled" and status.state.entry:
        raise InputError(f"the run {place.name} was cancelled and left a checkpoint", "start a new run")


def _over(state: State) -> bool:
    return state.phase in FINAL


def _alive(place: Path) -> bool:
    """Whether the process of a run is still there, and not another one of its number."""
    import psutil

    try:
        noted = json.loads((place / "process.json").read_text(encoding="utf-8"))
        process = psutil.Process(int(noted["pid"]))
        # Numbers of processes are used again.
        same = abs(process.create_time() - float(noted["began"])) < 1.0
        return same and process.status() != psutil.STATUS_ZOMBIE
    except FileNotFoundError:
        # Just about to begin; or never was.
        return time.time() - (place / "state.json").stat().st_mtime < _PATIENCE
    except (psutil.Error, ValueError, KeyError, TypeError):
        return False


def _lines(place: Path) -> tuple[Event, ...]:
    """The events as written; half a last line is left for the next look."""
    try:
        content = (place / "progress.jsonl").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ()
    found = []
    for line in content.splitlines():
        try:
            found.append(Event.model_validate(json.loads(line)))
        except (ValueError, RecursionError):
            continue
    return tuple(found)
