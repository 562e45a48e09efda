"""The wheel: what is in it, and that it runs where nothing else of the project is."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("pyproject.toml", "README.md", "LICENSE", "workbench", "pages", "sample_data")
HOMES = {"workbench": "workbench", "pages": "workbench/_pages", "sample_data": "workbench/_sample_data"}
START_SECONDS = 120


def files_of(folder: str) -> set[str]:
    """Files of the checkout that belong into the wheel, as they are named there."""
    return {
        f"{HOMES[folder]}/{file.relative_to(ROOT / folder).as_posix()}"
        for file in (ROOT / folder).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, so that nothing an earlier build left in the checkout gets in."""
    source = tmp_path_factory.mktemp("source")
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, source / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / part, source / part)
    target = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(target)]
    built = subprocess.run([*command, str(source)], capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return next(target.glob("explainability_workbench-*.whl"))


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """A folder with the installed wheel alone, and an environment in which it comes before the checkout."""
    target = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target), str(wheel)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    screens = {"DISPLAY", "WAYLAND_DISPLAY"}
    environment = {name: value for name, value in os.environ.items() if name not in screens}
    return target, environment | {"PYTHONPATH": str(target), "HF_HUB_OFFLINE": "1"}


@pytest.mark.slow
@pytest.mark.parametrize("folder", HOMES)
def test_the_wheel_holds_every_file(names: set[str], folder: str) -> None:
    wanted = files_of(folder)
    assert wanted
    assert sorted(wanted - names) == []


@pytest.mark.slow
def test_the_wheel_holds_what_the_app_cannot_do_without(names: set[str]) -> None:
    encoder = "workbench/_sample_data/checkpoints/all-MiniLM-L6-v2"
    wanted = {
        "workbench/py.typed",
        "workbench/__main__.py",
        "workbench/app/main.py",
        "workbench/app/.streamlit/config.toml",
        "workbench/_pages/explain.py",
        "workbench/_sample_data/reviews.csv",
        "workbench/_sample_data/sentences.csv",
        f"{encoder}/model.safetensors",
        f"{encoder}/tokenizer.json",
        *(
            f"workbench/_sample_data/checkpoints/{checkpoint}/{file}"
            for checkpoint in ("stars", "stars-early", "sentiment", "entities")
            for file in ("adapter_model.safetensors", "adapter_config.json", "config.json", "README.md")
        ),
        *(f"workbench/_sample_data/checkpoints/recipes/{recipe}.toml" for recipe in ("stars", "sentiment", "entities")),
        "workbench/_sample_data/checkpoints/recipes/plain.conll",
    }
    assert sorted(wanted - names) == []
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert any(name.endswith("/entry_points.txt") for name in names)


@pytest.mark.slow
def test_the_wheel_holds_nothing_else(names: set[str]) -> None:
    known = files_of("workbench") | files_of("pages") | files_of("sample_data")
    assert sorted(name for name in names - known if ".dist-info/" not in name) == []
    assert not [name for name in names if name.endswith(".pyc")]


@pytest.mark.slow
def test_no_pages_folder_lies_beside_the_entrypoint_in_the_wheel(names: set[str]) -> None:
    assert not [name for name in names if name.startswith("workbench/app/pages")]


def test_no_pages_folder_lies_beside_the_entrypoint_in_the_checkout() -> None:
    entrypoint = ROOT / "workbench" / "app" / "main.py"
    assert entrypoint.is_file()
    assert not (entrypoint.parent / "pages").exists()


def test_every_package_is_listed() -> None:
    listed = set(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["packages"])
    found = {
        ".".join(file.parent.relative_to(ROOT).parts)
        for file in (ROOT / "workbench").rglob("*.py")
        if "__pycache__" not in file.parts
    }
    assert listed == found | {"workbench._pages", "workbench._sample_data"}


@pytest.mark.slow
def test_the_installed_wheel_finds_its_own_files(installed: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    target, environment = installed
    code = "import workbench, workbench.resources as found; print(workbench.__file__)"
    code += "; print(found.folder('pages')); print(found.folder('sample_data'))"
    places = run(["-c", code], environment, tmp_path).splitlines()
    assert len(places) == 3
    assert all(Path(place).is_relative_to(target) for place in places)


@pytest.mark.slow
def test_the_installed_wheel_lists_its_checkpoints(installed: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    done = run(["-m", "workbench", "checkpoints", "list", "--format", "json"], installed[1], tmp_path)
    listed = [checkpoint["name"] for checkpoint in json.loads(done)["checkpoints"]]
    assert listed == ["stars", "stars-early", "sentiment", "entities"]


@pytest.mark.slow
def test_the_installed_wheel_predicts(installed: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    text = "I really loved that movie"
    command = ["-m", "workbench", "predict", text, "--checkpoint", "stars", "--format", "json"]
    assert json.loads(run(command, installed[1], tmp_path))["predictions"][0]["label"] == "5 stars"


@pytest.mark.slow
def test_the_installed_wheel_makes_a_history(installed: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    code = "from pathlib import Path; from workbench.store import Store, file_place; import workbench"
    code += (
        "; store = Store(file_place(Path('runs.sqlite3'))); print(store.delete([]), store.find(), workbench.__file__)"
    )
    made = run(["-c", code], installed[1], tmp_path)
    assert made.startswith("() (0, ()) ")
    assert Path(made.split()[-1]).is_relative_to(installed[0])
    assert (tmp_path / "runs.sqlite3").stat().st_size > 0


@pytest.fixture
def served(installed: tuple[Path, dict[str, str]], tmp_path: Path) -> Iterator[str]:
    """The address of the installed app."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path / "server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "workbench", "serve", "--host", "127.0.0.1", "--port", str(port)],
            env=installed[1],
            cwd=tmp_path,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + START_SECONDS
        while not answers(f"{url}/_stcore/health"):
            assert server.poll() is None, log.read_text("utf-8", "replace")
            assert time.monotonic() < end, log.read_text("utf-8", "replace")
            time.sleep(0.2)
        yield url
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait(timeout=10)


@pytest.mark.slow
def test_the_installed_wheel_serves_the_app(served: str) -> None:
    with urllib.request.urlopen(served, timeout=30) as answer:
        assert answer.status == 200
        assert '<div id="root">' in answer.read().decode("utf-8")


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def run(arguments: list[str], environment: dict[str, str], folder: Path) -> str:
    """Standard output of Python with these arguments, in an empty folder."""
    done = subprocess.run(
        [sys.executable, *arguments], env=environment, cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
