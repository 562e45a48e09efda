"""The user's own list: what is added stays, what is damaged is set aside, nothing is half written."""

from __future__ import annotations

import json
import logging
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hub_server import COMMIT, OLDER, Hub, Repository
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench import resources
from workbench.checkpoints import Checkpoint, bundled, catalogue
from workbench.errors import CheckpointError, InputError, UnknownNameError


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "home"
    monkeypatch.setenv(resources.HOME, str(place))
    return place


@pytest.fixture
def folder(tiny_folder: Path, tmp_path: Path) -> Path:
    place = tmp_path / "my model"
    shutil.copytree(tiny_folder, place)
    (place / "README.md").write_text("---\nlicence: 'cc-by-4.0'\n---\n")
    return place


def test_where_it_is(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    assert resources.home() == home
    monkeypatch.delenv(resources.HOME)
    assert resources.home().name.lower().strip(".") == "workbench"
    assert resources.home().is_absolute()


def test_a_folder(folder: Path, tiny: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    assert catalogue.entries() == ()
    monkeypatch.chdir(folder.parent)
    entry = catalogue.add(" my model ")
    assert (entry.name, entry.asked, entry.revision) == (str(folder), str(folder), None)
    assert entry.facts["fingerprint"] == tiny.fingerprint
    assert entry.facts["licence"] == "cc-by-4.0"
    assert (entry.facts["labels"], entry.facts["layers"]) == (list(tiny.labels), 2)
    assert catalogue.entries() == (entry,)
    assert catalogue.names() == (str(folder),)
    again = catalogue.add(str(folder / ".." / "my model"))
    assert catalogue.entries() == (again,)


def test_it_survives_the_process(folder: Path) -> None:
    entry = catalogue.add(str(folder))
    code = "from workbench.checkpoints import catalogue; print(catalogue.entries()[0].model_dump_json())"
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert catalogue.Entry.model_validate_json(seen.stdout) == entry


def test_a_hub_id_is_kept_at_its_commit(hub_here: Hub, folder: Path, make_checkpoint: Callable[..., Path]) -> None:
    repository = hub_here.repositories["owner/name"] = Repository(folder, older=make_checkpoint(seed=7))
    newest = catalogue.add("owner/name")
    older = catalogue.add("owner/name@v1")
    assert [one.name for one in catalogue.entries()] == [f"owner/name@{COMMIT}", f"owner/name@{OLDER}"]
    assert newest.facts["fingerprint"] != older.facts["fingerprint"]
    assert (newest.revision, newest.facts["revision"]) == (COMMIT, COMMIT)
    assert catalogue.find_entry("owner/name") == newest
    assert catalogue.find_entry("owner/name @ 0ddba11") == older
    repository.access = "private"
    with pytest.raises(CheckpointError):
        catalogue.add("owner/name@main")
    assert catalogue.entries() == (newest, older)


def test_what_cannot_be_used_is_not_added(folder: Path, tmp_path: Path) -> None:
    for name in ("", "  "):
        with pytest.raises(InputError, match="there is no checkpoint to add"):
            catalogue.add(name)
    with pytest.raises(InputError, match="stars comes with the workbench"):
        catalogue.add("stars")
    (folder / "tokenizer.json").unlink()
    with pytest.raises(CheckpointError, match="has no tokenizer"):
        catalogue.add(str(folder))
    with pytest.raises(CheckpointError, match="config.json is missing"):
        catalogue.add(str(tmp_path))
    assert catalogue.entries() == ()


def test_remove_and_put_back(folder: Path, make_checkpoint: Callable[..., Path]) -> None:
    first, second = catalogue.add(str(folder)), catalogue.add(str(make_checkpoint(seed=3)))
    assert catalogue.remove(first.name) == first
    assert catalogue.entries() == (second,)
    assert folder.is_dir()
    catalogue.put(first)
    assert catalogue.entries() == (second, first)
    assert catalogue.remove("my model") == first
    with pytest.raises(UnknownNameError, match="'my model' is not on your list of checkpoints; choose from: tiny"):
        catalogue.remove("my model")


DAMAGED = (
    "",
    "{",
    "[]",
    "null",
    '"x"',
    "{}",
    '{"schema": "workbench.catalogue/9", "checkpoints": []}',
    "\x00\x01",
    "[" * 99_999,
)


@pytest.mark.parametrize("content", DAMAGED, ids=range(len(DAMAGED)))
def test_a_damaged_list_is_set_aside(content: str, home: Path, folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    home.mkdir()
    (home / "checkpoints.json").write_text(content)
    with caplog.at_level(logging.WARNING):
        assert catalogue.entries() == ()
    (aside,) = catalogue.set_aside()
    assert aside.read_text() == content
    (line,) = caplog.messages
    assert str(aside) in line
    assert "\n" not in line
    caplog.clear()
    catalogue.add(str(folder))
    assert len(catalogue.entries()) == 1
    assert caplog.messages == []
    assert len(catalogue.set_aside()) == 1


def test_good_entries_of_a_damaged_list_are_kept(home: Path, folder: Path) -> None:
    entry = catalogue.add(str(folder))
    file = home / "checkpoints.json"
    whole = json.loads(file.read_text())
    bad = entry.model_dump(mode="json") | {"name": "../relative"}
    whole["checkpoints"] = [{"name": 1}, *whole["checkpoints"], bad, None]
    file.write_text(json.dumps(whole))
    assert catalogue.entries() == (entry,)
    assert json.loads(catalogue.set_aside()[0].read_text()) == whole
    assert catalogue.entries() == (entry,)
    assert len(catalogue.set_aside()) == 1


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(["schema", "checkpoints", "x"]), json_values | st.just(catalogue.SCHEMA)))
def test_no_content_breaks_it(home: Path, content: dict[str, Any]) -> None:
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    (home / "checkpoints.json").write_text(json.dumps(content))
    assert catalogue.entries() == ()


def test_a_write_that_fails_leaves_the_old_list(
    folder: Path, home: Path, make_checkpoint: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = catalogue.add(str(folder))

    def full(*_arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(InputError, match=r"cannot be written \(No space left on device\); mend its rights or set WORK"):
        catalogue.add(str(make_checkpoint(seed=3)))
    assert catalogue.entries() == (entry,)
    assert {file.name for file in home.iterdir()} <= {"checkpoints.json", "checkpoints.json.lock"}


def test_a_home_that_is_a_file(home: Path, folder: Path) -> None:
    home.write_text("")
    assert catalogue.entries() == ()
    with pytest.raises(InputError, match="cannot be written"):
        catalogue.add(str(folder))
    assert stat.S_ISREG(home.stat().st_mode)


def test_two_processes_lose_nothing(folder: Path, home: Path) -> None:
    entry = catalogue.add(str(folder))
    code = (
        "import sys; from workbench.checkpoints import catalogue; one = catalogue.entries()[0]\n"
        "for n in range(20): catalogue.put(one.model_copy(update={'name': f'/{sys.argv[1]}/{n}', "
        "'asked': f'/{sys.argv[1]}/{n}'}))"
    )
    running = [subprocess.Popen([sys.executable, "-c", code, letter]) for letter in "ab"]
    assert [process.wait(120) for process in running] == [0, 0]
    assert {one.name for one in catalogue.entries()} == {entry.name, *(f"/{a}/{n}" for a in "ab" for n in range(20))}


def test_the_command(run_cli: Callable[..., Any], folder: Path, tiny: Checkpoint) -> None:
    assert run_cli("checkpoints", "add", folder).out == f"{folder}\n"
    listed = json.loads(run_cli("checkpoints", "list", "--format", "json").out)["checkpoints"]
    assert [one["name"] for one in listed] == [*bundled(), str(folder)]
    assert listed[-1]["fingerprint"] == tiny.fingerprint
    assert {"labels", "megabytes", "architecture", "licence", "revision", "added"} <= set(listed[-1])
    assert str(folder) in run_cli("checkpoints", "list").out
    assert json.loads(run_cli("checkpoints", "show", "my model", "--format", "json").out)["licence"] == "cc-by-4.0"
    assert run_cli("checkpoints", "remove", "my model").out == f"{folder}\n"
    assert "the list is empty" in run_cli("checkpoints", "remove", "my model").assert_fault(2)
    assert "there is no checkpoint" in run_cli("checkpoints", "add", "nosuch").assert_fault(3)
    assert "stars comes with the workbench" in run_cli("checkpoints", "add", "stars").assert_fault(2)
