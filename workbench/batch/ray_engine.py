"""A batch on one or many machines by Ray Data: files read in parallel, a pool of actors, shards renamed into place.

Blocks of Ray are parts of the input, one each, so that the death of a worker costs no more than the part that it had, which
another one computes again, to the same bytes. Rows of results never travel: workers write them, and give back word of it.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.batch.ray_blocks import Done, read_booking
from workbench.batch.ray_cluster import Crew, cluster, require_ray
from workbench.batch.ray_working import Orders, PartWorker, probe
from workbench.batch.writing import done_parts
from workbench.checkpoints import locate
from workbench.errors import Cancelled, WorkbenchError
from workbench.schema import BatchManifest

if TYPE_CHECKING:
    import pyarrow as pa

# One part computed and one waiting; more would only lie in memory.
_IN_FLIGHT = 2
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
    *,
    address: str | None = None,
    workers: int | None = None,
    booked: Callable[[Done], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> None:
    """Compute what is not done yet.

    Args:
        source: File or folder of the input; on several machines, where all see it.
        folder: The batch's, likewise; it is there, with its manifest.
        manifest: What is asked of what.
        checkpoint: Its name; every machine finds it by it.
        address: ``auto`` or ``host:port`` of a cluster; none for one of this machine alone, for the time of the batch.
        workers: How many; by default a GPU each, else a CPU each.
        booked: Told of every part that is in place, in this thread.
        cancelled: Asked several times a second; true stops it.

    Raises:
        MissingExtraError: Ray is not installed.
        InputError: There is no such cluster, no room for the workers, or a machine does not see input or folder.
        CheckpointError: A machine has another checkpoint.
        Cancelled: The caller asked to stop; what is in place stays.
        WorkbenchError: A machine has other versions, or parts were lost for good.
    """
    require_ray()
    found = locate(checkpoint).pinned
    source, folder = source.resolve(), folder.resolve()
    with probe(folder) as name, cluster(address, workers) as crew:
        orders = Orders(folder, name, found, manifest, crew.threads)
        for done in _bookings(lambda: _plan(source, orders, crew), cancelled):
            if booked is not None:
                booked(done)
    lost = _parts(manifest) - len(done_parts(folder, manifest))
    if lost:
        raise WorkbenchError(f"{lost} parts were lost with their workers", _AGAIN)


def _parts(manifest: BatchManifest) -> int:
    return sum(-(-file.rows // manifest.options.shard_rows) for file in manifest.files)


def _plan(source: Path, orders: Orders, crew: Crew) -> Any:
    """The stages, nothing of which runs before somebody asks for the result."""
    import ray

    # Imports ray.
    from workbench.batch.ray_reading import Parts

    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    # Every part, being a row, fills a block.
    context.target_max_block_size = 1
    context.max_errored_blocks = _LOST
    parts = Parts(source, orders.manifest, done_parts(orders.folder, orders.manifest))
    if not len(parts):
        return None
    # Readers take no CPU, so that workers can have all.
    read = ray.data.read_datasource(
        parts, override_num_blocks=len(parts), concurrency=min(len(parts), crew.workers), num_cpus=0
    )
    place = {"num_gpus": 1} if crew.threads is None else {"num_cpus": crew.threads}
    return read.map_batches(
        PartWorker,
        batch_size=1,
        batch_format="pyarrow",
        compute=ray.data.ActorPoolStrategy(size=crew.workers, max_tasks_in_flight_per_actor=_IN_FLIGHT),
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
        stages = plan()
        if stages is not None:
            for block in stages.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=0):
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
        from workbench import __version__

        return WorkbenchError(
            "a machine of the cluster has no workbench", f"pip install 'explainability-workbench[ray]=={__version__}' there"
        )
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    reason = lines[-1][:200] if lines else type(error).__name__
    return WorkbenchError(f"the cluster gave up ({reason})", f"see --debug, then {_AGAIN}")
