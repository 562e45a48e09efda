"""The queue with real processes, and a stand-in for the model that ends when it is told to."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from workbench import resources
from workbench.batch import queue
from workbench.errors import InputError, UnknownNameError, WorkbenchError
from workbench.schema import BatchOptions, BatchPlan, BatchStatus
from workbench.work.processes import alive

ROOT = Path(__file__).resolve().parents[2]
OPTIONS = BatchOptions(text_columns=("text",))
Enqueue = Callable[..., str]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    place = tmp_path / "home"
    monkeypatch.setenv(resources.HOME, str(place))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    for name in (resources.ROOTS, resources.AT_ONCE):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(queue, "_WORKER", "queue_worker")
    yield place
    for file in place.glob("batches/*/process.json"):
        if alive(file.parent) and number(file.parent.name) != os.getpid():
            with suppress(OSError):
                os.kill(number(file.parent.name), signal.SIGKILL)


@pytest.fixture
def enqueue(tmp_path: Path) -> Enqueue:
    def put(file: str, **settings: Any) -> str:
        (tmp_path / file).write_text("text\ngood\n")
        return queue.enqueue(tmp_path / file, "stars", OPTIONS, **settings).id

    return put


def number(batch: str) -> int:
    found: int = json.loads((queue.root() / batch / "process.json").read_text())["pid"]
    return found


def journal() -> list[str]:
    file = resources.home() / "journal"
    return file.read_text().splitlines() if file.exists() else []


def let_end(*names: str) -> None:
    for name in names:
        (resources.home() / f"go-{name}").touch()


def wait_for(until: Callable[[], Any], seconds: float = 60) -> Any:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        found = until()
        if found:
            return found
        time.sleep(0.02)
    logs = [file.read_text() for file in queue.root().glob("*/log.txt")]
    raise AssertionError(f"{[(one.plan.name, one.state) for one in queue.list_batches()]} {journal()} {logs}")


def phase(batch: str) -> str:
    return queue.read(batch).state.phase


def runs(batch: str) -> BatchStatus:
    return wait_for(lambda: (status := queue.read(batch)).progress is not None and status)  # type: ignore[no-any-return]


@pytest.mark.slow
def test_one_runs_after_the_other_in_the_order_of_joining(enqueue: Enqueue) -> None:
    first, second, third = (enqueue(name) for name in ("a", "b", "c"))
    assert runs(first).state.phase == "running"
    assert [queue.read(one).ahead for one in (first, second, third)] == [None, 0, 1]
    assert [one.plan.id for one in queue.list_batches() if not one.final] == sorted([first, second, third])[::-1]
    time.sleep(0.5)
    assert journal() == ["begins a"]
    assert queue.read(second).progress is None
    let_end("c", "b", "a")
    *_, last = queue.watch(third, seconds=0.05)
    assert (last.state.phase, last.state.attempts, last.state.fault) == ("done", 1, None)
    assert journal() == [f"{what} {name}" for name in "abc" for what in ("begins", "ends")]
    assert last.state.summary is not None
    assert last.state.summary.rows == 4
    assert last.progress is not None
    assert (last.progress.done, last.progress.errors) == (4, 1)
    with pytest.raises(InputError, match=r"is done; its result is in .*output"):
        queue.resume(first)
    with pytest.raises(InputError, match=r"is over \(done\)"):
        queue.cancel(first)


@pytest.mark.slow
def test_those_that_start_at_the_same_moment_keep_their_order_and_never_overlap(enqueue: Enqueue) -> None:
    names = [f"f{place}" for place in range(5)]
    resources.home().mkdir(parents=True)
    let_end(*names)
    threads = [threading.Thread(target=enqueue, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wait_for(lambda: len(journal()) == 10)
    told = journal()
    assert [line.split()[1] for line in told[::2]] == [line.split()[1] for line in told[1::2]]
    assert [line.split()[0] for line in told] == ["begins", "ends"] * 5


@pytest.mark.slow
def test_a_running_one_that_is_killed_lets_the_next_go_on_and_can_be_resumed(enqueue: Enqueue) -> None:
    first, second, third = (enqueue(name) for name in ("a", "b", "c"))
    runs(first)
    os.kill(number(first), signal.SIGKILL)
    runs(second)
    status = queue.read(first)
    assert (status.state.phase, status.final, status.resumable) == ("interrupted", True, True)
    assert status.progress is not None
    assert status.progress.done == 1
    queue.resume(first)
    assert [queue.read(one).ahead for one in (third, first)] == [0, 1]
    with pytest.raises(InputError, match="goes on already; see workbench batches watch"):
        queue.resume(first)
    let_end("a", "b", "c")
    *_, last = queue.watch(first, seconds=0.05)
    assert (last.state.phase, last.state.attempts) == ("done", 2)
    assert journal() == ["begins a", "begins b", "ends b", "begins c", "ends c", "begins a resumed", "ends a resumed"]


@pytest.mark.slow
def test_one_that_is_killed_while_it_waits_blocks_nobody(enqueue: Enqueue) -> None:
    first, second, third = (enqueue(name) for name in ("a", "b", "c"))
    runs(first)
    os.kill(number(second), signal.SIGKILL)
    wait_for(lambda: phase(second) == "interrupted", 10)
    assert queue.read(third).ahead == 0
    let_end("a", "b", "c")
    wait_for(lambda: phase(third) == "done")
    assert phase(second) == "interrupted"
    assert queue.cancel(second).state.phase == "cancelled"
    queue.resume(second)
    wait_for(lambda: phase(second) == "done")
    assert journal()[-1] == "ends b"


@pytest.mark.slow
def test_cancelling(enqueue: Enqueue) -> None:
    first, second, third = (enqueue(name) for name in ("a", "b", "c"))
    waiting = number(second)
    assert queue.cancel(second).state.phase == "cancelled"
    queue.resume(second)
    assert phase(second) == "waiting"
    assert number(second) != waiting
    runs(first)
    assert [queue.read(one).ahead for one in (third, second)] == [0, 1]
    status = queue.cancel(first)
    assert (status.state.phase, status.cancelling, status.final) == ("running", True, False)
    wait_for(lambda: phase(first) == "cancelled")
    assert not queue.read(first).cancelling
    runs(third)
    let_end("a", "b", "c")
    wait_for(lambda: phase(second) == "done")
    queue.resume(first)
    wait_for(lambda: phase(first) == "done")
    order = [line for line in journal() if line.startswith("begins")]
    assert order == ["begins a", "begins c", "begins b", "begins a resumed"]


@pytest.mark.slow
def test_the_queue_goes_on_when_whoever_filled_it_is_killed(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).write_text("text\ngood\n")
    code = (
        "import os, signal; from pathlib import Path; from workbench.batch import queue; "
        "from workbench.schema import BatchOptions; queue._WORKER = 'queue_worker'; "
        "options = BatchOptions(text_columns=('text',)); "
        "[queue.enqueue(Path(name).absolute(), 'stars', options) for name in 'ab']; "
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests" / "support")])
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=os.environ | {"PYTHONPATH": path}, check=False
    )
    assert done.returncode == -signal.SIGKILL
    second, first = queue.list_batches()
    assert [one.plan.name for one in (first, second)] in (["a", "b"], ["b", "a"])
    wait_for(lambda: journal() == ["begins a"])
    process = number(first.plan.id)
    assert os.getsid(process) == process
    let_end("a", "b")
    wait_for(lambda: [one.state.phase for one in queue.list_batches()] == ["done", "done"])
    assert journal() == ["begins a", "ends a", "begins b", "ends b"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("address", "fault"),
    [("fail", r"the batch is at fault; mend it"), ("crash", r"ValueError: a bug; see .*log.txt")],
)
def test_what_goes_wrong_is_one_line_and_the_next_one_goes_on(enqueue: Enqueue, address: str, fault: str) -> None:
    broken = enqueue("a", engine="ray", ray_address=address)
    other = enqueue("b")
    wait_for(lambda: phase(broken) == "failed")
    state = queue.read(broken).state
    assert state.fault is not None
    assert re.fullmatch(fault, state.fault)
    runs(other)
    assert queue.read(broken).resumable


@pytest.mark.slow
def test_more_than_one_at_a_time_where_that_is_wanted(enqueue: Enqueue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(resources.AT_ONCE, "2")
    first, second, third = enqueue("a", resume=True), enqueue("b"), enqueue("c")
    runs(first)
    runs(second)
    assert sorted(journal()) == ["begins a resumed", "begins b"]
    time.sleep(0.5)
    assert [phase(one) for one in (first, second, third)] == ["running", "running", "waiting"]
    let_end("b")
    runs(third)
    assert [phase(one) for one in (first, second, third)] == ["running", "done", "running"]


@pytest.mark.parametrize("value", ["0", "two", "-1", "1.5", "²"])
def test_a_number_at_a_time_that_is_none(enqueue: Enqueue, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(resources.AT_ONCE, value)
    with pytest.raises(InputError, match="set it to a whole number from 1 on"):
        enqueue("a")


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """No process is started; gives what would have been."""
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(queue, "launch", lambda place, *arguments: asked.append(arguments))
    return asked


def test_what_is_written_down(enqueue: Enqueue, still: list[tuple[str, ...]], tmp_path: Path) -> None:
    batch = enqueue("a.csv", output=tmp_path / "out", name="x", engine="ray", ray_address="auto", resume=True)
    (asked,) = still
    assert asked[:2] == ("queue_worker", batch)
    assert queue.turns().waiting() == [(int(asked[2]), batch)]
    plan = queue.read(batch).plan
    assert plan == BatchPlan(
        id=batch,
        created=plan.created,
        name="x",
        source=tmp_path / "a.csv",
        checkpoint="stars",
        options=OPTIONS,
        output=tmp_path / "out",
        engine="ray",
        ray_address="auto",
        resume=True,
    )
    assert queue.read(enqueue("b.csv")).plan.output.relative_to(queue.root()).parts[1:] == ("output",)
    with pytest.raises(InputError, match=f"the batch {batch} is to write to .*out; choose another folder"):
        enqueue("c.csv", output=tmp_path / "out")
    with pytest.raises(InputError, match="is a file; choose a folder"):
        enqueue("c.csv", output=tmp_path / "a.csv")
    with pytest.raises(WorkbenchError, match="nosuch"):
        queue.enqueue(tmp_path / "a.csv", "./nosuch", OPTIONS)
    with pytest.raises(InputError, match="there is no file or folder .*nosuch; check the path"):
        queue.enqueue(tmp_path / "nosuch", "stars", OPTIONS)
    with pytest.raises(InputError, match="there is no file or folder"):
        queue.enqueue(Path("a\0b"), "stars", OPTIONS)


def test_damaged_folders_hide_nothing_else(enqueue: Enqueue, still: list[tuple[str, ...]]) -> None:
    good = enqueue("good")
    damage: dict[str, Callable[[Path], object]] = {
        "torn": lambda place: (place / "plan.json").write_text('{"id": '),
        "binary": lambda place: (place / "state.json").write_bytes(b"\xff\x00"),
        "deep": lambda place: (place / "plan.json").write_text("[" * 100_000),
        "missing": lambda place: (place / "state.json").unlink(),
        "other": lambda place: (place / "state.json").write_text('{"phase": "sleeping"}'),
        "folder": lambda place: ((place / "state.json").unlink(), (place / "state.json").mkdir()),
    }
    for name, harm in damage.items():
        batch = enqueue(name)
        harm(queue.root() / batch)
        with pytest.raises(InputError, match="is damaged"):
            queue.read(batch)
    (queue.root() / "stray").write_text("x")
    (queue.root() / "empty").mkdir()
    (queue.root() / good / "progress.json").write_text("{")
    (queue.root() / good / "process.json").write_text('{"pid": 1e400}')
    (only,) = queue.list_batches()
    assert (only.plan.id, only.state.phase, only.progress) == (good, "interrupted", None)


def test_finding_and_removing(enqueue: Enqueue, still: list[tuple[str, ...]], tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    batch = enqueue("a", output=kept)
    assert queue.folder("last") == queue.folder(batch) == queue.root() / batch
    for name in ("nosuch", "", "../..", ".queue", "a/b", "x" * 300):
        with pytest.raises(UnknownNameError, match=f"; choose from: {batch}"):
            queue.folder(name)
    with pytest.raises(InputError, match="goes on; cancel it first"):
        queue.remove(batch)
    queue.cancel(batch)
    queue.remove(batch)
    assert queue.list_batches() == ()
    assert queue.turns().waiting() == []
    assert kept.is_dir()
    assert not (queue.root() / batch).exists()


def test_only_what_the_roots_hold_when_served(
    enqueue: Enqueue, still: list[tuple[str, ...]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = tmp_path / "root"
    shards = inside / "shards"
    shards.mkdir(parents=True)
    (inside / "a.csv").write_text("text\ngood\n")
    (shards / "b.csv").write_text("text\ngood\n")
    (tmp_path / "outside.csv").write_text("text\nsecret\n")
    monkeypatch.setenv(resources.ROOTS, str(inside))
    for allowed in (inside / "a.csv", shards, resources.folder("sample_data") / "reviews.csv"):
        queue.enqueue(allowed, "stars", OPTIONS)
    outside = "is outside the folders that this app may read; upload it"
    for refused in (tmp_path / "outside.csv", tmp_path / "nosuch", inside / ".." / "outside.csv", tmp_path):
        with pytest.raises(InputError, match=outside):
            queue.enqueue(refused, "stars", OPTIONS)
    (shards / "link.csv").symlink_to(tmp_path / "outside.csv")
    for refused in (shards, shards / "link.csv"):
        with pytest.raises(InputError, match=outside):
            queue.enqueue(refused, "stars", OPTIONS)
    for place in (inside / "out", tmp_path / "out"):
        with pytest.raises(InputError, match="a folder that this app may not write to"):
            queue.enqueue(inside / "a.csv", "stars", OPTIONS, output=place)
    upload = queue.keep_upload("mine.csv", b"text\nmine\n")
    assert queue.enqueue(upload, "stars", OPTIONS).source == upload


def test_the_queue_needs_no_torch(enqueue: Enqueue, still: list[tuple[str, ...]]) -> None:
    batch = enqueue("a")
    code = (
        "import sys; from workbench.batch import queue; "
        f"queue.read({batch!r}); queue.list_batches(); queue.cancel({batch!r}); "
        "heavy = {'torch', 'transformers', 'duckdb', 'pyarrow', 'pandas', 'ray'} & set(sys.modules); "
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)})
