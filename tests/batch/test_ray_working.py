"""A worker of a cluster, called as Ray calls it, without Ray: what it puts in place, and what it refuses."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from workbench.batch.parts import read_parts
from workbench.batch.planning import plan
from workbench.batch.ray_blocks import packed, read_booking
from workbench.batch.ray_working import Orders, PartWorker, probe
from workbench.batch.writing import done_parts, remove_leftovers, write_manifest
from workbench.checkpoints import Checkpoint
from workbench.errors import CheckpointError, InputError, WorkbenchError
from workbench.schema import BatchManifest, BatchOptions


@pytest.fixture
def source(tmp_path: Path) -> Path:
    file = tmp_path / "reviews.csv"
    file.write_text("text,stars\nthe food was good,5\n,1\nthe room was cold,2\n", "utf-8")
    return file


@pytest.fixture
def orders(source: Path, tmp_path: Path, tiny: Checkpoint, tiny_folder: Path) -> Orders:
    manifest = plan(source, tiny, BatchOptions(text_columns=("text",), shard_rows=2))
    write_manifest(tmp_path / "out", manifest)
    (tmp_path / "out" / "seen").touch()
    return Orders(tmp_path / "out", "seen", str(tiny_folder), manifest, gpu=False)


def told(orders: Orders, source: Path) -> list[dict[str, int]]:
    worker = PartWorker(orders)
    return [done.errors for part in read_parts(source, orders.manifest) for done in read_booking(worker(packed(part)))]


def test_shards_are_in_place_before_it_says_so(orders: Orders, source: Path) -> None:
    assert told(orders, source) == [*done_parts(orders.folder, orders.manifest).values()]
    assert [*done_parts(orders.folder, orders.manifest)] == [(0, 0), (0, 1)]


def test_called_twice_it_writes_the_same_bytes(orders: Orders, source: Path) -> None:
    def bytes_of() -> dict[str, bytes]:
        return {file.name: file.read_bytes() for file in (orders.folder / "predictions").iterdir()}

    told(orders, source)
    first = bytes_of()
    told(orders, source)
    assert bytes_of() == first
    assert len(first) == 2


def other_version(manifest: BatchManifest) -> BatchManifest:
    return manifest.model_copy(update={"provenance": {"torch": "0.1"}})


def other_package(manifest: BatchManifest) -> BatchManifest:
    return manifest.model_copy(update={"provenance": {"nosuchpackage": "1"}})


def other_device(manifest: BatchManifest) -> BatchManifest:
    return manifest.model_copy(update={"provenance": {"device": "NVIDIA A100"}})


def other_weights(manifest: BatchManifest) -> BatchManifest:
    checkpoint = manifest.checkpoint.model_copy(update={"fingerprint": "sha256:other"})
    return manifest.model_copy(update={"checkpoint": checkpoint})


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        (other_version, WorkbenchError, r"has torch \S+, and this batch .* 0\.1; pip install torch==0\.1 there"),
        (other_package, WorkbenchError, "has nosuchpackage none"),
        (other_device, WorkbenchError, r"computes on cpu \S+, and this batch is computed on NVIDIA A100; begin it on"),
        (other_weights, CheckpointError, "has another checkpoint under the name"),
    ],
)
def test_another_machine_is_refused(
    change: Callable[[BatchManifest], BatchManifest],
    kind: type[WorkbenchError],
    message: str,
    orders: Orders,
    source: Path,
) -> None:
    with pytest.raises(kind, match=message) as raised:
        told(dataclasses.replace(orders, manifest=change(orders.manifest)), source)
    assert "\n" not in str(raised.value)
    assert done_parts(orders.folder, orders.manifest) == {}


def test_a_machine_that_does_not_see_the_folder_is_refused(orders: Orders, source: Path) -> None:
    with pytest.raises(InputError, match="does not see the output folder .*; name a folder that all machines"):
        told(dataclasses.replace(orders, probe="unseen"), source)


def test_a_checkpoint_that_is_not_there_is_refused(orders: Orders, source: Path) -> None:
    with pytest.raises(CheckpointError):
        told(dataclasses.replace(orders, checkpoint="./no-such-folder"), source)


def test_a_folder_that_cannot_be_written_is_told_in_one_line(orders: Orders, source: Path) -> None:
    worker = PartWorker(orders)
    (orders.folder / "predictions").rmdir()
    (part, *_) = read_parts(source, orders.manifest)
    with pytest.raises(WorkbenchError, match="cannot write into .*; make room"):
        read_booking(worker(packed(part)))


def test_the_probe_is_gone_afterwards_also_that_of_a_killed_engine(tmp_path: Path) -> None:
    with probe(tmp_path) as name:
        assert (tmp_path / name).is_file()
    assert not list(tmp_path.iterdir())
    (tmp_path / name).touch()
    remove_leftovers(tmp_path)
    assert not list(tmp_path.iterdir())
