"""A Ray cluster for the time of one batch: a local one that nobody else sees, or one that is there already."""

from __future__ import annotations

import logging
import os
import secrets
import shutil
import socket
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.errors import InputError, WorkbenchError

# Parts in flight are a few megabytes; Ray takes no less than 75 MB, and a container has 64 MB of shared memory.
_STORE_BYTES = 200_000_000
# A checkpoint beside torch and the workbench, on a machine that was not asked to spare memory.
_WORKER_BYTES = 2 << 30
# The path of a socket has at most 107 characters, of which Ray adds about 65.
_LONGEST = 40
_LOOPBACK = "127.0.0.1"
_KNOCK_SECONDS = 5


@dataclass(frozen=True)
class Crew:
    """What a cluster has for a batch.

    Attributes:
        workers: How many.
        cpus: Of each; none where each has a GPU.
    """

    workers: int
    cpus: int | None


@contextmanager
def short_folder() -> Iterator[Path]:
    """A folder for the files of a cluster of this machine; it goes with all that is in it.

    Yields:
        Where it is.
    """
    place = Path(tempfile.mkdtemp(prefix="wb-"))
    if len(str(place)) > _LONGEST:
        place.rmdir()
        place = Path(tempfile.mkdtemp(prefix="wb-", dir="/tmp"))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


@contextmanager
def cluster(address: str | None, place: Path, workers: int | None, threads: int | None) -> Iterator[Crew]:
    """Join a cluster or start one, and leave or stop it in the end.

    Args:
        address: ``auto`` or ``host:port`` of a cluster; none for one of this machine alone.
        place: Where that one keeps its files.
        workers: How many; by default as many as there is room for.
        threads: That each computes with; none for a GPU each.

    Yields:
        What there is for the batch.

    Raises:
        InputError: The address is of no cluster, or there is no room for so many workers.
    """
    ray = _imported()
    try:
        if address is None:
            _start(ray, place, workers)
        else:
            _join(ray, address)
        yield crew([node["Resources"] for node in ray.nodes() if node["Alive"]], workers, threads)
    finally:
        ray.shutdown()


def crew(machines: Sequence[dict[str, float]], workers: int | None, threads: int | None) -> Crew:
    """Share out what the machines have.

    Args:
        machines: ``CPU`` and ``GPU`` of each.
        workers: How many are wanted; none for as many as there is room for.
        threads: That each computes with; none for a GPU each.

    Returns:
        A CPU for each thread, where so many workers then fit; fewer otherwise, though as many threads compute.

    Raises:
        InputError: There is no room for so many.
    """
    kind = "GPU" if threads is None else "CPU"
    has = [int(machine.get(kind, 0)) for machine in machines]
    if not 0 < (workers or 1) <= sum(has):
        what = f"the cluster has {sum(has)} {kind}s for {'any' if workers is None else workers} workers"
        raise InputError(what, "ask for fewer or add machines")
    if threads is None:
        return Crew(workers or sum(has), None)
    fitting = {cpus: sum(one // cpus for one in has) for cpus in range(1, threads + 1)}
    cpus = max(cpus for cpus, room in fitting.items() if room >= (workers or 1))
    return Crew(workers or fitting[cpus], cpus)


def _imported() -> Any:
    # Read when ray is imported; the batch belongs to the user alone.
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    # A thread of Ray that outlives a cancelled batch by a moment would start a cluster again.
    os.environ["RAY_ENABLE_AUTO_CONNECT"] = "0"
    import ray
    import ray.data

    for name in ("ray", "ray.data"):
        logging.getLogger(name).setLevel(logging.ERROR)
    return ray


def _start(ray: Any, place: Path, workers: int | None) -> None:
    """A cluster of this machine, bound to its loopback; its processes end with this one, however that ends."""
    import psutil
    from ray._private import ray_constants

    # As Ray itself has it where firewalls ask the user: addresses are those of the loopback.
    ray_constants.ENABLE_RAY_CLUSTER = False
    # Otherwise Ray would keep one in the user's home.
    os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    fit = max(1, min(cores, psutil.virtual_memory().available // _WORKER_BYTES))
    ray.init(
        address="local",
        num_cpus=fit if workers is None else max(workers, cores),
        object_store_memory=_STORE_BYTES,
        include_dashboard=False,
        configure_logging=True,
        logging_level=logging.ERROR,
        log_to_driver=False,
        _node_ip_address=_LOOPBACK,
        _temp_dir=str(place),
    )


def _join(ray: Any, address: str) -> None:
    if "://" in address:
        raise InputError(
            "a batch does not run through Ray's client",
            "run workbench batch on a machine of the cluster with --ray-address auto",
        )
    if address != "auto":
        _knock(address)
    try:
        ray.init(address=address, logging_level=logging.ERROR, log_to_driver=False)
    except (ConnectionError, OSError, ValueError) as error:
        what = f"there is no Ray cluster at {address} ({_first(error)})"
        raise InputError(what, "start it or mend the address") from error
    except RuntimeError as error:
        what = f"the Ray cluster at {address} cannot be joined ({_first(error)})"
        raise WorkbenchError(what, "install the same versions of Ray and Python on its machines") from error


def _knock(address: str) -> None:
    """Ask whether anybody is there, which takes Ray minutes; and where, as it means another address by the loopback."""
    from ray._private import ray_constants, services

    host, _, port = address.rpartition(":")
    if not host or not port.isdigit() or not _answers(host, int(port)):
        raise InputError(f"there is no Ray cluster at {address}", "start it, or give host:port or auto")
    # Otherwise a cluster that is bound to the loopback would be looked for at the machine's address.
    ray_constants.ENABLE_RAY_CLUSTER = True
    bound_here = host in {_LOOPBACK, "localhost"} and not _answers(services.get_node_ip_address(), int(port))
    ray_constants.ENABLE_RAY_CLUSTER = not bound_here


def _answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=_KNOCK_SECONDS).close()
    except (OSError, OverflowError):
        return False
    return True


def _first(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:200]
