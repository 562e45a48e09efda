"""The folder of a batch: shards put in place by one rename each, and what a killed writer left behind."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import filelock

from workbench.errors import InputError
from workbench.placing import PART, place_text, placed
from workbench.schema import BatchManifest, BatchSummary
from workbench.schema.batch import EXPLANATIONS, MANIFEST, PREDICTIONS, SUMMARY

if TYPE_CHECKING:
    import pyarrow as pa

_SHARD = re.compile(r"(\d{5,})-(\d{6,})\.parquet")
_LOCK = ".lock"
_CLOCK = ".seconds"
_LEFT = f".*{PART}"

T = TypeVar("T")


def shard_name(key: tuple[int, int]) -> str:
    """What the shard of a part is called.

    Args:
        key: Number of the file and of its part.

    Returns:
        A file name.
    """
    return f"{key[0]:05d}-{key[1]:06d}.parquet"


def commit(folder: Path, key: tuple[int, int], predictions: pa.Table, explanations: pa.Table | None) -> None:
    """Put a part's shards in place: the predictions last, so that they say that the part is whole.

    Args:
        folder: Of the batch.
        key: Number of the file and of its part.
        predictions: Its rows.
        explanations: Where methods were asked for.
    """
    import pyarrow.parquet as pq

    def put(kind: str, table: pa.Table) -> None:
        with placed(folder / kind / shard_name(key)) as file:
            pq.write_table(table, file, compression="zstd")

    if explanations is not None:
        put(EXPLANATIONS, explanations)
    put(PREDICTIONS, predictions)


def done_parts(folder: Path, manifest: BatchManifest) -> dict[tuple[int, int], dict[str, int]]:
    """The parts that need not be computed again.

    Args:
        folder: Of the batch.
        manifest: What was asked.

    Returns:
        Number of the file and of its part to how many of its rows have which error; rows without one under the empty
        text.
    """
    found = {}
    for file in sorted((folder / PREDICTIONS).glob("*.parquet")):
        match = _SHARD.fullmatch(file.name)
        if not match or (manifest.options.methods and not (folder / EXPLANATIONS / file.name).is_file()):
            continue
        errors = _errors_of(file)
        if errors is not None:
            found[int(match[1]), int(match[2])] = errors
    return found


def is_unused(folder: Path) -> bool:
    """Whether a new batch may begin in a folder.

    Args:
        folder: Any path.

    Returns:
        True where nothing is there, or only what a writer left that was killed before its manifest was in place.
    """
    if not folder.exists():
        return True
    return folder.is_dir() and all(
        one.name == _LOCK
        or (one.name.startswith(f".{MANIFEST}.") and one.name.endswith(PART))
        or (one.name in {PREDICTIONS, EXPLANATIONS} and one.is_dir() and not any(one.iterdir()))
        for one in folder.iterdir()
    )


def remove_leftovers(folder: Path) -> None:
    """Remove what a killed writer had not yet put in place.

    Args:
        folder: Of the batch, which nobody else works on.
    """
    for place in (folder, folder / PREDICTIONS, folder / EXPLANATIONS):
        for file in place.glob(_LEFT):
            file.unlink()


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """The folder to oneself.

    Args:
        folder: Of the batch; it exists.

    Yields:
        Once it is this process's.

    Raises:
        InputError: Another process works on it.
    """
    try:
        with filelock.FileLock(folder / _LOCK, timeout=0):
            yield
    except filelock.Timeout:
        raise InputError(f"another process works on {folder}", "wait for it, or name another folder") from None


def write_manifest(folder: Path, manifest: BatchManifest) -> None:
    """Begin a batch.

    Args:
        folder: Where.
        manifest: What is asked of what.
    """
    for kind in (PREDICTIONS, *([EXPLANATIONS] if manifest.options.methods else [])):
        (folder / kind).mkdir(parents=True, exist_ok=True)
    place_text(folder / MANIFEST, manifest.model_dump_json(by_alias=True, indent=1) + "\n")


def read_manifest(folder: Path) -> BatchManifest | None:
    """What a batch was begun with.

    Args:
        folder: Of the batch, perhaps.

    Returns:
        None where there is no batch.

    Raises:
        InputError: It is damaged.
    """
    return _read(folder / MANIFEST, BatchManifest.model_validate_json)


def write_summary(folder: Path, summary: BatchSummary) -> None:
    """Say that all is there.

    Args:
        folder: Of the batch.
        summary: What became of it.
    """
    place_text(folder / SUMMARY, summary.model_dump_json(indent=1) + "\n")


def read_summary(folder: Path) -> BatchSummary | None:
    """What became of a batch.

    Args:
        folder: Of the batch, perhaps.

    Returns:
        None where it is not complete.

    Raises:
        InputError: It is damaged.
    """
    return _read(folder / SUMMARY, BatchSummary.model_validate_json)


def write_seconds(folder: Path, seconds: float) -> None:
    """Note how long the work took so far, for after an interruption.

    Args:
        folder: Of the batch.
        seconds: Spent at work.
    """
    place_text(folder / _CLOCK, f"{seconds:.3f}\n", durable=False)


def read_seconds(folder: Path) -> float:
    """How long the work took before it was interrupted.

    Args:
        folder: Of the batch.

    Returns:
        Seconds; zero where nothing is known.
    """
    try:
        return float((folder / _CLOCK).read_text("utf-8"))
    except (OSError, ValueError):
        return 0.0


def _errors_of(shard: Path) -> dict[str, int] | None:
    """How many rows of a shard have which error; none where it cannot be read."""
    import pyarrow.parquet as pq

    try:
        errors = pq.read_table(shard, columns=["error"], use_threads=False)["error"]
    except (OSError, ValueError):
        return None
    return {one["values"] or "": one["counts"] for one in errors.value_counts().to_pylist()}


def _read(file: Path, parse: Callable[[bytes], T]) -> T | None:
    try:
        return parse(file.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise InputError(
            f"the batch {file.parent.name} is damaged ({file.name}: {type(error).__name__})",
            "start a new one in another folder",
        ) from None
