"""A Ray cluster of two machines on this one, in a process of its own: what tests do to it does not touch theirs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

_HEAD = """
import sys, tempfile, shutil
import ray
from ray.cluster_utils import Cluster
# It would tell all others on this machine of a cluster that is not for them.
ray._private.utils.write_ray_address = lambda *_: None
place = tempfile.mkdtemp(prefix="wb-", dir="/tmp")
node = {"num_cpus": 1, "object_store_memory": 80_000_000, "node_ip_address": "127.0.0.1", "include_dashboard": False}
cluster = Cluster(initialize_head=True, head_node_args={**node, "temp_dir": place})
cluster.add_node(**node)
print(cluster.address, flush=True)
sys.stdin.read()
cluster.shutdown()
shutil.rmtree(place, ignore_errors=True)
"""


@dataclass(frozen=True)
class TwoMachines:
    """A running cluster.

    Attributes:
        address: ``host:port``.
        process: Started it, and is the ancestor of all that belongs to it.
    """

    address: str
    process: psutil.Process

    def all(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]

    def workers(self) -> list[psutil.Process]:
        """Those that hold a checkpoint."""
        return [process for process in self.all() if "MapWorker" in title(process)]


def title(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


@contextmanager
def two_machines() -> Iterator[TwoMachines]:
    """One CPU and 80 MB of shared memory each, seen from nowhere else."""
    environment = {**os.environ, "RAY_USAGE_STATS_ENABLED": "0"}
    head = subprocess.Popen(
        [sys.executable, "-c", _HEAD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
    )
    assert head.stdout is not None
    assert head.stdin is not None
    cluster = TwoMachines(head.stdout.readline().strip(), psutil.Process(head.pid))
    assert cluster.address, "the cluster did not start"
    family = cluster.all()
    try:
        yield cluster
    finally:
        family += cluster.all()
        head.stdin.close()
        head.wait(60)
        assert gone(family), "processes of the cluster outlived it"


def gone(processes: list[psutil.Process], seconds: float = 20) -> bool:
    """Whether all of them end in time."""
    end = time.monotonic() + seconds
    while alive := [one for one in processes if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]:
        if time.monotonic() > end:
            print([(one.pid, title(one)) for one in alive])
            return False
        time.sleep(0.1)
    return True
