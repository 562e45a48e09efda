"""The app as a user starts it, and a browser that looks at it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, expect, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_LONG = 120_000  # milliseconds


def chromium() -> str | None:
    """Where a Chromium is, if there is one."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def serve_times(device: str, repeat: int) -> dict[str, list[float]]:
    """Start the app and time what a user sees.

    Args:
        device: ``cpu`` hides the GPU from the app.
        repeat: How often the app is started.

    Returns:
        Seconds from the start of the command to the first page drawn and, its button pressed as soon as it is there, to
        the first verdict.
    """
    found: dict[str, list[float]] = {"page": [], "verdict": []}
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        for _ in range(repeat):
            page, verdict = _one(browser, device)
            found["page"].append(page)
            found["verdict"].append(verdict)
        browser.close()
    return found


def _one(browser: Browser, device: str) -> tuple[float, float]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    port = _free_port()
    started = time.perf_counter()
    with _served(port, device):
        _wait_for(port)
        page.goto(f"http://127.0.0.1:{port}")
        button = page.get_by_role("button", name="Explain", exact=True)
        expect(button).to_be_visible(timeout=_LONG)
        drawn = time.perf_counter() - started
        button.click()
        expect(page.locator(".wb-stars")).to_be_visible(timeout=_LONG)
        answered = time.perf_counter() - started
        context.close()
    return drawn, answered


@contextmanager
def _served(port: int, device: str) -> Iterator[None]:
    hidden = {"CUDA_VISIBLE_DEVICES": ""} if device == "cpu" else {}
    screenless = {name: value for name, value in os.environ.items() if name not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    with tempfile.TemporaryDirectory() as place:
        server = subprocess.Popen(
            [sys.executable, "-m", "workbench", "serve", "--host", "127.0.0.1", "--port", str(port)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=place,
            env=screenless | hidden,
            start_new_session=True,
        )
        try:
            yield
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(timeout=30)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    end = time.monotonic() + _LONG / 1000
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise SystemExit("error: the app is not up; start it with workbench serve to see why")
