"""A PostgreSQL server of the tests' own, on a free port of this machine; and stores of both kinds."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from workbench.store import Store, file_place, url_place

USER, PASSWORD = "reviewer", "s3cret/&word"
_QUOTED = "s3cret%2F%26word"
_START_SECONDS = 60


@dataclass(frozen=True)
class Server:
    """Where it listens."""

    port: int

    def url(self, database: str, password: str = _QUOTED) -> str:
        return f"postgresql://{USER}:{password}@127.0.0.1:{self.port}/{database}"

    def make_database(self, name: str) -> str:
        import psycopg

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return self.url(name)


def _program(name: str) -> str | None:
    found = shutil.which(name)
    if found:
        return found
    return next((str(file) for file in sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))), None)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """Run by a user without rights where this is root, as the server insists on it."""
    initdb, server = _program("initdb"), _program("postgres")
    if initdb is None or server is None:
        pytest.skip("no PostgreSQL server program on this machine (apt-get install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="wb-pg-", dir="/tmp"))
    before: list[str] = []
    if os.getuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        before = ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
    (folder / "password").write_text(PASSWORD)
    (folder / "password").chmod(0o644)
    data = folder / "data"
    made = [*before, initdb, "-D", str(data), "-U", USER, f"--pwfile={folder / 'password'}", "-E", "UTF8"]
    subprocess.run(
        [*made, "--auth=scram-sha-256", "--no-sync", "--locale=C.UTF-8"], check=True, capture_output=True, cwd="/"
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = ["listen_addresses=127.0.0.1", f"unix_socket_directories={folder}", "fsync=off", "max_connections=60"]
    options = [part for setting in settings for part in ("-c", setting)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*before, server, "-D", str(data), "-p", str(port), *options], stdout=log, stderr=log, cwd="/"
        )
    try:
        _wait(Server(port), process, folder / "log")
        yield Server(port)
    finally:
        # What SIGTERM asks for would wait for whoever is still connected.
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    import psycopg

    end = time.monotonic() + _START_SECONDS
    while True:
        try:
            psycopg.connect(server.url("postgres"), connect_timeout=2).close()
            return
        except psycopg.OperationalError:
            assert process.poll() is None, log.read_text("utf-8", "replace")
            assert time.monotonic() < end, log.read_text("utf-8", "replace")
            time.sleep(0.1)


_NUMBERS = count()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def make_store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Store]:
    """A new, empty store; everything that uses it runs on both databases."""
    if request.param == "sqlite":
        return lambda: Store(file_place(tmp_path_factory.mktemp("history") / "history.sqlite3"))
    server: Server = request.getfixturevalue("postgres")
    return lambda: Store(url_place(server.make_database(f"history_{next(_NUMBERS)}")))


@pytest.fixture
def store(make_store: Callable[[], Store]) -> Iterator[Store]:
    made = make_store()
    yield made
    made.close()
