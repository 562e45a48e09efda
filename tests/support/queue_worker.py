"""The process of a batch in the queue, with a stand-in for the model: it waits until it is told to end.

It writes what happens into ``journal`` in the user's folder, and ends once a file ``go-NAME`` lies there; with ``fail``
as its engine's address it fails.
"""

from __future__ import annotations

import sys
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

from workbench import resources
from workbench.errors import Cancelled, InputError
from workbench.schema import BatchOptions, BatchProgress, BatchSummary


def run_batch(
    source: Path,
    checkpoint: str,
    output: Path,
    options: BatchOptions,
    *,
    engine: str,
    resume: bool,
    ray_address: str | None,
    workers: int | None,
    progress: Callable[[BatchProgress], None],
    cancelled: Callable[[], bool],
) -> BatchSummary:
    home = resources.home()

    def note(what: str) -> None:
        with (home / "journal").open("a") as journal:
            journal.write(f"{what} {source.name}{' resumed' if resume else ''}\n")

    note("begins")
    output.mkdir(parents=True, exist_ok=True)
    (output / "manifest.json").touch()
    progress(BatchProgress(done=1, total=4, errors=0, seconds=1.0, rows_per_second=1.0, seconds_left=3.0))
    # Too soon after the first to be told.
    progress(BatchProgress(done=2, total=4, errors=0, seconds=2.0, rows_per_second=1.0, seconds_left=2.0))
    if ray_address == "fail":
        raise InputError("the batch is at fault", "mend it")
    if ray_address == "crash":
        raise ValueError("a\nbug")
    while not (home / f"go-{source.name}").exists():
        if cancelled():
            note("cancelled")
            raise Cancelled
        time.sleep(0.02)
    progress(BatchProgress(done=4, total=4, errors=1, seconds=4.0, rows_per_second=1.0, seconds_left=0.0))
    note("ends")
    return BatchSummary(rows=4, errors={"a": 1}, seconds=4.0, engine=engine, finished="2026-01-01T00:00:00+00:00")


if __name__ == "__main__":
    stand_in: Any = types.ModuleType("workbench.services.batching")
    stand_in.run_batch = run_batch
    sys.modules["workbench.services.batching"] = stand_in
    from workbench.cli.batch_worker import main

    sys.exit(main())
