"""Hub ids, against a server of our own on the loopback that answers as the hub does."""

from __future__ import annotations

import hashlib
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from workbench.checkpoints import Checkpoint
from workbench.pipeline import classify

COMMIT = "c0ffee" + "0" * 34
REVISION = rf"(?:main|{COMMIT})"


class Hub(http.server.ThreadingHTTPServer):
    """A model hub of some folders; keeps a log of what was asked."""

    def __init__(self, repositories: dict[str, Path]) -> None:
        self.repositories = repositories
        self.log: list[str] = []
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def files(self) -> list[str]:
        """Names of the files whose content was fetched."""
        return [line.rsplit("/", 1)[1] for line in self.log if line.startswith("GET ") and "/resolve/" in line]


class Handler(http.server.BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(body=True)

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def _answer(self, *, body: bool) -> None:
        path = self.path.split("?")[0]
        self.server.log.append(f"{self.command} {path}")
        found = re.fullmatch(rf"/api/models/([^/]+/[^/]+)(/tree/{REVISION}|/revision/{REVISION})?", path)
        if found:
            return self._api(found.group(1), tree="/tree/" in path, body=body)
        found = re.fullmatch(rf"/([^/]+/[^/]+)/resolve/{REVISION}/(.+)", path)
        folder = found and self.server.repositories.get(found.group(1))
        file = folder / found.group(2) if found and folder else None
        if file is None or not file.is_file():
            return self._send(404, b"", {"X-Error-Code": "EntryNotFound"}, body)
        content = file.read_bytes()
        return self._send(200, content, {"X-Repo-Commit": COMMIT, "ETag": f'"{digest(content)}"'}, body)

    def _api(self, name: str, *, tree: bool, body: bool) -> None:
        folder = self.server.repositories.get(name)
        if folder is None:
            return self._send(404, b'{"error": "Repository not found"}', {"X-Error-Code": "RepoNotFound"}, body)
        files = sorted(file for file in folder.iterdir() if file.is_file())
        listed = [
            {"type": "file", "path": file.name, "size": file.stat().st_size, "oid": digest(file.read_bytes())}
            for file in files
        ]
        facts = {"id": name, "modelId": name, "sha": COMMIT, "private": False, "tags": [], "downloads": 0, "likes": 0}
        whole = listed if tree else facts | {"siblings": [{"rfilename": file.name} for file in files]}
        return self._send(200, json.dumps(whole).encode(), {"Content-Type": "application/json"}, body)

    def _send(self, status: int, content: bytes, headers: dict[str, str], body: bool) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if body:
            self.wfile.write(content)


def digest(content: bytes) -> str:
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


@pytest.fixture
def hub(tiny_folder: Path, tmp_path: Path) -> Iterator[Hub]:
    both, pickled = tmp_path / "both", tmp_path / "pickled"
    for folder in (both, pickled):
        shutil.copytree(tiny_folder, folder)
        torch.save(load_file(tiny_folder / "model.safetensors"), folder / "pytorch_model.bin")
        (folder / "modeling_own.py").write_text("raise SystemExit('ran')")
        (folder / "README.md").write_text("card")
    (pickled / "model.safetensors").unlink()
    server = Hub({"owner/both": both, "owner/pickled": pickled})
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def predict(name: str, endpoint: str, home: Path) -> subprocess.CompletedProcess[str]:
    """In a process of its own, as the hub's library reads its settings when imported."""
    inherited = {
        key: value for key, value in os.environ.items() if not key.startswith("HF_") and "proxy" not in key.lower()
    }
    settings = {
        "HF_ENDPOINT": endpoint,
        "HF_HOME": str(home),
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "OMP_NUM_THREADS": "1",
    }
    command = [
        sys.executable,
        "-m",
        "workbench",
        "predict",
        "the food was good",
        "--checkpoint",
        name,
        "--format",
        "json",
    ]
    return subprocess.run(
        command, capture_output=True, text=True, env=inherited | settings, check=False, timeout=240, encoding="utf-8"
    )


def assert_fault(done: subprocess.CompletedProcess[str], message: str) -> None:
    assert done.returncode == 3, done.stderr
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stderr.startswith("error: ")
    assert "; " in done.stderr
    assert message in done.stderr


@pytest.mark.slow
def test_downloads_and_then_works_without_the_hub(hub: Hub, tmp_path: Path, tiny: Checkpoint) -> None:
    home = tmp_path / "home"
    first = predict("owner/both", hub.url, home)
    assert first.returncode == 0, first.stderr
    assert set(hub.files()) == {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"}
    hub.shutdown()
    hub.server_close()
    again = predict("owner/both", hub.url, home)
    assert again.returncode == 0, again.stderr
    assert again.stdout == first.stdout
    found, here = json.loads(first.stdout), classify(tiny, "the food was good")
    assert found["checkpoint"]["name"] == "owner/both"
    assert found["checkpoint"]["fingerprint"] == tiny.fingerprint
    assert list(found["predictions"][0]["logits"].values()) == pytest.approx(here.logits, abs=1e-5)


@pytest.mark.slow
def test_an_unknown_repository(hub: Hub, tmp_path: Path) -> None:
    assert_fault(predict("owner/nosuch", hub.url, tmp_path / "home"), "the hub has no checkpoint owner/nosuch")


@pytest.mark.slow
def test_a_pickle_is_refused_before_anything_is_fetched(hub: Hub, tmp_path: Path) -> None:
    done = predict("owner/pickled", hub.url, tmp_path / "home")
    assert_fault(done, "only as a pickle (pytorch_model.bin)")
    assert hub.log != []
    assert hub.files() == []


@pytest.mark.slow
def test_out_of_reach_and_not_in_the_cache(tmp_path: Path) -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as taken:
        free = f"http://127.0.0.1:{taken.server_address[1]}"
    assert_fault(predict("owner/both", free, tmp_path / "home"), "cannot be reached and owner/both is not in the cache")


def test_an_id_that_the_hub_would_not_take(run_cli: object) -> None:
    line = run_cli("predict", "good", "--checkpoint", "owner/a--b").assert_fault(3)  # type: ignore[operator]
    assert "is no hub id" in line
