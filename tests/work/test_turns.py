"""Numbers and slots of a queue, and whether a process is the one that was written down."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from workbench.errors import WorkbenchError
from workbench.work import turns as turns_module
from workbench.work.processes import alive, launch, note_process
from workbench.work.turns import Turns


def everybody(name: str) -> bool:
    return True


def test_first_come_first_served_though_the_clock_is_set_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    turns = Turns(tmp_path / "queue")
    assert turns.waiting() == []
    now = time.time_ns()
    for name, clock in (("a", now), ("b", now - 10**12), ("c", 0), ("d", now + 10**9)):
        monkeypatch.setattr(turns_module.time, "time_ns", lambda clock=clock: clock)
        with turns.held():
            turns.join(name)
    assert [name for _, name in turns.waiting()] == ["a", "b", "c", "d"]
    assert [turns.before(name, everybody) for name in "abcd"] == [0, 1, 2, 3]
    assert turns.before("d", lambda name: name != "b") == 2
    assert turns.before("x", everybody) is None
    with turns.held():
        turns.join("b")
        turns.leave("c")
    assert [name for _, name in turns.waiting()] == ["a", "d", "b"]
    (tmp_path / "queue" / "stray").touch()
    assert len(turns.waiting()) == 3


def test_a_slot_is_one_process_s_until_it_dies(tmp_path: Path) -> None:
    turns = Turns(tmp_path)
    code = (
        "import sys, time; from pathlib import Path; from workbench.work.turns import Turns; "
        f"slot = Turns(Path({str(tmp_path)!r})).slot(1); print('has' if slot else 'none', flush=True); time.sleep(60)"
    )
    root = Path(__file__).resolve().parents[2]
    environment = os.environ | {"PYTHONPATH": str(root)}
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "has\n"
        assert turns.slot(1) is None
        second = turns.slot(2)
        assert second is not None
        assert turns.slot(2) is None
        other.kill()
        other.wait()
        first = turns.slot(1)
        assert first is not None
        first.release()
        second.release()


def test_who_does_not_let_go_of_the_queue_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns_module, "_PATIENCE", 0.1)
    turns = Turns(tmp_path)
    with turns.held(), pytest.raises(WorkbenchError, match="another process holds the queue; try again"), turns.held():
        pass
    with turns.held():
        pass


def test_a_process_is_known_by_its_number_and_its_beginning(tmp_path: Path) -> None:
    note = tmp_path / "process.json"
    assert not alive(tmp_path)  # no state either
    (tmp_path / "state.json").touch()
    assert alive(tmp_path)  # about to begin
    os.utime(tmp_path / "state.json", (0, 0))
    assert not alive(tmp_path)
    note_process(tmp_path)
    assert json.loads(note.read_text()) == {"pid": os.getpid(), "began": psutil.Process().create_time()}
    assert alive(tmp_path)
    for content in (json.dumps({"pid": os.getpid(), "began": 1.0}), "{", "[]", '{"pid": 1e400}', '{"pid": -1}', "\xff"):
        note.write_text(content, encoding="latin-1")
        assert not alive(tmp_path)


def test_a_process_that_is_over_is_not_alive(tmp_path: Path) -> None:
    launch(tmp_path, "this", "ignored")
    ends = time.monotonic() + 60
    while alive(tmp_path) and time.monotonic() < ends:
        time.sleep(0.02)
    assert not alive(tmp_path)
    assert "Zen of Python" in (tmp_path / "log.txt").read_text()
