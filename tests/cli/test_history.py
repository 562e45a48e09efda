"""``workbench history``, and what the other commands keep."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from runs import comparison, saved

from workbench import services
from workbench.checkpoints import Checkpoint

Run = Callable[..., Any]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("WORKBENCH_PRIVATE")
    return tmp_path / "home"


@pytest.fixture
def three() -> None:
    services.keep_run(saved(1, "Good food, rude waiter.", id="aaaa-first", methods=("shap", "lime")))
    services.keep_run(saved(2, "\x1b[2Jhostile\u202e <b>", id="aabb-second", label="1 star", checkpoint="./mine"))
    pair = comparison("Clean room.", ("stars", "sentiment"), ("4 stars", "2 stars"), "lime")
    services.keep_run(saved(3, result=pair, id="cccc-third"))


def listed(run_cli: Run, *arguments: object) -> list[str]:
    done = run_cli("history", "list", "--format", "json", *arguments)
    assert (done.status, done.err) == (0, "")
    whole = json.loads(done.out)
    assert list(whole) == ["schema", "total", "runs"]
    assert whole["schema"] == "workbench.history/1"
    return [run["id"].split("-")[1] for run in whole["runs"]]


def test_explain_keeps_its_run(run_cli: Run, tiny: Checkpoint, tmp_path: Path) -> None:
    command = ("explain", "the good food", "--checkpoint", tiny.name, "--method", "occlusion", "--format", "json")
    done = run_cli(*command, "--output", tmp_path / "report.json")
    assert done.status == 0
    (line,) = done.err.splitlines()
    run_id = line.removeprefix("kept as ")
    shown = json.loads(run_cli("history", "show", run_id[:5], "--format", "json").out)
    assert shown["schema"] == "workbench.runs/1"
    (run,) = shown["runs"]
    assert (run["id"], run["result"]) == (run_id, json.loads(done.out))
    assert 0 < run["seconds"] < 60


def test_compare_keeps_a_run_on_a_text_only(
    run_cli: Run, tiny: Checkpoint, tiny_other: Checkpoint, tmp_path: Path
) -> None:
    names = ("--checkpoint", tiny.name, "--checkpoint", tiny_other.name)
    done = run_cli("compare", "good food", *names, "--method", "occlusion")
    assert done.err.startswith("kept as ")
    run_id = done.err.split()[-1]
    assert done.out in run_cli("history", "show", run_id).out
    file = tmp_path / "a.csv"
    file.write_text("text,label\ngood food,5\nbad room,1\n")
    assert run_cli("compare", "--file", file, *names).status == 0
    assert services.find_runs()[0] == 1


@pytest.mark.parametrize("how", ["option", "setting"])
def test_private_runs_leave_nothing(
    run_cli: Run, tiny: Checkpoint, home: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    more = ["--private"] if how == "option" else []
    if how == "setting":
        monkeypatch.setenv("WORKBENCH_PRIVATE", "1")
    done = run_cli("explain", "good", "--checkpoint", tiny.name, "--method", "occlusion", *more)
    assert (done.status, done.err) == (0, "")
    assert not home.exists()


def test_the_app_is_told_to_be_private(run_cli: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[dict[str, str]] = []
    monkeypatch.setattr("workbench.cli.serving._run", lambda _command, given: told.append(given) or 0)
    assert run_cli("serve").status == run_cli("serve", "--private").status == 0
    assert [environment.get("WORKBENCH_PRIVATE") for environment in told] == [None, "1"]


def test_a_history_that_fails_is_told_beside_the_result(run_cli: Run, tiny: Checkpoint, home: Path) -> None:
    home.write_text("in the way")
    done = run_cli("explain", "good", "--checkpoint", tiny.name, "--method", "occlusion", "--format", "json")
    assert done.status == 0
    assert json.loads(done.out)["text"] == "good"
    (line,) = done.err.splitlines()
    assert line.startswith("the run is not kept: the history in ")
    assert "there is no saved run" in run_cli("history", "show", "x").assert_fault(2)


def test_a_damaged_history_is_told(run_cli: Run, home: Path) -> None:
    home.mkdir()
    (home / "history.sqlite3").write_bytes(b"x" * 5000)
    done = run_cli("history", "list")
    (line,) = done.err.splitlines()
    assert done.status == 0
    assert "was damaged; a new one is begun, and the old one is " in line


@pytest.mark.usefixtures("three")
def test_filters(run_cli: Run) -> None:
    assert listed(run_cli) == ["third", "second", "first"]
    assert listed(run_cli, "--search", "FOOD rude") == ["first"]
    assert listed(run_cli, "--checkpoint", "stars") == ["third", "first"]
    assert listed(run_cli, "--method", "lime", "--label", "5 stars") == ["first"]
    assert listed(run_cli, "--label", "2 stars") == ["third"]
    assert listed(run_cli, "--limit", 1, "--offset", 1) == ["second"]
    assert listed(run_cli, "--since", "2999-01-01") == listed(run_cli, "--tag", "x") == []


@pytest.mark.usefixtures("three")
def test_a_page_says_how_much_there_is(run_cli: Run) -> None:
    done = run_cli("history", "list", "--limit", 2)
    assert done.err == "2 of 3 runs; --limit and --offset show others\n"
    header, _, *rows = done.out.splitlines()
    assert header.split() == ["id", "when", "label", "expected", "checkpoint", "method", "text", "tags", "note"]
    assert [row.split()[0] for row in rows] == ["cccc-third", "aabb-second"]


@pytest.mark.parametrize(
    ("zone", "since", "until", "found"),
    [
        ("UTC", "2026-03-28", "2026-03-28", False),
        ("UTC", "2026-03-29", "2026-03-29", True),
        ("UTC", "2026-03-28", "2026-03-29T01:30:00", False),
        ("UTC", "2026-03-29T01:30", "2026-03-29T01:30:01", True),
        ("UTC", "2026-03-29T03:30:00+02:00", "2026-03-30", True),
        ("UTC", "2026-03-29T03:30:01+02:00", "2026-03-30", False),
        ("America/New_York", "2026-03-28", "2026-03-28", True),
        # The night in which Berlin's clocks go from two to three.
        ("Europe/Berlin", "2026-03-29 03:30", "2026-03-29", True),
        ("Europe/Berlin", "2026-03-29 03:31", "2026-03-29", False),
    ],
)
def test_dates_are_those_of_the_clock_on_the_wall(
    run_cli: Run, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, zone: str, since: str, until: str,
    found: bool,
) -> None:  # fmt: skip
    import time

    monkeypatch.setenv("TZ", zone)
    time.tzset()
    request.addfinalizer(lambda: (monkeypatch.undo(), time.tzset()))
    services.keep_run(saved(1, id="aaaa-first", created=datetime(2026, 3, 29, 1, 30, tzinfo=UTC)))
    assert listed(run_cli, "--since", since, "--until", until) == (["first"] if found else [])
    local = {"UTC": "2026-03-29 01:30:00+00:00", "America/New_York": "2026-03-28 21:30:00-04:00"}
    assert local.get(zone, "2026-03-29 03:30:00+02:00") in run_cli("history", "list").out


@pytest.mark.usefixtures("three")
def test_hostile_text_is_printed_safely(run_cli: Run) -> None:
    services.annotate_run("aabb-second", note="\x1b]0;x\x07\nsecond line", tags=["\u202etag"])
    for command in (("list",), ("show", "aab")):
        done = run_cli("history", *command)
        assert done.status == 0
        assert not set(done.out + done.err) & set("\x00\x07\x1b\r\u202e\u2028")
        assert "hostile" in done.out


@pytest.mark.usefixtures("three")
def test_delete_asks_and_says_how_to_restore(run_cli: Run) -> None:
    assert run_cli("history", "delete", "aaaa", "cccc", stdin=b"n\n").status == 1
    assert services.find_runs()[0] == 3
    done = run_cli("history", "delete", "aaaa", "cccc", stdin=b"y\n")
    assert (done.status, done.out) == (0, "aaaa-first\ncccc-third\n")
    assert done.err.endswith("bring back with: workbench history restore aaaa-first cccc-third\n")
    assert listed(run_cli, "--deleted") == ["third", "first"]
    assert "was deleted; bring it back: workbench history restore" in run_cli("history", "show", "aaaa").assert_fault(2)
    assert run_cli("history", "restore", "aaaa").out == "aaaa-first\n"
    assert listed(run_cli) == ["second", "first"]
    done = run_cli("history", "delete", "aa-no", "--yes")
    assert "there is no saved run 'aa-no'" in done.assert_fault(2)
    done = run_cli("history", "delete", "cccc", "--yes", "--for-good")
    assert (done.out, done.err) == ("cccc-third\n", "")
    assert "there is no saved run" in run_cli("history", "restore", "cccc").assert_fault(2)


@pytest.mark.usefixtures("three")
def test_notes_and_tags(run_cli: Run) -> None:
    assert run_cli("history", "note", "aaaa", "see below").out == "aaaa-first\n"
    assert run_cli("history", "tag", "aaaa", "todo", "later").status == 0
    assert listed(run_cli, "--search", "below", "--tag", "todo") == ["first"]
    assert run_cli("history", "tag", "aaaa").status == 0
    assert services.open_run("aaaa-first").tags == ()
    assert services.open_run("aaaa-first").note == "see below"


@pytest.mark.usefixtures("three")
def test_export(run_cli: Run, tmp_path: Path) -> None:
    file = tmp_path / "runs.zip"
    done = run_cli("history", "export", "aaaa", "cccc", "--output", file, "--format", "json", "--format", "csv")
    assert (done.status, done.out) == (0, f"{file}\n")
    with zipfile.ZipFile(file) as archive:
        assert len(archive.namelist()) == 6
    assert run_cli("history", "export", "aaaa", "--output", tmp_path / "one.csv").status == 0
    assert "Good food, rude waiter." in (tmp_path / "one.csv").read_text("utf-8")
    two = run_cli("history", "export", "aaaa", "cccc", "--output", tmp_path / "two.json")
    assert "holds one run in one format; let it end with .zip" in two.assert_fault(2)
    assert "no report format" in run_cli("history", "export", "aaaa", "--output", tmp_path / "a.doc").assert_fault(2)


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("show", "aa"), "several saved runs begin with 'aa': aaaa-first, aabb-second; give more of the id"),
        (("show", "zz"), "there is no saved run 'zz'; see: workbench history list"),
        (("show",), "ID"),
        (("list", "--since", "yesterday"), "--since cannot be 'yesterday'; write it as 2026-01-31"),
        (("list", "--until", "9999-12-31T23:59:59.9+99:00"), "--until cannot be"),
        (("list", "--until", "9999-12-31"), "--until cannot be '9999-12-31'"),
        (("list", "--since", "0001-01-01T00:00+10:00"), "--since cannot be"),
        (("list", "--limit", "0"), "--limit"),
        (("list", "--offset", "9" * 30), "--offset"),
        (("list", "--search", " ".join(map(str, range(300)))), "300 different words"),
        (("note", "aaaa", "\udcff"), "lone surrogate"),
        (("export", "aaaa"), "--output"),
        (("nosuch",), "No such command"),
    ],
)
def test_faults(run_cli: Run, arguments: tuple[str, ...], message: str) -> None:
    assert message in run_cli("history", *arguments).assert_fault(2)
