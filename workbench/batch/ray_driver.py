"""The process that talks to Ray: ``python -m workbench.batch.ray_driver``, started by ``workbench.batch.ray_engine``.

Ray may end the process that uses it, by a signal or with a bare exit, when work is stopped, when a worker is lost, or
in its own shutdown. So that process is no one's but Ray's: it is told one job on standard input, says line by line
which parts are in place, and ends when its standard input does.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from workbench.batch.ray_blocks import Done, Fault, fault_of, read_booking
from workbench.batch.ray_cluster import Crew, cluster
from workbench.batch.ray_working import Orders, PartWorker
from workbench.errors import WorkbenchError
from workbench.schema import BatchManifest

if TYPE_CHECKING:
    import pyarrow as pa

_AT_ONCE_ON_A_GPU = 3
# Workers that may die over one part before it is given up, and parts that may be given up before all is.
_DEATHS = 3
_LOST = 10
_GRACE_SECONDS = 10.0


@dataclass(frozen=True)
class Job:
    """What the process is told.

    Attributes:
        source: The file or folder of the input, absolute.
        folder: Of the batch, likewise.
        probe: A file in it that the engine has written.
        checkpoint: A name that finds it on every machine.
        manifest: What is asked.
        done: File and part of those that are in place.
        address: ``auto`` or ``host:port`` of a cluster; none for one of this machine alone.
        place: Where that one keeps its files.
        workers: How many; none for as many as there is room for.
        threads: That each computes with; none for a GPU each.
    """

    source: Path
    folder: Path
    probe: str
    checkpoint: str
    manifest: BatchManifest
    done: frozenset[tuple[int, int]]
    address: str | None
    place: Path
    workers: int | None
    threads: int | None


@dataclass(frozen=True)
class Word:
    """A line of what the process says; one of the two.

    Attributes:
        done: A part is in place.
        fault: Why there will be no more.
    """

    done: Done | None = None
    fault: Fault | None = None


JOB = TypeAdapter(Job)
WORD = TypeAdapter(Word)


def main() -> int:
    """Do the job that standard input names.

    Returns:
        The exit status: zero when the job was done or its fault was told.
    """
    signal.signal(signal.SIGTERM, _end)
    job = JOB.validate_json(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_standard_input, daemon=True).start()
    # Ray, and what it starts, may print what it likes; the lines go where nobody else writes.
    with os.fdopen(os.dup(1), "wb", buffering=0) as out:
        os.dup2(2, 1)

        def say(word: Word) -> None:
            out.write(WORD.dump_json(word) + b"\n")

        try:
            for block in _blocks(job):
                for done in read_booking(block):
                    say(Word(done=done))
        except Exception as error:  # noqa: BLE001 - it is raised again in the process that waits
            traceback.print_exc()
            say(Word(fault=fault_of(_told(error))))
    return 0


def _blocks(job: Job) -> Iterator[pa.Table]:
    with cluster(job.address, job.place, job.workers, job.threads) as crew:
        # Ray has taken the signal for itself.
        signal.signal(signal.SIGTERM, _end)
        plan = _plan(job, crew)
        yield from plan.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=0)


def _plan(job: Job, crew: Crew) -> Any:
    """The stages, nothing of which runs before somebody asks for the result."""
    import ray

    # Imports ray.
    from workbench.batch.ray_reading import Parts

    orders = Orders(job.folder, job.probe, job.checkpoint, job.manifest, crew.cpus is None)
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    # Every part, being a row, fills a block.
    context.target_max_block_size = 1
    context.max_errored_blocks = _LOST
    parts = Parts(job.source, job.manifest, job.done)
    # Readers take no CPU, so that workers can have all.
    read = ray.data.read_datasource(
        parts, override_num_blocks=len(parts), concurrency=min(len(parts), crew.workers), num_cpus=0
    )
    place = {"num_gpus": 1} if crew.cpus is None else {"num_cpus": crew.cpus}
    # While a GPU computes a part, the next is tokenized and the last is written; a CPU does one thing at a time.
    at_once = 1 if crew.cpus is not None else _AT_ONCE_ON_A_GPU
    with warnings.catch_warnings():
        # Ray will name these two otherwise one day. Any number of workers may die, but not all of them over one part.
        warnings.simplefilter("ignore")
        return read.map_batches(
            PartWorker,
            batch_size=1,
            batch_format="pyarrow",
            compute=ray.data.ActorPoolStrategy(
                size=crew.workers,
                max_tasks_in_flight_per_actor=at_once + 1,
                max_concurrent_calls_per_actor=at_once,
                enable_true_multi_threading=at_once > 1,
            ),
            fn_constructor_args=(orders,),
            max_restarts=-1,
            max_task_retries=_DEATHS,
            **place,
        )


def _told(error: Exception) -> WorkbenchError:
    """One line of what Ray says in a page."""
    if isinstance(error, WorkbenchError):
        return error
    text = str(error)
    if "No module named 'workbench'" in text:
        remedy = f"pip install 'explainability-workbench[ray]=={version('explainability-workbench')}' there"
        return WorkbenchError("a machine of the cluster has no workbench", remedy)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    reason = lines[-1][:200] if lines else type(error).__name__
    return WorkbenchError(f"the cluster gave up ({reason})", "see --debug, then go on with --resume")


def _end(*_: object) -> None:
    sys.exit(1)


def _end_with_standard_input() -> None:
    """The engine has stopped waiting, or is no more: the cluster is left in order, if it lets itself be left."""
    # Not by sys.stdin, whose lock nobody may hold when the interpreter ends.
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(_GRACE_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
