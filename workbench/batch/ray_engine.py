"""A batch on one or many machines by Ray Data: files read in parallel, a pool of actors, shards renamed into place.

Blocks of Ray are parts of the input, one each, so that the death of a worker costs no more than the part that it had,
which another one computes again, to the same bytes. Rows of results never travel: workers write them, and give back
word of it.
"""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, cast

from workbench.batch.machine import DEVICE, THREADS
from workbench.batch.ray_blocks import Done, raise_fault
from workbench.batch.ray_cluster import short_folder
from workbench.batch.ray_driver import JOB, WORD, Job
from workbench.batch.ray_working import probe
from workbench.batch.running import Progress, Tally
from workbench.checkpoints import locate
from workbench.errors import Cancelled, WorkbenchError
from workbench.schema import BatchManifest, BatchSummary

_PATIENCE_SECONDS = 0.2
# For a driver that was asked to leave its cluster in order.
_LEAVING_SECONDS = 20.0
_AGAIN = "go on with --resume"
_TOLD_BYTES = 20_000


def run_ray(
    source: Path,
    folder: Path,
    manifest: BatchManifest,
    checkpoint: str,
    address: str | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> BatchSummary:
    """Compute what is missing of a batch.

    Args:
        source: The file or folder of the input; on several machines, where all see it.
        folder: Of the batch, likewise; its manifest is written, and nobody else works on it.
        manifest: What is asked.
        checkpoint: Its name; every machine finds it by it.
        address: ``auto`` or ``host:port`` of a cluster; none for one of this machine alone, for the time of the batch.
        workers: How many; by default a GPU each or, where the batch was begun on a CPU, as many CPUs each as threads.
        progress: Told of every part that is in place.
        cancelled: Asked several times a second; true stops, and the folder can be gone on with.

    Returns:
        What became of it, as written.

    Raises:
        InputError: There is no such cluster, no room for the workers, or a machine does not see input or folder.
        CheckpointError: A machine has another checkpoint.
        Cancelled: The caller asked to stop.
        WorkbenchError: A machine has other versions, parts were lost for good, or Ray ended the process that used it.
    """
    tally = Tally(folder, manifest, progress)
    missing = _parts(manifest) - tally.done
    if missing:
        pinned = locate(checkpoint).pinned
        try:
            with probe(folder) as name, short_folder() as place:
                job = Job(
                    source=source.resolve(),
                    folder=folder.resolve(),
                    probe=name,
                    checkpoint=pinned,
                    manifest=manifest,
                    done=frozenset(tally.done),
                    address=address,
                    place=place,
                    workers=workers,
                    threads=_threads(manifest),
                )
                with _driver(job) as driver:
                    for booking in driver.bookings(cancelled):
                        # Ray may compute a part twice, where what a worker had said was lost with its machine.
                        if booking.key in missing:
                            missing.remove(booking.key)
                            tally.add(booking.key, booking.errors)
                    if missing:
                        raise driver.lost(len(missing))
        finally:
            tally.note_seconds()
    return tally.finish("ray")


def _threads(manifest: BatchManifest) -> int | None:
    """As many as the batch was begun with, since another number gives other last bits; none on a GPU."""
    on_a_cpu = manifest.provenance.get(DEVICE, "cpu").startswith("cpu")
    return int(manifest.provenance.get(THREADS, 1)) if on_a_cpu else None


def _parts(manifest: BatchManifest) -> set[tuple[int, int]]:
    size = manifest.options.shard_rows
    return {(number, part) for number, file in enumerate(manifest.files) for part in range(-(-file.rows // size))}


class _Driver:
    """The process that talks to Ray, as seen from here."""

    def __init__(self, process: subprocess.Popen[bytes], printed: IO[bytes]) -> None:
        self._process = process
        self._orders = cast("IO[bytes]", process.stdin)
        self._answers = cast("IO[bytes]", process.stdout)
        self._printed = printed
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def tell(self, job: Job) -> None:
        """What it is to do; whether it heard that shows when it answers."""
        with suppress(BrokenPipeError):
            self._orders.write(JOB.dump_json(job) + b"\n")
            self._orders.flush()

    def bookings(self, cancelled: Callable[[], bool] | None) -> Iterator[Done]:
        """What workers say as they say it, until there is no more; a wish to stop is heard meanwhile."""
        while True:
            if cancelled is not None and cancelled():
                raise Cancelled
            try:
                line = self._lines.get(timeout=_PATIENCE_SECONDS)
            except queue.Empty:
                continue
            # A line that the end of the process cut off is no word.
            if line is None or not line.endswith(b"\n"):
                return
            word = WORD.validate_json(line)
            if word.fault is not None:
                raise_fault(word.fault, RuntimeError(self._said()))
            if word.done is not None:
                yield word.done

    def lost(self, parts: int) -> WorkbenchError:
        """Why there is no more, though there should be."""
        status = self._process.wait()
        if status == 0:
            return WorkbenchError(f"{parts} parts were lost with their workers", _AGAIN)
        found = WorkbenchError(f"Ray ended its process (status {status}) before {parts} parts were done", _AGAIN)
        found.__cause__ = RuntimeError(self._said())
        return found

    def end(self) -> None:
        """Nothing of it stays."""
        with suppress(BrokenPipeError):
            self._orders.close()
        try:
            self._process.wait(_LEAVING_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._listener.join()
        self._answers.close()

    def _listen(self) -> None:
        for line in self._answers:
            self._lines.put(line)
        self._lines.put(None)

    def _said(self) -> str:
        size = self._printed.seek(0, os.SEEK_END)
        self._printed.seek(max(0, size - _TOLD_BYTES))
        return self._printed.read().decode("utf-8", "replace")


@contextmanager
def _driver(job: Job) -> Iterator[_Driver]:
    with tempfile.TemporaryFile() as printed:
        process = subprocess.Popen(
            # Not with the folder where the user happens to be, whose files may have the names of libraries.
            [sys.executable, "-P", "-m", "workbench.batch.ray_driver"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=printed,
            # Ctrl-C is for the engine, which then has this end in order.
            start_new_session=True,
        )
        driver = _Driver(process, printed)
        try:
            driver.tell(job)
            yield driver
        finally:
            driver.end()
