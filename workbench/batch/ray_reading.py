"""The input as a source of Ray Data: a task a file, which yields a block a part.

It imports ray when it is imported itself, so nothing but the engine does that.
"""

from __future__ import annotations

import platform
from collections.abc import Collection, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ray
from ray.data import Datasource
from ray.data.block import BlockMetadata
from ray.data.datasource import ReadTask

from workbench.batch.parts import path_of, read_file_parts
from workbench.batch.ray_blocks import packed, refusal
from workbench.errors import InputError
from workbench.schema import BatchManifest

if TYPE_CHECKING:
    import pyarrow as pa


class Parts(Datasource):  # type: ignore[misc] # ray is untyped here
    """The parts of a batch that are not done yet."""

    def __init__(self, source: Path, manifest: BatchManifest, skip: Collection[tuple[int, int]]) -> None:
        """Plan the tasks.

        Args:
            source: File or folder.
            manifest: What is asked of it.
            skip: File and part of those that are done.
        """
        super().__init__()
        # Once in the object store rather than in each of perhaps ten thousand tasks.
        shared = ray.put(manifest)
        self._tasks = []
        for file, entry in enumerate(manifest.files):
            done = frozenset(part for of, part in skip if of == file)
            if len(done) < -(-entry.rows // manifest.options.shard_rows):
                facts = BlockMetadata(num_rows=None, size_bytes=None, exec_stats=None, input_files=(entry.name,))
                self._tasks.append(ReadTask(partial(_read, source, shared, file, done), facts))

    def __len__(self) -> int:
        return len(self._tasks)

    def estimate_inmemory_data_size(self) -> int | None:
        """Not known: only Ray's guess at the number of blocks would use it, which here is that of the parts."""
        return None

    def get_read_tasks(self, parallelism: int, *_: Any, **__: Any) -> list[ReadTask]:
        """A task a file.

        Args:
            parallelism: What Ray would like; files cannot be cut.

        Returns:
            The tasks.
        """
        return self._tasks


def _read(source: Path, shared: Any, file: int, done: frozenset[int]) -> Iterator[pa.Table]:
    """Runs on any machine of the cluster; the same blocks in the same order each time, as Ray's retries need it."""
    manifest: BatchManifest = ray.get(shared)
    entry = manifest.files[file]
    try:
        place = path_of(source, entry.name)
        if not place.is_file() or place.stat().st_size != entry.bytes:
            raise InputError(
                f"{platform.node()} does not see {entry.name} as it is here",
                "put the input into a folder that all machines of the cluster share",
            )
        for part in read_file_parts(source, manifest, file, skip=[(file, number) for number in done]):
            yield packed(part)
    except Exception as error:  # noqa: BLE001 - it is told where somebody sees it
        yield refusal(error, f"read {entry.name}")
