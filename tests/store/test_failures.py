"""What a history that cannot be used says, and that it goes on where it can."""

from __future__ import annotations

import os
import pwd
import random
import shutil
import sqlite3
import subprocess
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import children
import pytest
from runs import saved
from sqlalchemy import Engine, event

from workbench.errors import InputError, MissingExtraError, StoreError
from workbench.store import Store, codec, current_place, current_store, file_place, url_place

TEXT = " ".join(str(random.Random(0).random()) for _ in range(2000))


def filled(folder: Path, runs: int = 40) -> tuple[Store, Path]:
    file = folder / "history.sqlite3"
    store = Store(file_place(file))
    for number in range(runs):
        store.keep(saved(number, f"{number} {TEXT}"))
    return store, file


def garbage(content: bytes) -> bytes:
    return random.Random(1).randbytes(len(content))


DAMAGES = {
    "nothing of a database": lambda content: b"hello\n" * 3000,
    "no header": lambda content: b"\xff" * 100 + content[100:],
    "cut in half": lambda content: content[: len(content) // 2],
    "garbage from the second page on": lambda content: content[:4096] + garbage(content[4096:]),
    "garbage all over": garbage,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_set_aside_and_a_new_one_begun(tmp_path: Path, damage: str) -> None:
    _, file = filled(tmp_path)
    content = DAMAGES[damage](file.read_bytes())
    file.write_bytes(content)
    headless = damage in {"nothing of a database", "no header", "garbage all over"}
    if headless:
        # Beside something like a database, SQLite itself would take such a log away.
        Path(f"{file}-wal").write_bytes(b"what was left of its log")
    store = Store(file_place(file))
    store.keep(saved(500))
    assert [line.id for line in store.find()[1]] == ["run-000500"]
    (aside,) = store.set_aside()
    assert aside.name.startswith(f"history.damaged-{datetime.now(UTC):%Y%m%dT}")
    assert aside.read_bytes() == content
    if headless:
        assert Path(f"{aside}-wal").read_bytes() == b"what was left of its log"
    (notice,) = store.take_notices()
    assert notice == f"the history in {file} was damaged; a new one is begun, and the old one is {aside}"
    assert store.take_notices() == ()


def test_each_damaged_file_keeps_a_name_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite3"
    store = Store(file_place(file))
    for number in range(3):
        file.write_bytes(b"%d" % number * 5000)
        store.keep(saved(number))
    assert [aside.read_bytes()[:1] for aside in store.set_aside()] == [b"0", b"1", b"2"]
    assert len(store.take_notices()) == 3


def test_damage_while_it_is_in_use(tmp_path: Path) -> None:
    store, file = filled(tmp_path)
    file.write_bytes(DAMAGES["garbage from the second page on"](file.read_bytes()))
    store.keep(saved(500))
    assert store.find()[0] == 1
    assert len(store.set_aside()) == 1


def test_a_file_that_was_taken_away_is_begun_anew(tmp_path: Path) -> None:
    store, file = filled(tmp_path, 2)
    file.unlink()
    assert store.find() == (0, ())
    assert not file.exists()
    store.keep(saved(7))
    assert store.find()[0] == 1


@pytest.mark.parametrize("writes", [True, False], ids=["writing", "reading"])
def test_a_damaged_file_that_cannot_be_set_aside_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writes: bool
) -> None:
    file = tmp_path / "history.sqlite3"
    file.write_bytes(b"hello " * 2000)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "replace", refuse)
    store = Store(file_place(file))
    with pytest.raises(StoreError, match="is damaged and cannot be set aside .Permission denied.; move the file away"):
        store.keep(saved(1)) if writes else store.find()
    assert file.read_bytes() == b"hello " * 2000


def test_a_newer_version_is_left_untouched(tmp_path: Path) -> None:
    _, file = filled(tmp_path, 2)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = file.read_bytes()
    for work in (lambda store: store.find(), lambda store: store.keep(saved(5))):
        with pytest.raises(
            StoreError, match="written by a newer version of the workbench .9999.; update the workbench"
        ):
            work(Store(file_place(file)))
    assert file.read_bytes() == before
    assert Store(file_place(file)).set_aside() == ()


def test_a_file_of_another_program_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite3"
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("CREATE TABLE runs (anything)")
    with pytest.raises(StoreError, match="cannot be used .table runs already exists.; move the file away"):
        Store(file_place(file)).find()
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("runs",)]


@pytest.mark.parametrize("place", ["a file in the way", "a folder of that name"])
def test_a_place_that_cannot_be_written(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder" / "history.sqlite3").mkdir(parents=True)
    parent = tmp_path / ("file" if place == "a file in the way" else "folder")
    with pytest.raises(StoreError, match="cannot be opened or written .*; mend its rights or set WORKBENCH_HOME"):
        Store(file_place(parent / "history.sqlite3")).keep(saved(1))


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can reach, unlike those of pytest."""
    folder = Path(tempfile.mkdtemp(prefix="wb-store-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def without_rights() -> None:
    """Rights mean nothing to root."""
    if os.getuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.setgroups([])
        os.setgid(nobody.pw_gid)
        os.setuid(nobody.pw_uid)


@pytest.mark.parametrize("there", [False, True], ids=["without a history", "with a history"])
def test_a_folder_that_may_only_be_read(open_folder: Path, tmp_path: Path, there: bool) -> None:
    # All that is imported late is imported now: the child may not read the interpreter's folder.
    store, _ = filled(tmp_path, 1)
    store.find()
    if there:
        filled(open_folder, 2)
        for file in open_folder.iterdir():
            file.chmod(0o444)
    open_folder.chmod(0o555)

    def work() -> str:
        without_rights()
        Store(file_place(open_folder / "history.sqlite3")).keep(saved(1))
        return "kept"

    told = children.in_child(work)
    assert told.startswith(f"StoreError: the history in {open_folder}/history.sqlite3 cannot be opened or written (")
    assert told.endswith("; mend its rights or set WORKBENCH_HOME to a folder of yours")


def test_its_owner_alone_may_read_it(tmp_path: Path) -> None:
    _, file = filled(tmp_path, 1)
    assert file.stat().st_mode & 0o777 == 0o600


def fill(store: Store) -> tuple[int, str]:
    """Keep runs until there is no more room: how many were kept, and what was said."""
    for number in range(1000):
        try:
            store.keep(saved(number, f"{number} {TEXT}"))
        except StoreError as error:
            return number, str(error)
    raise AssertionError("there was room for all")


def check_full(store: Store, kept: int, said: str) -> None:
    assert said == f"there is no room left to write the history in {store.place}; free some and try again"
    assert kept > 0
    assert store.find(limit=2000)[0] == kept
    assert store.get("run-000000").text == f"0 {TEXT}"


def test_a_full_database(tmp_path: Path) -> None:
    def limit(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA max_page_count = 100")

    store, file = filled(tmp_path, 1)
    event.listen(Engine, "connect", limit)
    try:
        kept, said = fill(store)
    finally:
        event.remove(Engine, "connect", limit)
    check_full(store, kept, said)
    store.keep(saved(5000))
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no right to mount a small disk here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk(small_disk: Path) -> None:
    store = Store(file_place(small_disk / "history.sqlite3"))
    store.keep(saved(0, f"0 {TEXT}"))
    kept, said = fill(store)
    check_full(store, kept, said)


def test_a_disk_without_any_room(small_disk: Path) -> None:
    (small_disk / "full").write_bytes(b"x" * 2**20)
    with pytest.raises(StoreError, match="there is no room left to write the history in"):
        Store(file_place(small_disk / "new" / "history.sqlite3")).keep(saved(1))


@pytest.mark.parametrize("room", range(8192, 65536, 8192))
def test_a_disk_with_hardly_any_room(small_disk: Path, room: int) -> None:
    (small_disk / "full").write_bytes(b"x" * (2**20 - room))
    said = ""
    try:
        Store(file_place(small_disk / "new" / "history.sqlite3")).keep(saved(1))
    except StoreError as error:
        said = error.what
    assert not said or said.startswith("there is no room left to write the history in")


@pytest.mark.parametrize("content", [b"", b"no zlib", zlib.compress(b"{}"), zlib.compress(b"not JSON")])
def test_a_damaged_document_is_told_and_the_others_stay(tmp_path: Path, content: bytes) -> None:
    store, file = filled(tmp_path, 2)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE run_documents SET content = ? WHERE run_id = 'run-000000'", (content,))
    with pytest.raises(StoreError, match="the saved run run-000000 (is damaged|cannot be read by this version)"):
        store.get("run-000000")
    assert store.get("run-000001").text.startswith("1 ")
    assert store.find()[0] == 2
    assert store.delete(["run-000000"]) == ("run-000000",)
    assert store.set_aside() == ()


def test_what_unfolds_to_more_than_is_ever_stored_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    content = zlib.compress(b" " * 50_000_000)
    assert len(content) < 100_000
    monkeypatch.setattr(codec, "MOST", 1_000_000)
    with pytest.raises(StoreError, match="is damaged"):
        codec.unpack(content, "run-000001")
    with pytest.raises(StoreError, match="more than is kept"):
        codec.pack(saved(1, "x" * 600_000))


@pytest.mark.parametrize(
    "url",
    ["mysql://root:s3cret@host/name", "sqlite:///x.sqlite3", "s3cret", "postgresql://a:s3cret@host:port/name", "/"],
)
def test_another_kind_of_url_is_refused_without_repeating_it(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("WORKBENCH_DATABASE_URL", url)
    with pytest.raises(
        StoreError, match="WORKBENCH_DATABASE_URL is no URL of a PostgreSQL database; write it"
    ) as found:
        current_store()
    assert "s3cret" not in str(found.value)


def test_the_settings_name_the_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    monkeypatch.delenv("WORKBENCH_DATABASE_URL", raising=False)
    assert current_place().file == tmp_path / "history.sqlite3"
    assert current_store() is current_store()
    for url in ("postgresql://me:s3cret@host:5433/runs", "postgres://me:s3cret@host:5433/runs"):
        monkeypatch.setenv("WORKBENCH_DATABASE_URL", url)
        place = current_place()
        assert (place.file, str(place), repr(place)) == (None, "host:5433/runs", "Place(host:5433/runs)")
        assert place.url.drivername == "postgresql+psycopg"


def test_without_the_driver_the_line_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'explainability-workbench\[postgres\]'"):
        Store(url_place("postgresql://me@host/runs")).find()


def test_a_server_that_is_down_or_refuses_is_told_without_the_password(
    postgres: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    wrong = postgres.url("postgres", password="wr0ng")
    for url in ("postgresql://me:wr0ng@127.0.0.1:1/runs?password=wr0ng", wrong, wrong.replace("/postgres", "/nosuch")):
        with pytest.raises(
            StoreError, match="the history database 127.0.0.1:.* cannot be used.*; check WORKBENCH"
        ) as found:
            Store(url_place(url)).find()
        assert found.value.__cause__ is None
        assert "wr0ng" not in f"{found.value}{found.value.__dict__}"
    assert "wr0ng" not in caplog.text


def test_a_server_that_drops_connections_is_asked_again(postgres: Any) -> None:
    import psycopg

    store = Store(url_place(postgres.make_database("dropped")))
    store.keep(saved(1))
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as admin:
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'dropped'")
    assert store.find()[0] == 1
    store.close()


def test_a_newer_version_on_a_server_is_refused(postgres: Any) -> None:
    import psycopg

    url = postgres.make_database("newer")
    Store(url_place(url)).find()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="written by a newer version"):
        Store(url_place(url)).find()


def test_faults_of_the_caller_change_nothing(tmp_path: Path) -> None:
    from workbench.schema import RunQuery

    store, _ = filled(tmp_path, 1)
    with pytest.raises(InputError):
        store.find(RunQuery(words=" ".join(map(str, range(300)))))
    assert store.find()[0] == 1
