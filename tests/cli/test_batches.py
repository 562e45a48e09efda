"""``workbench batches``, with a stand-in for the model."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from workbench import resources
from workbench.batch import queue
from workbench.schema import BatchOptions, BatchProgress

Run = Callable[..., Any]
OPTIONS = BatchOptions(text_columns=("text",), methods=("lime", "shap"))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv(resources.HOME, str(tmp_path / "home"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    for name in (resources.ROOTS, resources.AT_ONCE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(queue, "_WORKER", "queue_worker")
    yield
    for one in queue.list_batches():
        if not one.final:
            with suppress(OSError):
                os.kill(json.loads((queue.folder(one.plan.id) / "process.json").read_text())["pid"], signal.SIGKILL)


@pytest.fixture
def put(tmp_path: Path) -> Callable[[str], str]:
    def enqueue(name: str) -> str:
        (tmp_path / name).write_text("text\ngood\n")
        return queue.enqueue(tmp_path / name, "stars", OPTIONS).id

    return enqueue


@pytest.mark.slow
def test_a_batch_from_the_list_to_its_end(put: Callable[[str], str], run_cli: Run, tmp_path: Path) -> None:
    assert run_cli("batches", "list").out.splitlines()[0].split() == ["batch", "phase", "rows", "checkpoint", "input"]
    first = put("a.csv")
    ends = time.monotonic() + 60
    while queue.read(first).progress is None and time.monotonic() < ends:
        time.sleep(0.05)
    hostile = "b\x1b[2J.csv"
    second, third = put(hostile), put("c.csv")
    listed = run_cli("batches", "list").out
    assert re.search(rf"{first} +running +1 / 4 +stars +a\.csv\n", listed)
    assert "waiting (1 before it)" in listed
    assert "\x1b" not in listed
    shown = run_cli("batches", "show", first).out
    facts = dict(line.split(maxsplit=1) for line in shown.splitlines()[2:] if not line.startswith("rows per"))
    assert (facts["phase"], facts["rows"], facts["errors"], facts["left"]) == ("running", "1 / 4", "0", "3 s")
    assert (facts["methods"], facts["engine"]) == ("lime, shap", "local")
    assert json.loads(run_cli("batches", "show", "last", "--format", "json").out)["plan"]["name"] in (hostile, "c.csv")
    assert run_cli("batches", "cancel", second).out == f"{second}\n"
    assert run_cli("batches", "cancel", first).out == f"{first}\n"
    watched = run_cli("batches", "watch", first)
    assert watched.status == 0
    assert "phase            cancelled\n" in watched.out
    for name in ("a.csv", hostile, "c.csv"):
        (tmp_path / "home" / f"go-{name}").touch()
    assert run_cli("batches", "resume", first).out == f"{first}\n"
    assert "phase            done\n" in run_cli("batches", "watch", first).out
    found = json.loads(run_cli("batches", "list", "--format", "json").out)["batches"]
    assert {one["plan"]["id"]: one["state"]["phase"] for one in found} == {
        first: "done",
        second: "cancelled",
        third: "done",
    }
    assert run_cli("batches", "remove", second).out == f"{second}\n"
    assert len(queue.list_batches()) == 2


def test_what_is_left_is_only_said_of_what_goes_on(
    put: Callable[[str], str], run_cli: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "launch", lambda place, *arguments: None)
    batch = put("a.csv")
    progress = BatchProgress(done=1, total=2, errors=0, seconds=90, rows_per_second=0.5, seconds_left=7200)
    queue.tell(queue.folder(batch), progress)
    assert "left             2 h 0 min\n" in run_cli("batches", "show", batch).out
    queue.cancel(batch)
    assert "\nleft " not in run_cli("batches", "show", batch).out


@pytest.mark.parametrize("command", ["show", "watch", "cancel", "resume", "remove"])
def test_a_batch_that_is_not_there(run_cli: Run, command: str) -> None:
    fault = run_cli("batches", command, "nosuch").assert_fault(2)
    assert fault == "error: there is no batch 'nosuch'; choose from: none yet"
    assert "workbench batches " + command in run_cli("batches", command, "--help").out
