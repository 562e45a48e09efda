"""Checkpoints found again by their fingerprint."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from workbench import resources
from workbench.checkpoints import bundled, catalogue, fingerprint, hub, load_checkpoint
from workbench.checkpoints.recognising import fingerprint_here, recognise


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(resources.HOME, str(tmp_path / "home"))


def test_by_its_recorded_name(tiny_folder: Path) -> None:
    wanted = fingerprint([tiny_folder])
    assert fingerprint_here(str(tiny_folder)) == wanted
    assert recognise(wanted, str(tiny_folder)) == str(tiny_folder)
    assert recognise("sha256:0", str(tiny_folder)) is None


def test_bundled_ones_by_any_name() -> None:
    for name in bundled():
        wanted = fingerprint_here(name)
        assert wanted is not None
        assert recognise(wanted, "somebody/else") == name
    assert fingerprint_here("stars") == load_checkpoint("stars").fingerprint


def test_those_of_the_list_offered_and_in_the_roots(
    tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = fingerprint([tiny_folder])
    copies = {}
    for place in ("listed", "offered", "root/inner", "home/own"):
        copies[place] = tmp_path / place
        shutil.copytree(tiny_folder, copies[place])
    assert recognise(wanted, "gone") == str(copies["home/own"])
    shutil.rmtree(copies["home/own"])
    assert recognise(wanted, "gone") is None
    monkeypatch.setenv(resources.ROOTS, str(tmp_path / "root"))
    assert recognise(wanted, "gone") == str(copies["root/inner"])
    assert recognise(wanted, str(tiny_folder)) == str(copies["root/inner"])
    monkeypatch.delenv(resources.ROOTS)
    monkeypatch.setenv(resources.OFFERED, f"stars\n{copies['offered']}")
    assert recognise(wanted, "gone") == str(copies["offered"])
    catalogue.add(str(copies["listed"]))
    assert recognise(wanted, "gone") == str(copies["listed"])


@pytest.mark.parametrize(
    "name", ["", "nosuch", "a\0b", "~nobody/x", "../..", "owner/name", "owner/name@main", "\ud800"]
)
def test_names_that_are_none(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(*_: object, **__: object) -> None:
        raise AssertionError("a name in a report may not start a download")

    monkeypatch.setattr(hub, "fetch", fetch)
    assert fingerprint_here(name) is None
    assert recognise("sha256:0", name, "f" * 40) is None


def test_a_folder_that_is_no_checkpoint(tmp_path: Path, make_checkpoint: Callable[..., Path]) -> None:
    (tmp_path / "x.json").write_text("{}")
    assert fingerprint_here(str(tmp_path)) is None
    assert fingerprint_here(str(make_checkpoint(seed=9))) is not None
