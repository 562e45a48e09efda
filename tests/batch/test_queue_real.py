"""Batches of the queue with a real, tiny model: killed, gone on with, one after the other, from the command line."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from batch_inputs import hashes, many, options, rows_of, write_csv

from workbench import resources
from workbench.batch import queue
from workbench.errors import InputError
from workbench.schema import BatchStatus
from workbench.services.batching import run_batch
from workbench.triage.dataset import Dataset

pytestmark = pytest.mark.slow
ROWS = 150


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv(resources.HOME, str(tmp_path / "home"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    for name in (resources.ROOTS, resources.AT_ONCE):
        monkeypatch.delenv(name, raising=False)
    yield
    for one in queue.list_batches():
        if not one.final:
            with suppress(OSError):
                kill(one.plan.id)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_csv(tmp_path / "reviews.csv", many(ROWS))


def kill(batch: str) -> None:
    os.kill(json.loads((queue.root() / batch / "process.json").read_text())["pid"], signal.SIGKILL)


def until(batch: str, met: Callable[[BatchStatus], bool]) -> BatchStatus:
    ends = time.monotonic() + 120
    while time.monotonic() < ends:
        status = queue.read(batch)
        if met(status):
            return status
        time.sleep(0.01)
    raise AssertionError(f"{status.state} {(queue.root() / batch / 'log.txt').read_text()}")


def shards(status: BatchStatus) -> dict[str, int]:
    return {file.name: file.stat().st_mtime_ns for file in (status.plan.output / "predictions").glob("*.parquet")}


def test_killed_and_resumed_it_is_as_if_never_interrupted(source: Path, tiny_folder: Path, tmp_path: Path) -> None:
    asked = options(shard_rows=3, methods=("occlusion",), seed=3)
    run_batch(source, str(tiny_folder), tmp_path / "whole", asked)
    killed = queue.enqueue(source, str(tiny_folder), asked).id
    after = queue.enqueue(source, str(tiny_folder), options()).id
    until(killed, lambda one: len(shards(one)) > 3)
    kill(killed)
    status = until(killed, lambda one: one.final)
    assert status.state.phase == "interrupted"
    assert not (status.plan.output / "summary.json").exists()
    until(after, lambda one: one.state.phase != "waiting")
    queue.resume(killed)
    last = until(killed, lambda one: one.final)
    assert (last.state.phase, last.state.attempts) == ("done", 2), last.state.fault
    assert hashes(status.plan.output) == hashes(tmp_path / "whole")
    assert len(rows_of(status.plan.output)) == ROWS
    assert last.progress is not None
    assert (last.progress.done, last.progress.total) == (ROWS, ROWS)
    assert last.state.summary is not None
    assert last.state.summary.errors == {"there is no text in it": last.progress.errors}
    assert queue.read(after).state.phase == "done"


def test_a_cancelled_one_goes_on_from_its_shards_with_the_same_data(source: Path, tiny_folder: Path) -> None:
    batch = queue.enqueue(source, str(tiny_folder), options(shard_rows=3, methods=("occlusion",))).id
    until(batch, lambda one: one.progress is not None and one.progress.done > 5)
    assert queue.cancel(batch).cancelling
    status = until(batch, lambda one: one.final)
    assert status.state.phase == "cancelled"
    before = shards(status)
    assert 1 < len(before) < ROWS / 3
    content = source.read_bytes()
    source.write_bytes(content + b"one more,5\n")
    queue.resume(batch)
    status = until(batch, lambda one: one.final)
    assert status.state.phase == "failed"
    assert "the file reviews.csv has changed" in (status.state.fault or "")
    source.write_bytes(content)
    queue.resume(batch)
    status = until(batch, lambda one: one.final)
    assert status.state.phase == "done", status.state.fault
    assert {name: shards(status)[name] for name in before} == before


def test_what_was_killed_before_its_first_row_goes_on(source: Path, tiny_folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "out"
    for name in ("predictions", "explanations"):
        (output / name).mkdir(parents=True)
    for name in (".lock", ".manifest.json.0a1b2c3d.part"):
        (output / name).touch()
    assert run_batch(source, str(tiny_folder), output, options(), resume=True).rows == ROWS
    assert not list(output.glob(".*.part"))
    (tmp_path / "mine" / "deep").mkdir(parents=True)
    (tmp_path / "mine" / "deep" / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="is not empty, and is no batch"):
        run_batch(source, str(tiny_folder), tmp_path / "mine", options(), resume=True)


def test_an_upload_from_the_browser_to_a_data_set(source: Path, tiny_folder: Path) -> None:
    upload = queue.keep_upload("C:\\mine\\reviews.csv", source.read_bytes())
    batch = queue.enqueue(upload, str(tiny_folder), options()).id
    assert batch == upload.parent.parent.name
    status = until(batch, lambda one: one.final)
    assert status.state.phase == "done", status.state.fault
    assert status.plan.output.parent == upload.parent.parent
    assert len(rows_of(status.plan.output)) == ROWS
    Dataset(status.plan.output)


def test_from_the_command_line(source: Path, tiny_folder: Path, run_cli: Callable[..., Any], tmp_path: Path) -> None:
    words = ("batch", source, "--checkpoint", tiny_folder)
    fault = run_cli(*words).assert_fault(2)
    assert fault == "error: there is no folder for the result; name one with --output, or use --queue"
    done = run_cli(*words, "--queue", "--shard-rows", 25, "--seed", 4, "--output", tmp_path / "out")
    batch = done.out.strip()
    assert done.err == f"watch it with: workbench batches watch {batch}\n"
    assert "phase            done\n" in run_cli("batches", "watch", batch).out
    assert len(list((tmp_path / "out" / "predictions").iterdir())) == ROWS / 25
    again = run_cli(*words, "--queue", "--output", tmp_path / "out").out.strip()
    status = until(again, lambda one: one.final)
    assert "holds a batch already; add --resume to go on with it" in (status.state.fault or "")
