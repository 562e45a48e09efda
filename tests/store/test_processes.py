"""Several processes at once, and processes that are killed."""

from __future__ import annotations

import os
import random
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import children
import pytest
from runs import saved

from workbench.store import Store, file_place

KILLS = 25
TEXT = "a review of some length, so that a write takes a while. " * 400


def check(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def write_until_killed(file: Path, first: int, told: Connection) -> None:
    store, number = Store(file_place(file)), first
    while True:
        store.keep(saved(number, TEXT))
        told.send(number)
        if number % 3 == 2:
            store.annotate(f"run-{number:06d}", note="noted", tags=("a", "b"))
        number += 1


def heard(receiver: Connection) -> list[int]:
    numbers = []
    try:
        while receiver.poll():
            numbers.append(receiver.recv())
    except EOFError:
        pass
    return numbers


@pytest.mark.slow
def test_killed_writers_lose_at_most_the_run_at_hand(tmp_path: Path) -> None:
    file, draw, promised = tmp_path / "history.sqlite3", random.Random(0), set[int]()
    for attempt in range(KILLS):
        receiver, sender = children.pipe()
        process = children.start(write_until_killed, file, 10_000 * attempt, sender)
        sender.close()
        receiver.poll(30)
        time.sleep(draw.uniform(0, 0.12))
        process.kill()
        process.join()
        assert process.exitcode == -9
        promised.update(heard(receiver))
        receiver.close()
    store = Store(file_place(file))
    total, lines = store.find(limit=100_000)
    there = {int(line.id[4:]) for line in lines}
    assert promised <= there
    assert len(there - promised) <= KILLS
    assert total == len(there)
    assert len(promised) >= KILLS
    assert all(store.get(line.id).text == TEXT for line in lines)
    check(file)
    assert store.set_aside() == ()


def test_killed_while_the_tables_are_made(tmp_path: Path) -> None:
    draw = random.Random(1)
    for attempt in range(8):
        file = tmp_path / str(attempt) / "history.sqlite3"
        process = children.start(lambda file=file: Store(file_place(file)).keep(saved(1)))
        time.sleep(draw.uniform(0, 0.15))
        process.kill()
        process.join()
        store = Store(file_place(file))
        store.keep(saved(2))
        assert {line.id for line in store.find()[1]} - {"run-000001"} == {"run-000002"}
        check(file)


def together(store: Store, work: Callable[[int], None], processes: int = 6) -> None:
    """Run ``work`` in several processes that start at one moment, with what the parent had open."""
    gate: Any = children.barrier(processes)
    receivers = []

    def run(process: int, sender: Connection) -> None:
        gate.wait(60)
        try:
            work(process)
            sender.send(None)
        except BaseException as error:  # noqa: BLE001 - the parent judges it
            sender.send(f"{type(error).__name__}: {error}")
        store.close()

    started = []
    for process in range(processes):
        receiver, sender = children.pipe()
        started.append(children.start(run, process, sender))
        receivers.append(receiver)
    assert [receiver.recv() for receiver in receivers] == [None] * processes
    for one in started:
        one.join(60)


@pytest.mark.parametrize("opened", [False, True], ids=["new", "opened before the fork"])
def test_several_processes_lose_nothing(make_store: Callable[[], Store], opened: bool) -> None:
    """Not opened before, they also make the tables at one moment."""
    store = make_store()
    if opened:
        store.find()
        store.keep(saved(999_999))

    def work(process: int) -> None:
        for number in range(20):
            store.keep(saved(100 * process + number))
            store.annotate(f"run-{100 * process + number:06d}", note=f"by {process}")

    together(store, work)
    total, lines = store.find(limit=1000)
    assert total == 120 + opened
    assert {line.note for line in lines} - {""} == {f"by {process}" for process in range(6)}
    if store.place.file:
        check(store.place.file)
    store.close()


def test_a_damaged_file_is_set_aside_once_by_several_processes(tmp_path: Path) -> None:
    store = Store(file_place(tmp_path / "history.sqlite3"))
    (tmp_path / "history.sqlite3").write_bytes(b"no database " * 1000)
    together(store, lambda process: store.keep(saved(process)))
    assert store.find()[0] == 6
    (aside,) = store.set_aside()
    assert aside.read_bytes() == b"no database " * 1000


def test_a_long_write_of_another_process_is_waited_for(tmp_path: Path) -> None:
    store = Store(file_place(tmp_path / "history.sqlite3"))
    store.keep(saved(1))
    receiver, sender = children.pipe()
    locked, unlock = children.pipe()

    def hold() -> None:
        with closing(sqlite3.connect(tmp_path / "history.sqlite3", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            sender.send("held")
            locked.recv()
            other.execute("COMMIT")

    def work() -> None:
        # Reading goes on while another one writes.
        sender.send(store.find()[0])
        store.keep(saved(2))
        sender.send("kept")

    holder = children.start(hold)
    assert receiver.recv() == "held"
    worker = children.start(work)
    assert receiver.recv() == 1
    # Longer than the driver itself waits.
    assert not receiver.poll(6)
    unlock.send("now")
    assert receiver.poll(20)
    assert receiver.recv() == "kept"
    holder.join()
    worker.join()
    assert store.find()[0] == 2


def test_a_lasting_lock_is_told_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from workbench.errors import StoreError
    from workbench.store import database, engines

    monkeypatch.setattr(database, "_PATIENCE", 0.3)
    monkeypatch.setattr(engines, "_WAIT", 0.1)
    store = Store(file_place(tmp_path / "history.sqlite3"))
    store.find()
    store.keep(saved(1))
    with closing(sqlite3.connect(tmp_path / "history.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="is in use by another process; try again in a moment"):
            store.keep(saved(2))
        other.execute("ROLLBACK")
    store.keep(saved(2))
    assert os.listdir(tmp_path)
