"""The real app in a real browser: a server of its own, Chromium, and no way out of the machine."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from browsing import LONG
from playwright.sync_api import Browser, Page, Route, WebSocketRoute, expect, sync_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
START_SECONDS = 120
LOG = pytest.StashKey[Path]()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, one a file: a driver that stayed open would leave its event loop running under other tests."""
    if os.environ.get("WORKBENCH_NO_BROWSER") == "1":
        pytest.skip("WORKBENCH_NO_BROWSER=1")
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.fail("no Chromium on this machine; install one, or set WORKBENCH_NO_BROWSER=1 to skip", pytrace=False)
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=found, args=ARGUMENTS)
        # A busy machine is no fault.
        expect.set_options(timeout=LONG)
        yield opened
        expect.set_options(timeout=5_000)
        opened.close()


@pytest.fixture(scope="session")
def app_url(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the real app, started as users start it."""
    log = tmp_path_factory.mktemp("app") / "server.log"
    pytestconfig.stash[LOG] = log
    with served(log, headless()) as url:
        yield url


@pytest.fixture(scope="module")
def app_with_history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an app that keeps what is run, in a history of the module's own."""
    home = tmp_path_factory.mktemp("history")
    environment = {name: value for name, value in headless().items() if name != "WORKBENCH_PRIVATE"}
    with served(home / "server.log", environment | {"WORKBENCH_HOME": str(home)}) as url:
        yield url


@pytest.fixture
def app_with_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of an app whose checkpoints are its own; this process sees the same ones."""
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))
    with served(tmp_path / "server.log", headless()) as url:
        yield url


@pytest.fixture
def serve(tmp_path: Path) -> Callable[[], AbstractContextManager[str]]:
    """Starts the app in the environment of the test, as often as that asks for it; gives its address."""
    return lambda: served(tmp_path / "server.log", headless())


@contextmanager
def served(log: Path, environment: dict[str, str]) -> Iterator[str]:
    """The app as long as it is needed; gives its address."""
    port = free_port()
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "workbench", "serve", "--host", "127.0.0.1", "--port", str(port)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=log.parent,
            env=environment,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_healthy(url, server, log)
        yield url
    finally:
        stop(server)


@pytest.fixture
def outside() -> list[str]:
    """Addresses beyond this machine that the page asked for; none was let through."""
    return []


@pytest.fixture
def page_errors() -> list[str]:
    """Uncaught exceptions of the page's scripts."""
    return []


@pytest.fixture
def new_page(browser: Browser, outside: list[str], page_errors: list[str]) -> Iterator[Callable[..., Page]]:
    """Opens pages of separate sessions; takes what ``Browser.new_context`` takes, such as ``viewport``."""
    contexts = []

    def guard(route: Route) -> None:
        outside.append(route.request.url)
        route.abort()

    def guard_socket(socket_route: WebSocketRoute) -> None:
        outside.append(socket_route.url)
        socket_route.close()

    def opened(**settings: object) -> Page:
        context = browser.new_context(**{"viewport": {"width": 1440, "height": 900}, **settings})  # type: ignore[arg-type]
        contexts.append(context)
        context.route(is_outside, guard)
        context.route_web_socket(is_outside, guard_socket)
        page = context.new_page()
        page.on("pageerror", lambda error: page_errors.append(str(error)))
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    return new_page()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put the end of the app's log under a failure."""
    report = yield
    log = item.config.stash.get(LOG, None)
    if report.failed and log is not None and log.is_file():
        report.sections.append(("the app's log", tail(log)))
    return report


def is_outside(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname not in {"127.0.0.1", "localhost", "::1"}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def headless() -> dict[str, str]:
    """This environment, without a screen that the app would open a browser on."""
    return {name: value for name, value in os.environ.items() if name not in {"DISPLAY", "WAYLAND_DISPLAY"}}


def wait_until_healthy(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    state = "is not up yet" if server.poll() is None else f"stopped with status {server.returncode}"
    pytest.fail(f"the app {state}; its log:\n{tail(log)}", pytrace=False)


def stop(server: subprocess.Popen[bytes]) -> None:
    """End the command and the app that it started."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(server.pid, sign)
        except ProcessLookupError:
            break
        try:
            server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            continue


def tail(log: Path, lines: int = 60) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
