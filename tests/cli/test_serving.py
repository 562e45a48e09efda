"""The app as a process: it ends with the command that started it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest


@pytest.fixture
def port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture
def serve(port: int) -> Iterator[subprocess.Popen[bytes]]:
    """``workbench serve``, listening."""
    environment = {name: value for name, value in os.environ.items() if name not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    command = [sys.executable, "-m", "workbench", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    ends = time.monotonic() + 120
    while not listening(port) and process.poll() is None and time.monotonic() < ends:
        time.sleep(0.1)
    yield process
    process.kill()
    process.wait()


def listening(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("localhost", port)) == 0


@pytest.mark.slow
def test_told_to_end_it_takes_the_app_along(serve: subprocess.Popen[bytes], port: int) -> None:
    assert listening(port)
    below = psutil.Process(serve.pid).children(recursive=True)
    assert below
    serve.send_signal(signal.SIGTERM)
    assert serve.wait(timeout=60) == 0
    assert psutil.wait_procs(below, timeout=60)[1] == []
    assert not listening(port)
