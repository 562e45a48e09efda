from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from batch_inputs import hashes, many, rows_of, write_csv

from workbench.cli.batch import again, duration, told
from workbench.schema import BatchProgress, BatchSummary

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "batch.md").read_text("utf-8")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_csv(tmp_path / "reviews.csv", many(40), ("text", "label"))


def test_a_file_is_predicted_and_told(
    run_cli: Callable[..., Any], tiny_folder: Path, source: Path, tmp_path: Path
) -> None:
    outcome = run_cli("batch", source, "--checkpoint", tiny_folder, "--output", tmp_path / "out")
    assert outcome.status == 0, outcome.err
    first, *rest = outcome.out.splitlines()
    assert re.fullmatch(r"38 of 40 rows predicted in [\d.]+ s", first)
    assert rest[-1].split(maxsplit=1) == ["2", "there is no text in it"]
    assert outcome.err.splitlines()[-1].startswith("40 / 40 rows, 2 with errors, ")
    assert len(rows_of(tmp_path / "out")) == 40


def test_json_is_the_summary_alone(
    run_cli: Callable[..., Any], tiny_folder: Path, source: Path, tmp_path: Path
) -> None:
    words = ("--explain", "occlusion", "--explain", "lime", "--budget", 20, "--target", "expected", "--shard-rows", 16)
    outcome = run_cli(
        "batch", source, "--checkpoint", tiny_folder, "--output", tmp_path / "out", *words, "--format", "json"
    )
    assert outcome.status == 0, outcome.err
    assert BatchSummary.model_validate_json(outcome.out).rows == 40
    explained = rows_of(tmp_path / "out", "explanations")
    assert {(row["method"], row["target"]) for row in explained} == {("occlusion", "expected"), ("lime", "expected")}
    assert len(explained) == 2 * 38
    assert json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))["schema"] == "workbench.batch/1"


@pytest.mark.parametrize(
    ("option", "value", "wanted"),
    [
        ("--target", "expected", "--explain METHOD"),
        ("--unit", "token", "--explain METHOD"),
        ("--budget", 20, "--explain METHOD"),
        ("--ray-address", "auto", "--engine ray"),
        ("--workers", 2, "--engine ray"),
    ],
)
def test_an_option_that_would_do_nothing_is_refused(
    run_cli: Callable[..., Any], source: Path, tmp_path: Path, option: str, value: object, wanted: str
) -> None:
    words = ("--checkpoint", tmp_path / "not loaded", "--output", tmp_path / "out", option, value)
    line = run_cli("batch", source, *words).assert_fault(2)
    assert line == f"error: {option} goes with {wanted}; add {wanted}, or leave out {option}"


def test_a_batch_there_is_refused_and_gone_on_with(
    run_cli: Callable[..., Any], tiny_folder: Path, source: Path, tmp_path: Path
) -> None:
    words = ("batch", source, "--checkpoint", tiny_folder, "--output", tmp_path / "out")
    assert run_cli(*words).status == 0
    assert "--resume" in run_cli(*words).assert_fault(2)
    assert "the option seed was 0 and is 1" in run_cli(*words, "--resume", "--seed", 1).assert_fault(2)
    assert run_cli(*words, "--resume").status == 0


def test_columns_are_chosen(run_cli: Callable[..., Any], tiny_folder: Path, tmp_path: Path) -> None:
    source = write_csv(tmp_path / "a.csv", [("Good", "very good", "5", "x", "y")], ("title", "body", "n", "a", "b"))
    chosen = ("--text-column", "title", "--text-column", "body", "--label-column", "n", "--keep", "b")
    outcome = run_cli("batch", source, "--checkpoint", tiny_folder, "--output", tmp_path / "out", *chosen)
    assert outcome.status == 0, outcome.err
    (row,) = rows_of(tmp_path / "out")
    assert (row["text"], row["given"], row["truth"], row["extra:b"]) == ("Good. very good", "5", 4, "y")
    assert "extra:a" not in row


@pytest.mark.slow
def test_an_interrupted_process_says_how_to_go_on(
    tiny_folder: Path, run_cli: Callable[..., Any], tmp_path: Path
) -> None:
    source = write_csv(tmp_path / "it's.csv", many(1_000))
    words = ["batch", str(source), "--checkpoint", str(tiny_folder), "--output", str(tmp_path / "out")]
    words += ["--shard-rows", "5"]
    process = subprocess.Popen(
        [sys.executable, "-m", "workbench", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    deadline = time.monotonic() + 120
    while not list((tmp_path / "out").glob("predictions/*.parquet")) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1, err
    assert out == ""
    line = err.splitlines()[-1]
    assert line == f"error: interrupted; go on with: {shlex.join(['workbench', *words, '--resume'])}"
    assert not (tmp_path / "out" / "summary.json").exists()
    outcome = run_cli(*shlex.split(line.split("go on with: ")[1])[1:])
    assert outcome.status == 0, outcome.err
    assert run_cli(*words[:-4], "--output", tmp_path / "whole", *words[-2:]).status == 0
    assert hashes(tmp_path / "out") == hashes(tmp_path / "whole")


def test_progress_is_told_on_a_line() -> None:
    state = BatchProgress(done=1_000, total=20_000, errors=3, seconds=9, rows_per_second=111.11, seconds_left=171)
    assert told(state) == "1,000 / 20,000 rows, 3 with errors, 111.1 rows/s, 2 min 51 s left"
    begun = BatchProgress(done=0, total=5, errors=0, seconds=0, rows_per_second=0, seconds_left=None)
    assert told(begun) == "0 / 5 rows"
    assert [duration(seconds) for seconds in (0.26, 59.94, 60, 3_599.6, 3_720)] == [
        "0.3 s",
        "59.9 s",
        "1 min 00 s",
        "1 h 00 min",
        "1 h 02 min",
    ]


def test_the_command_that_goes_on_is_one_for_a_shell() -> None:
    assert again(["/bin/workbench", "batch", "a b.csv"]) == "workbench batch 'a b.csv' --resume"
    assert again(["x", "batch", "a.csv", "--resume"]) == "workbench batch a.csv --resume"


@pytest.mark.slow
def test_what_the_page_shows_works(
    run_cli: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sample_data").symlink_to(ROOT / "sample_data", target_is_directory=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))
    lines = re.findall(r"^workbench .+$", PAGE, re.MULTILINE)
    assert len(lines) == 6
    for line in lines:
        outcome = run_cli(*shlex.split(line)[1:])
        assert outcome.status == 0, outcome.err
    (block,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    exec(compile(block, "batch.md", "exec"), {})
    named = set(re.findall(r"`([\w:]+)`", PAGE))
    for folder in ("predicted/predictions", "explained/explanations"):
        assert [name for name in pq.read_table(folder).column_names if name not in named and ":" not in name] == []
