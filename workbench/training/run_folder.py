"""The folder of a training run: who may write to it, and how.

It lies in ``runs`` below the user's data folder and holds::

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
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench import resources
from workbench.errors import UnknownNameError, WorkbenchError
from workbench.training.events import Event
from workbench.training.plan import State

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
            f"another process works on the run {place.name}", f"see workbench training watch {place.name}"
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


def alive(place: Path) -> bool:
    """Whether the process of a run is still there, and not another one of its number.

    Args:
        place: The run's folder.

    Returns:
        True, too, for the first moments of a run that has none yet.
    """
    import psutil

    try:
        noted = json.loads((place / "process.json").read_text(encoding="utf-8"))
        process = psutil.Process(int(noted["pid"]))
        # Numbers of processes are used again.
        same = abs(process.create_time() - float(noted["began"])) < 1.0
        return same and str(process.status()) != str(psutil.STATUS_ZOMBIE)
    except FileNotFoundError:
        # Just about to begin; or never was.
        return time.time() - (place / "state.json").stat().st_mtime < _PATIENCE
    except (psutil.Error, ValueError, KeyError, TypeError):
        return False


def lines(place: Path) -> tuple[Event, ...]:
    """The events as written; half a last line is left for the next look.

    Args:
        place: The run's folder.

    Returns:
        In the order of writing; see ``events.settled``.
    """
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
