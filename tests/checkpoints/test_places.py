"""Served to others, the app reads the folders that it was given and no other."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hub_server import COMMIT, Hub, Repository

from workbench import resources
from workbench.checkpoints import bundled, catalogue, load_checkpoint, locate, places
from workbench.cli import serving
from workbench.errors import CheckpointError, InputError

OUTSIDE = "is outside the folders that this app may read; use a hub id or a checkpoint from the list"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(resources.HOME, str(tmp_path / "home"))


@pytest.fixture
def inside(tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkpoint in the one root there is; another lies outside."""
    shutil.copytree(tiny_folder, tmp_path / "root" / "model")
    shutil.copytree(tiny_folder, tmp_path / "secret")
    monkeypatch.setenv(resources.ROOTS, str(tmp_path / "root"))
    return tmp_path / "root" / "model"


def refused(name: str | Path) -> str:
    with pytest.raises(CheckpointError) as caught:
        locate(str(name))
    line = str(caught.value)
    assert "\n" not in line
    return line


def test_inside_and_bundled(inside: Path) -> None:
    assert locate(str(inside)).folder == inside
    assert locate(str(inside / ".." / "model")).pinned == str(inside)
    for name in bundled():
        assert locate(name).folder == bundled()[name]
    assert load_checkpoint("stars", device="cpu").labels[0] == "1 star"


def test_outside(inside: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        tmp_path / "secret",
        inside / ".." / ".." / "secret",
        "/etc",
        "/",
        "~/secret",
        "../secret",
        f"{tmp_path}/root-but-longer",
    ):
        assert OUTSIDE in refused(name), name
    monkeypatch.chdir(tmp_path)
    assert OUTSIDE in refused("./secret")
    assert "there is no checkpoint 'secret'" in refused("secret")
    monkeypatch.chdir(inside.parent)
    assert locate("model").folder.resolve() == inside


def test_whether_a_folder_is_there_cannot_be_told(inside: Path, tmp_path: Path) -> None:
    there, nowhere = refused(tmp_path / "secret"), refused(tmp_path / "nosuch")
    assert there.replace("secret", "nosuch") == nowhere


def test_links_are_followed_before_the_check(inside: Path, tmp_path: Path) -> None:
    (inside.parent / "out").symlink_to(tmp_path / "secret")
    assert OUTSIDE in refused(inside.parent / "out")
    (inside.parent / "deep").symlink_to(tmp_path)
    assert OUTSIDE in refused(inside.parent / "deep" / "secret")
    (inside.parent / "loop").symlink_to(inside.parent / "loop")
    assert OUTSIDE in refused(inside.parent / "loop")
    (tmp_path / "in").symlink_to(inside)
    assert locate(str(tmp_path / "in")).folder.resolve() == inside
    (inside / "README.md").symlink_to(tmp_path / "secret" / "config.json")
    assert OUTSIDE in refused(inside)


def test_an_adapter_cannot_lead_outside(inside: Path, tmp_path: Path) -> None:
    adapter = inside.parent / "adapter"
    adapter.mkdir()
    for name in ("config.json", "adapter_model.safetensors", "README.md"):
        shutil.copy(bundled()["stars"] / name, adapter)
    for base in ("../../secret", str(tmp_path / "secret")):
        settings = json.loads((bundled()["stars"] / "adapter_config.json").read_text())
        (adapter / "adapter_config.json").write_text(json.dumps(settings | {"base_model_name_or_path": base}))
        with pytest.raises(CheckpointError, match="is outside the folders"):
            load_checkpoint(str(adapter))


def test_hub_ids_are_not_touched(inside: Path, hub_here: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub_here.repositories["owner/name"] = Repository(inside)
    shutil.copytree(inside, tmp_path / "owner" / "name")
    monkeypatch.chdir(tmp_path)
    # A folder of that name lies outside, so the name is that of the hub.
    assert locate("owner/name").revision == COMMIT
    assert catalogue.add("owner/name").revision == COMMIT


def test_the_list_leaves_out_what_may_not_be_read(
    inside: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(resources.ROOTS)
    catalogue.add(str(tmp_path / "secret"))
    catalogue.add(str(inside))
    monkeypatch.setenv(resources.ROOTS, str(tmp_path / "root"))
    assert catalogue.names() == (str(inside),)
    with pytest.raises(CheckpointError, match="outside the folders"):
        catalogue.add(str(tmp_path / "secret"))


def test_strange_names(inside: Path) -> None:
    for name in ("\0", "a\0/b", "~nosuchuser/x", "x" * 5000, "/" + "x/" * 3000, "..", ".", "//", "a\nb/c"):
        with pytest.raises((CheckpointError, InputError)):
            locate(name)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.8.8.8", "::1", "[::1]"])
def test_the_loopback_is_free(host: str, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(resources.ROOTS, str(tiny_folder))
    told = serving.environment(host, [str(tiny_folder)], ())
    assert resources.ROOTS not in told
    monkeypatch.delenv(resources.ROOTS)
    assert places.roots() is None
    assert places.allows(Path("/etc"))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.7", "workbench.example", "", "127.0.0.1.example"])
def test_served_to_others(host: str, tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = serving.environment(host, [str(tiny_folder), "stars"], ())
    assert told[resources.OFFERED].split("\n") == [str(tiny_folder), "stars"]
    monkeypatch.setenv(resources.ROOTS, told[resources.ROOTS])
    assert places.allows(tiny_folder)
    assert not places.allows(tmp_path)
    assert resources.ROOTS in serving.environment(host, [], ())
    monkeypatch.setenv(resources.ROOTS, serving.environment(host, [], ())[resources.ROOTS])
    assert not places.allows(tiny_folder)
    assert not places.allows(Path.cwd())
    assert places.allows(bundled()["stars"])
    # What the app itself trains, and nothing else beside it.
    assert places.allows(resources.trained() / "mine")
    assert not places.allows(resources.home())


def test_roots_by_option_and_environment(
    tmp_path: Path, run_cli: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b c"):
        (tmp_path / name).mkdir()
    seen: list[dict[str, str]] = []
    monkeypatch.setattr("workbench.cli.serving._run", lambda _command, told: seen.append(told) or 0)
    a, b = tmp_path / "a", tmp_path / "b c"
    assert run_cli("serve", "--host", "0.0.0.0", "--root", a, "--root", b).status == 0
    monkeypatch.setenv("WORKBENCH_ROOTS", f"{a}{os.pathsep}{b}")
    assert run_cli("serve", "--host", "0.0.0.0").status == 0
    # A root that was named counts on the loopback too: behind a proxy, others come from there.
    assert run_cli("serve").status == 0
    assert [env[resources.ROOTS].split("\n") for env in seen] == [[str(a), str(b)]] * 3
    assert "does not exist" in run_cli("serve", "--root", tmp_path / "nosuch").assert_fault(2)
