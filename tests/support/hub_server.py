"""A hub of our own on the loopback, which answers as the real one does; a plugin of the tests."""

from __future__ import annotations

import hashlib
import http.server
import json
import os
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

COMMIT = "c0ffee" + "0" * 34
OLDER = "0ddba11" + "0" * 33
TOKEN = "hf_" + "s3cret" * 6
_WHERE = r"/((?:datasets/)?[^/]+/[^/]+)"


@dataclass(frozen=True)
class Asked:
    """One request, as it came."""

    method: str
    path: str
    range: str | None
    token: str | None


@dataclass
class Repository:
    """A model or a data set of the hub.

    Attributes:
        folder: Its files.
        older: Its files at the commit ``OLDER``, tagged v1.
        access: ``open``, ``gated`` (listed for all, its files for those let in), ``private`` or ``unreadable`` (the
            token lacks the right).
    """

    folder: Path
    older: Path | None = None
    access: str = "open"


class Hub(http.server.ThreadingHTTPServer):
    """Serves folders; keeps a log of what was asked; fails on demand.

    Attributes:
        repositories: Name to what is served; that of a data set begins with ``datasets/``.
        let_in: Whether the token has access to gated models.
        cuts: Of the next answers with weights, after how many bytes each breaks off.
        breaks: A cut is followed by ``down_for_weights``.
        down: Answer everything with 503.
        down_for_weights: Answer weights with 503.
        gate: Weights wait for it after their first half.
    """

    daemon_threads = True

    def __init__(self) -> None:
        self.repositories: dict[str, Repository] = {}
        self.let_in = False
        self.cuts: list[int] = []
        self.breaks = False
        self.down = False
        self.down_for_weights = False
        self.gate = threading.Event()
        self.gate.set()
        self.log: list[Asked] = []
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def fetched(self) -> list[str]:
        """Names of the files whose content was asked for, in order."""
        return [one.path.rsplit("/", 1)[1] for one in self.log if one.method == "GET" and "/resolve/" in one.path]

    def ranges(self) -> list[str | None]:
        """The ranges that were asked of weights."""
        return [one.range for one in self.log if one.method == "GET" and one.path.endswith(".safetensors")]


class Handler(http.server.BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def _answer(self) -> None:
        path = unquote(urlsplit(self.path).path)
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ") or None
        self.server.log.append(Asked(self.command, path, self.headers.get("Range"), token))
        if self.server.down:
            return self._send(503, b"")
        if token not in (None, TOKEN):
            # The real hub repeats nothing of it; a careless one might.
            return self._refuse(401, None, "Invalid credentials in Authorization header", f"bad token {token}")
        listed = path.replace("/api/models/", "/api/", 1)
        api = re.fullmatch(rf"/api{_WHERE}(?:/(tree|revision|paths-info)/([^/]+)(/.+)?)?", listed)
        file = re.fullmatch(rf"{_WHERE}/resolve/([^/]+)/(.+)", path)
        found = api or file
        repository = self.server.repositories.get(found.group(1)) if found else None
        if repository is None or (repository.access == "private" and token is None):
            return self._refuse(401 if token is None else 404, "RepoNotFound", "Repository not found")
        if repository.access == "unreadable":
            return self._refuse(403, None, "Your token lacks the permission to read this")
        if api:
            return self._api(repository, *api.groups()[:3], within=(api.group(4) or "/").strip("/"))
        assert file is not None
        return self._file(repository, token, file.group(2), file.group(3))

    def _api(self, repository: Repository, name: str, kind: str | None, revision: str | None, within: str = "") -> None:
        folder, commit = self._at(repository, revision or "main")
        if folder is None:
            return self._refuse(404, "RevisionNotFound", "Invalid rev id")
        files = sorted(file for file in folder.rglob("*") if file.is_file())
        if kind == "paths-info":
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["paths"]
            there = [file for file in files if file.relative_to(folder).as_posix() in asked]
            return self._json([self._listed(file, folder) for file in there])
        if kind == "tree":
            place = folder / within
            whole = "recursive=True" in urlsplit(self.path).query or "recursive=true" in urlsplit(self.path).query
            below = place.rglob("*") if whole else place.iterdir() if place.is_dir() else ()
            return self._json([self._listed(item, folder) for item in sorted(below)])
        facts = {"id": name, "modelId": name, "sha": commit, "private": False, "tags": [], "downloads": 0, "likes": 0}
        return self._json(facts | {"siblings": [self._sibling(file, folder) for file in files]})

    def _at(self, repository: Repository, revision: str) -> tuple[Path | None, str]:
        if revision in ("main", COMMIT):
            return repository.folder, COMMIT
        return (repository.older, OLDER) if revision in ("v1", OLDER) else (None, "")

    def _sibling(self, file: Path, folder: Path) -> dict[str, Any]:
        whole = {"rfilename": file.relative_to(folder).as_posix(), "size": file.stat().st_size, "blobId": etag(file)}
        large = {"lfs": {"sha256": etag(file), "size": file.stat().st_size, "pointerSize": 130}}
        return whole | (large if is_large(file) else {})

    def _listed(self, file: Path, folder: Path) -> dict[str, Any]:
        if file.is_dir():
            return {"type": "directory", "path": file.relative_to(folder).as_posix(), "oid": "0" * 40}
        size = file.stat().st_size
        whole = {"type": "file", "path": file.relative_to(folder).as_posix(), "size": size, "oid": etag(file)}
        return whole | ({"lfs": {"oid": etag(file), "size": size, "pointerSize": 130}} if is_large(file) else {})

    def _file(self, repository: Repository, token: str | None, revision: str, name: str) -> None:
        if repository.access == "gated" and not (token and self.server.let_in):
            status = 401 if token is None else 403
            return self._refuse(status, "GatedRepo", "Access to this model is restricted")
        folder, commit = self._at(repository, revision)
        file = folder / name if folder else None
        if file is None or not file.is_file():
            return self._refuse(404, "EntryNotFound", "Entry not found")
        if is_large(file) and self.command == "GET" and self.server.down_for_weights:
            return self._send(503, b"")
        headers = {"X-Repo-Commit": commit, "ETag": f'"{etag(file)}"', "Accept-Ranges": "bytes"}
        if is_large(file):
            headers |= {"X-Linked-Etag": f'"{etag(file)}"', "X-Linked-Size": str(file.stat().st_size)}
        content = file.read_bytes()
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range") or "")
        if wanted and self.command == "GET":
            start = int(wanted.group(1))
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
            return self._send(206, content[start:], headers, large=is_large(file))
        return self._send(200, content, headers, large=is_large(file))

    def _json(self, content: Any) -> None:
        self._send(200, json.dumps(content).encode(), {"Content-Type": "application/json"})

    def _refuse(self, status: int, code: str | None, message: str, body: str = "") -> None:
        headers = {"X-Error-Message": message} | ({"X-Error-Code": code} if code else {})
        self._send(status, json.dumps({"error": body or message}).encode(), headers)

    def _send(self, status: int, content: bytes, headers: dict[str, str] | None = None, *, large: bool = False) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command == "HEAD":
            return
        cut = self.server.cuts.pop(0) if large and self.server.cuts else None
        if cut is not None:
            self.wfile.write(content[:cut])
            self.server.down_for_weights = self.server.breaks
            self.close_connection = True
            return
        half = len(content) // 2 if large else 0
        self.wfile.write(content[:half])
        if large:
            self.server.gate.wait(60)
        try:
            self.wfile.write(content[half:])
        except OSError:
            self.close_connection = True


def is_large(file: Path) -> bool:
    return file.suffix in {".safetensors", ".bin"}


def etag(file: Path) -> str:
    """The name of a file's content: sha256 where the hub stores it apart, else git's digest."""
    content = file.read_bytes()
    if is_large(file):
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def settings_of(hub: Hub, home: Path) -> dict[str, str]:
    """An environment in which the hub's library asks this hub, with nothing of the developer's own."""
    inherited = {
        key: value for key, value in os.environ.items() if not key.startswith("HF_") and "proxy" not in key.lower()
    }
    own = {"HF_ENDPOINT": hub.url, "HF_HOME": str(home), "OMP_NUM_THREADS": "1"}
    return inherited | own


@pytest.fixture
def hub() -> Iterator[Hub]:
    """Running, and empty."""
    server = Hub()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield server
    server.gate.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def hub_here(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """Makes the hub's library of this process ask that hub, with an empty cache, no token and small pieces."""
    from huggingface_hub import close_session, constants

    for name in list(os.environ):
        if name.startswith("HF_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setattr(constants, "ENDPOINT", hub.url)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", hub.url + "/{repo_id}/resolve/{revision}/{filename}")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache" / "hub"))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "cache" / "token"))
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 1024)
    close_session()
    yield hub
    close_session()
