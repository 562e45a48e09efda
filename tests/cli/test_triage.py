"""``workbench triage``."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from batch_folders import failed, predicted, write_batch

Run = Callable[..., Any]
SURE = (0.0, 0.0, 0.0, 0.1, 0.9)
TORN = (0.3, 0.25, 0.2, 0.15, 0.1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rows = [
        predicted("\x1b[2J=clean room", SURE, 4, **{"extra:town": "Oslo"}),
        predicted("rude waiter", SURE, 0, **{"extra:town": "Lima"}),
        predicted("so so", TORN, 0, **{"extra:town": "Lima"}),
        failed("the text is empty"),
    ]
    return write_batch(tmp_path / "batch", rows, extra=("town",))


def listed(run_cli: Run, folder: Path, *arguments: object) -> list[int]:
    done = run_cli("triage", "list", folder, "--format", "json", *arguments)
    assert done.status == 0, done.err
    whole = json.loads(done.out)
    assert whole["schema"] == "workbench.triage/1"
    assert whole["total"] >= len(whole["rows"])
    return [row["row"] for row in whole["rows"]]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], [1, 2, 3]),
        (["--tag", "near tie"], [3]),
        (["--tag", "Confident and wrong"], [2]),
        (["--search", "ROOM"], [1]),
        (["--word", "roo"], []),
        (["--wrong"], [2]),
        (["--right"], [1, 3]),
        (["--predicted", "5"], [1, 2]),
        (["--label", "1 star"], [2, 3]),
        (["--below", "0.9"], [3]),
        (["--from", "0.9"], [1, 2]),
        (["--where", "town=Lima", "--from", "0.5"], [2]),
        (["--language", "de"], []),
        (["--failed"], [4]),
        (["--not-relabelled"], [1, 2, 3]),
        (["--sort", "margin"], [3, 1, 2]),
        (["--sort", "town", "--descending"], [1, 2, 3]),
        (["--limit", "2", "--page", "2"], [3]),
    ],
)
def test_lists(run_cli: Run, folder: Path, arguments: list[str], expected: list[int]) -> None:
    assert listed(run_cli, folder, *arguments) == expected


def test_tables_and_csv_are_harmless(run_cli: Run, folder: Path) -> None:
    shown = run_cli("triage", "list", folder, "--limit", "2")
    assert "\x1b" not in shown.out
    assert "rude waiter" in shown.out
    assert shown.err == "page 1 of 2, 3 rows in all; --page and --limit show others\n"
    lines = list(csv.DictReader(io.StringIO(run_cli("triage", "list", folder, "--format", "csv").out, newline="")))
    assert [(line["row"], line["label"], line["tags"], line["town"]) for line in lines] == [
        ("1", "5 stars", "", "Oslo"),
        ("2", "5 stars", "confident and wrong; label may be wrong", "Lima"),
        ("3", "1 star", "near tie", "Lima"),
    ]


def test_shows_a_row(run_cli: Run, folder: Path) -> None:
    shown = run_cli("triage", "show", folder, "2")
    assert [line.split(None, 1) for line in shown.out.splitlines() if line.startswith("text")] == [
        ["text", "rude waiter"]
    ]
    assert "confident and wrong" in shown.out
    (row,) = json.loads(run_cli("triage", "show", folder, "2", "--format", "json").out)["rows"]
    assert (row["text"], row["extras"], row["probabilities"]) == (
        "rude waiter",
        [["town", "Lima"]],
        [0, 0, 0, 0.1, 0.9],
    )


def test_marks_and_exports(run_cli: Run, folder: Path, tmp_path: Path) -> None:
    marked = run_cli("triage", "mark", folder, "2=4", "3=5 stars", "--right", "1", "--note", "why")
    assert (marked.status, marked.err) == (0, "")
    assert [line.split()[0] for line in marked.out.splitlines()[2:]] == ["2", "3", "1"]
    assert listed(run_cli, folder, "--relabelled") == [2, 3]
    assert run_cli("triage", "mark", folder, "--undo", "3").status == 0
    assert listed(run_cli, folder, "--relabelled") == [2]
    file = tmp_path / "out.jsonl"
    assert run_cli("triage", "export", folder, "--what", "corrections", "--output", file).out == f"{file}: 2 rows\n"
    found = [json.loads(line) for line in file.read_text().splitlines()]
    assert [(one["text"], one["label"]) for one in found] == [
        ("\x1b[2J=clean room", "5 stars"),
        ("rude waiter", "4 stars"),
    ]
    assert run_cli("triage", "export", folder, "--what", "corrected", "--output", file).out == f"{file}: 4 rows\n"
    assert run_cli("triage", "export", folder, "--wrong", "--output", file).out == f"{file}: 1 row\n"
    piles = ("--threshold", "0.5", "--output", file, "--for-a-person", tmp_path / "b.csv")
    assert run_cli("triage", "export", folder, *piles).out == f"{file}: 2 rows\n{tmp_path / 'b.csv'}: 2 rows\n"


def test_an_unfinished_batch_and_damaged_marks_are_told(run_cli: Run, folder: Path) -> None:
    (folder / "summary.json").unlink()
    (folder / "corrections.jsonl").write_text("{}\n[\n")
    told = run_cli("triage", "list", folder).err.splitlines()
    assert told == [
        "the batch is not finished: these are the rows that are there",
        "marks that cannot be read and are passed over: 2",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["list", "nosuch"], "is no batch"),
        (["list", "BATCH", "--tag", "x"], "there is no tag 'x'; choose from: confident and wrong, near tie"),
        (["list", "BATCH", "--predicted", "7"], "there is no label '7'; choose from: 1 star"),
        (["list", "BATCH", "--where", "town"], "write it as COLUMN=VALUE"),
        (["list", "BATCH", "--sort", "logits"], "no column 'logits'"),
        (["show", "BATCH", "9"], "there is no row 9"),
        (["mark", "BATCH"], "nothing to mark"),
        (["mark", "BATCH", "5 stars"], "write it as ROW=LABEL"),
        (["mark", "BATCH", "1=x=y"], "there is no label 'x=y'"),
        (["export", "BATCH", "--output", "a.txt"], "'.txt' is no format"),
        (["export", "BATCH", "--output", "a.csv", "--threshold", "0.5"], "go together"),
        (["export", "BATCH", "--output", "a.csv", "--what", "corrected", "--wrong"], "without a filter"),
    ],
)
def test_faults_are_one_line(
    run_cli: Run, folder: Path, arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run_cli("triage", *(str(folder) if one == "BATCH" else one for one in arguments))
    assert done.status == 2
    assert message in done.err
    assert len(done.err.splitlines()) == 1
