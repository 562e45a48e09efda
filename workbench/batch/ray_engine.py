"""A batch on one or many machines by Ray Data: files read in parallel, a pool of actors, shards renamed into place.

Blocks of Ray are parts of the input, one each, so that the death of a worker costs no more than the part that it had,
which another one computes again, to the same bytes. Rows of results never travel: workers write them, and give back
word of it.
"""

from __future__ import annotations

import queue
import threading
import warnings
from collections.abc import Callable, Collection, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.batch.machine import DEVICE, THREADS
from workbench.batch.ray_blocks import Done, read_booking
from workbench.batch.ray_cluster import Crew, cluster, require_ray
from workbench.batch.ray_working import Orders, PartWorker, probe
from workbench.batch.running import Progress, Tally
from workbench.checkpoints import locate
from workbench.errors import Cancelled, WorkbenchError
from workbench.schema import BatchManifest, BatchSummary

if TYPE_CHECKING:
    import pyarrow as pa

_AT_ONCE_ON_A_GPU = 3
# Workers that may die over one part before it is given up, and parts that may be given up before all is.
_DEATHS = 3
_LOST = 10
_PATIENCE_SECONDS = 0.2
_AGAIN = "go on with --resume"


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
        MissingExtraError: Ray is not installed.
        InputError: There is no such cluster, no room for the workers, or a machine does not see input or folder.
        CheckpointError: A machine has another checkpoint.
        Cancelled: The caller asked to stop.
        WorkbenchError: A machine has other versions, or parts were lost for good.
    """
    require_ray()
    tally = Tally(folder, manifest, progress)
    missing = _parts(manifest) - tally.done
    if missing:
        pinned = locate(checkpoint).pinned
        try:
            with probe(folder) as name, cluster(address, workers, _threads(manifest)) as crew:
                orders = Orders(folder.resolve(), name, pinned, manifest, crew.cpus is None)
                for done in _bookings(lambda: _plan(source.resolve(), orders, crew, tally.done), cancelled):
                    # Ray may compute a part twice, where what a worker had said was lost with its machine.
                    if done.key in missing:
                        missing.remove(done.key)
                        tally.add(done.key, done.errors)
        finally:
            tally.note_seconds()
    if missing:
        raise WorkbenchError(f"{len(missing)} parts were lost with their workers", _AGAIN)
    return tally.finish("ray")


def _threads(manifest: BatchManifest) -> int | None:
    """As many as the batch was begun with, since another number gives other last bits; none on a GPU."""
    on_a_cpu = manifest.provenance.get(DEVICE, "cpu").startswith("cpu")
    return int(manifest.provenance.get(THREADS, 1)) if on_a_cpu else None


def _parts(manifest: BatchManifest) -> set[tuple[int, int]]:
    size = manifest.options.shard_rows
    return {(number, part) for number, file in enumerate(manifest.files) for part in range(-(-file.rows // size))}


def _plan(source: Path, orders: Orders, crew: Crew, done: Collection[tuple[int, int]]) -> Any:
    """The stages, nothing of which runs before somebody asks for the result."""
    import ray

    # Imports ray.
    from workbench.batch.ray_reading import Parts

    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    # Every part, being a row, fills a block.
    context.target_max_block_size = 1
    context.max_errored_blocks = _LOST
    parts = Parts(source, orders.manifest, done)
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


def _bookings(plan: Callable[[], Any], cancelled: Callable[[], bool] | None) -> Iterator[Done]:
    """What workers say as they say it; Ray waits in a thread of its own, so that a wish to stop is heard meanwhile."""
    arrived: queue.SimpleQueue[pa.Table | Exception | None] = queue.SimpleQueue()
    threading.Thread(target=_forward, args=(plan, arrived.put), daemon=True).start()
    while True:
        if cancelled is not None and cancelled():
            raise Cancelled
        try:
            item = arrived.get(timeout=_PATIENCE_SECONDS)
        except queue.Empty:
            continue
        if item is None:
            return
        if isinstance(item, Exception):
            raise _told(item) from item
        yield from read_booking(item)


def _forward(plan: Callable[[], Any], put: Callable[[Any], None]) -> None:
    try:
        for block in plan().iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=0):
            put(block)
        put(None)
    except Exception as error:  # noqa: BLE001 - it is raised again in the thread that waits
        put(error)


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
    return WorkbenchError(f"the cluster gave up ({reason})", f"see --debug, then {_AGAIN}")
