"""A worker of the cluster: it holds the checkpoint once, and puts the shards of a part after the other in place."""

from __future__ import annotations

import os
import platform
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.batch.machine import DEVICE, THREADS, machine_of, use_threads
from workbench.batch.ray_blocks import booked, refusal, unpacked
from workbench.batch.working import Worker
from workbench.batch.writing import commit
from workbench.checkpoints import load_checkpoint
from workbench.errors import CheckpointError, InputError, WorkbenchError
from workbench.schema import BatchManifest

if TYPE_CHECKING:
    import pyarrow as pa

# Ends as what a killed writer leaves does, and goes the same way.
_PROBE, _END = ".cluster-", ".part"
_PACKAGES = {"workbench": "explainability-workbench"}


@dataclass(frozen=True)
class Orders:
    """What every worker is told.

    Attributes:
        folder: The batch's, absolute.
        probe: A file in it that the engine has written.
        checkpoint: A name that finds it on every machine.
        manifest: What is asked.
        gpu: Whether each computes on one.
    """

    folder: Path
    probe: str
    checkpoint: str
    manifest: BatchManifest
    gpu: bool


class PartWorker:
    """Called with a part, gives back word of it; see ``workbench.batch.ray_blocks``.

    It never raises: what goes wrong comes back as a row, at the first part that it is called with.
    """

    def __init__(self, orders: Orders) -> None:
        """Check the machine and load the checkpoint.

        Args:
            orders: What every worker is told.
        """
        self._folder = orders.folder
        self._provenance = orders.manifest.provenance
        self._worker: Worker | Exception
        try:
            self._worker = prepared(orders)
        except Exception as error:  # noqa: BLE001 - told where somebody sees it
            self._worker = error

    def __call__(self, block: pa.Table) -> pa.Table:
        """Predict a part and put its shards in place; the same bytes when it is called with it again.

        Args:
            block: A part.

        Returns:
            Word of it.
        """
        if isinstance(self._worker, Exception):
            return refusal(self._worker, "begin")
        doing = "compute a part"
        try:
            part = unpacked(block)
            # Ray need not call from the thread in which it made the worker.
            use_threads(self._provenance)
            predictions, explanations = self._worker.work(part)
            doing = f"write into {self._folder}"
            commit(self._folder, part.key, predictions, explanations)
        except Exception as error:  # noqa: BLE001 - likewise
            return refusal(error, doing)
        return booked(part, predictions, os.getpid())


@contextmanager
def probe(folder: Path) -> Iterator[str]:
    """A file by which workers know that they see the folder itself, and not another one of that name.

    Args:
        folder: The batch's.

    Yields:
        Its name.
    """
    file = folder / f"{_PROBE}{secrets.token_hex(8)}{_END}"
    file.touch()
    try:
        yield file.name
    finally:
        file.unlink(missing_ok=True)


def prepared(orders: Orders) -> Worker:
    """Refuse a machine whose results would differ, or would not be seen.

    Args:
        orders: What every worker is told.

    Returns:
        The worker, with its checkpoint.

    Raises:
        InputError: The machine does not see the folder.
        CheckpointError: Its checkpoint is another one, or cannot be used.
        WorkbenchError: It has other versions, or another kind of processor.
    """
    here = platform.node()
    if not (orders.folder / orders.probe).is_file():
        raise InputError(
            f"{here} does not see the output folder {orders.folder}",
            "name a folder that all machines of the cluster share under the same path",
        )
    _check_versions(here, orders.manifest.provenance)
    checkpoint = load_checkpoint(orders.checkpoint, device="cuda" if orders.gpu else "cpu")
    if checkpoint.fingerprint != orders.manifest.checkpoint.fingerprint:
        raise CheckpointError(
            f"{here} has another checkpoint under the name {orders.checkpoint}",
            "put the same files on every machine of the cluster",
        )
    device, wanted = machine_of(checkpoint)[DEVICE], orders.manifest.provenance.get(DEVICE)
    if wanted not in {device, None}:
        raise WorkbenchError(
            f"{here} computes on {device}, and this batch is computed on {wanted}",
            "begin it on a machine like the others, or leave this one out of the cluster",
        )
    return Worker(checkpoint, orders.manifest)


def _check_versions(here: str, wanted: dict[str, str]) -> None:
    for name, number in wanted.items():
        if name in {DEVICE, THREADS}:
            continue
        package = _PACKAGES.get(name, name)
        try:
            found = version(package)
        except PackageNotFoundError:
            found = "none"
        if found != number:
            raise WorkbenchError(
                f"{here} has {package} {found}, and this batch is computed with {number}",
                f"pip install {package}=={number} there",
            )
