"""Processes of jobs: started so that they outlive their parent, written down, and known again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from workbench.placing import place_text

_PATIENCE = 60.0  # seconds until a job without a process counts as left


def launch(place: Path, module: str, *arguments: str) -> None:
    """Start a process that outlives this one and works on a job.

    Args:
        place: The job's folder, where its output goes to ``log.txt``.
        module: What runs.
        arguments: Of it.
    """
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with (place / "log.txt").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env=environment,
        )
    note_process(place, process.pid)
    # Whoever started it may outlive it, and is to leave no zombie behind.
    threading.Thread(target=process.wait, daemon=True, name=f"wait-{place.name}").start()


def note_process(place: Path, number: int | None = None) -> None:
    """Write down which process works on a job.

    Args:
        place: The job's folder.
        number: Of the process; by default this one.
    """
    import psutil

    try:
        began = psutil.Process(number).create_time()
    except psutil.NoSuchProcess:
        began = 0.0
    content = json.dumps({"pid": os.getpid() if number is None else number, "began": began})
    place_text(place / "process.json", content, private=True, durable=False)


def alive(place: Path) -> bool:
    """Whether the process of a job is still there, and not another one of its number.

    Args:
        place: The job's folder.

    Returns:
        True, too, for the first moments of a job that has none yet.
    """
    import psutil

    try:
        noted = json.loads((place / "process.json").read_text(encoding="utf-8"))
        process = psutil.Process(int(noted["pid"]))
        # Numbers of processes are used again.
        same = abs(process.create_time() - float(noted["began"])) < 1.0
        return same and str(process.status()) != str(psutil.STATUS_ZOMBIE)
    except FileNotFoundError:
        return _just_made(place)
    except (OSError, psutil.Error, ValueError, KeyError, TypeError, OverflowError):
        return False


def _just_made(place: Path) -> bool:
    """About to begin; or never was."""
    try:
        return time.time() - (place / "state.json").stat().st_mtime < _PATIENCE
    except OSError:
        return False
