"""Keeping runs, and handing them on."""

from __future__ import annotations

import json
import os
import re
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from runs import comparison, report, saved

from workbench import explain, services
from workbench.checkpoints import Checkpoint
from workbench.errors import InputError, StoreError, UnknownNameError
from workbench.reports import FORMATS
from workbench.schema import RunFacets, RunQuery, SavedRuns
from workbench.services import history as module


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("WORKBENCH_PRIVATE")
    return tmp_path / "home"


def kept(text: str = "Good food.") -> str:
    run_id = services.keep_run(services.new_run(report(text))).id
    assert run_id is not None
    return run_id


def test_a_real_run_is_kept_whole(tiny: Checkpoint) -> None:
    result = explain(tiny, "the food was <b>good</b>", "all", target="expected", budget=30, trust=True)
    run = services.new_run(result, 1.25, {"lime": "it did not fit"})
    assert services.keep_run(run) == (run.id, None)
    assert services.open_run(run.id) == run
    assert abs(run.created - datetime.now(UTC)) < timedelta(minutes=1)


def test_an_assessment_that_comes_later_is_added() -> None:
    run = services.new_run(report("Good food.", methods=("shap",)))
    services.keep_run(run)
    services.annotate_run(run.id, note="mine", tags=[" a ", "a", "", "b"])
    assert services.keep_run(run.model_copy(update={"result": report("Good food.", methods=("shap", "lime"))})).id
    found = services.open_run(run.id)
    assert (found.methods, found.note, found.tags) == (("shap", "lime"), "mine", ("a", "b"))


def test_ids_are_new_and_safe_everywhere() -> None:
    found = {services.new_run(report("x")).id for _ in range(200)}
    assert len(found) == 200
    assert all(re.fullmatch(r"[a-km-np-z2-9]{12}", run_id) for run_id in found)


@pytest.mark.parametrize("value", ["1", "yes", "true", "TRUE"])
def test_private_mode_writes_nothing_at_all(home: Path, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("WORKBENCH_PRIVATE", value)
    assert not services.history_enabled()
    assert services.keep_run(services.new_run(report("x"))) == (None, None)
    assert services.find_runs(RunQuery(words="x")) == (0, ())
    assert services.run_facets() == RunFacets()
    for ask in (services.open_run, services.full_run_id):
        with pytest.raises(UnknownNameError):
            ask("nosuch-run")
    assert not home.exists()


@pytest.mark.parametrize("value", ["", "0", "no", "False", "off"])
def test_private_mode_is_off_by_default(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("WORKBENCH_PRIVATE", value)
    assert services.history_enabled()


def test_a_history_that_fails_breaks_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home.write_text("in the way")
    found = services.keep_run(services.new_run(report("x")))
    assert found.id is None
    assert found.notice is not None
    assert found.notice.startswith(f"the run is not kept: the history in {home}/history.sqlite3 cannot be opened")
    assert "\n" not in found.notice
    with pytest.raises(StoreError):
        services.delete_runs(["x"])
    monkeypatch.setenv("WORKBENCH_DATABASE_URL", "mysql://x")
    assert "is no URL of a PostgreSQL database" in str(services.keep_run(services.new_run(report("x"))).notice)
    assert services.history_notices() == ()


def test_a_damaged_history_is_told_once(home: Path) -> None:
    home.mkdir()
    (home / "history.sqlite3").write_bytes(b"x" * 9000)
    run_id, notice = services.keep_run(services.new_run(report("x")))
    (aside,) = services.damaged_histories()
    assert run_id is not None
    assert str(notice).endswith(f"the old one is {aside}")
    assert services.keep_run(services.new_run(report("x"))).notice is None
    assert services.history_place() == str(home / "history.sqlite3")


def test_deleting_and_restoring(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second, third = kept("one"), kept("two"), kept("three")
    assert services.delete_runs([first, second]) == (first, second)
    assert services.find_runs(deleted=True)[0] == 2
    assert services.restore_runs([first]) == (first,)
    assert services.delete_runs([first], for_good=True) == (first,)
    with pytest.raises(UnknownNameError, match="there is no saved run"):
        services.open_run(first)
    # Of those deleted longer ago nothing is left after the next deletion.
    monkeypatch.setattr(module, "KEPT_DELETED", timedelta(0))
    services.delete_runs([])
    assert services.restore_runs([second]) == ()
    assert [line.id for line in services.find_runs()[1]] == [third]


def test_a_deleted_run_can_be_removed_for_good() -> None:
    run_id = kept()
    services.delete_runs([run_id])
    services.delete_runs([run_id], for_good=True)
    assert services.restore_runs([run_id]) == ()


def test_notes_that_no_file_can_hold_are_refused() -> None:
    run_id = kept()
    with pytest.raises(InputError, match="lone surrogate"):
        services.annotate_run(run_id, note="\udcff")
    with pytest.raises(InputError, match="lone surrogate"):
        services.annotate_run(run_id, tags=["\udcff"])
    assert services.annotate_run(run_id, note="a\0b\n<b>").note == "ab\n<b>"


def members(file: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_an_export_holds_a_folder_a_run_and_an_index(tmp_path: Path) -> None:
    first = saved(1, "../../etc/passwd <b>", note="=1+1")
    second = saved(2, result=comparison("good", ("stars", "../x"), ("5 stars", "1 star")))
    for run in (first, second):
        services.keep_run(run)
    path = services.export_runs([second.id, first.id, second.id], ["json", ".csv"], tmp_path / "runs.zip")
    found = members(path)
    folders = {run.id: f"{run.created:%Y-%m-%d}-{run.id}" for run in (first, second)}
    assert sorted(found) == sorted(
        [
            "index.json",
            "index.csv",
            *(f"{folders[run.id]}/report{end}" for run in (first, second) for end in (".json", ".csv")),
        ]
    )
    assert found[f"{folders[first.id]}/report.json"] == FORMATS[".json"].render(first.result)
    together = SavedRuns(title="2 saved runs", runs=(second, first))
    assert found["index.csv"] == FORMATS[".csv"].render(together)
    assert json.loads(found["index.json"])["runs"][1]["note"] == "=1+1"
    assert os.listdir(tmp_path / "home") != []
    assert [file.name for file in tmp_path.iterdir() if file.name != "home"] == ["runs.zip"]


def test_an_export_without_formats_has_those_that_readers_want(tmp_path: Path) -> None:
    path = services.export_runs([kept()], [], tmp_path / "runs.zip")
    wanted = {suffix for suffix in (".html", ".json") if suffix in FORMATS}
    assert {Path(name).suffix for name in members(path)} == wanted


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_format_is_exported(tmp_path: Path, suffix: str) -> None:
    run_id = kept()
    assert len(members(services.export_runs([run_id], [suffix], tmp_path / "runs.zip"))) == 2
    file = services.export_run(run_id, tmp_path / f"report{suffix}")
    assert file.read_bytes() == FORMATS[suffix].render(services.open_run(run_id).result)


def test_exports_that_cannot_be(tmp_path: Path) -> None:
    run_id = kept()
    with pytest.raises(InputError, match="no name of an archive; let it end with .zip"):
        services.export_runs([run_id], ["json"], tmp_path / "runs.tar")
    with pytest.raises(UnknownNameError, match="there is no report format '.docx'; known: "):
        services.export_runs([run_id], ["docx"], tmp_path / "runs.zip")
    with pytest.raises(UnknownNameError):
        services.export_runs([run_id, "nosuch-run"], ["json"], tmp_path / "runs.zip")
    with pytest.raises(InputError, match="takes 1 to 500 runs, not 0"):
        services.export_runs([], ["json"], tmp_path / "runs.zip")
    with pytest.raises(InputError, match="cannot be written .*; name another place"):
        services.export_runs([run_id], ["json"], tmp_path / "nosuch" / "runs.zip")
    with pytest.raises(InputError, match="there is no report format for"):
        services.export_run(run_id, tmp_path / "report.docx")
    assert [file.name for file in tmp_path.iterdir()] == ["home"]


def test_a_failed_export_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id, file = kept(), tmp_path / "runs.zip"
    file.write_bytes(b"the old one")

    def fail(*_: object, **__: object) -> bytes:
        raise RuntimeError("broken")

    monkeypatch.setattr(FORMATS[".csv"], "render", fail)
    with pytest.raises(RuntimeError):
        services.export_runs([run_id], ["json", "csv"], file)
    assert file.read_bytes() == b"the old one"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["home", "runs.zip"]
