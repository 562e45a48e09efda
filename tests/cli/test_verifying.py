"""``workbench verify``, in this process and as its users start it."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workbench import compare, explain
from workbench.checkpoints import Checkpoint
from workbench.reports import FORMATS
from workbench.reports.document import View
from workbench.schema import SavedRun, SavedRuns

Run = Callable[..., Any]
TEXT = "The food was good but the staff was slowly cold"


def workbench(*arguments: object, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "workbench", *map(str, arguments)],
        capture_output=True,
        check=False,
        timeout=240,
        input=stdin,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )


@pytest.fixture(scope="module")
def written(tiny: Checkpoint) -> bytes:
    return FORMATS[".json"].render(explain(tiny, TEXT, ["occlusion", "attention-rollout"], target="expected"))


def put(tmp_path: Path, content: bytes, name: str = "report.json") -> Path:
    file = tmp_path / name
    file.write_bytes(content)
    return file


EXPLAINED = {
    "all.html": "--method all --unit word --target expected --budget 60",
    "tokens.json": "--method all --unit token --target '5 stars - 1 star' --budget 40 --no-trust",
    "sentences.json": "--method shap --method lime --unit sentence --target 'logit:5 stars' --trust",
    "windows.html": "--method lime --method occlusion --windows --trust --budget 30 --seed 9",
}
# One process for all of them, each as if it were alone: what a process takes is its start.
VERIFY = """
import contextlib, io, json, sys
from workbench.cli import main
for file in sys.argv[1:]:
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(["verify", file])
    print(json.dumps([status, out.buffer.getvalue().decode(), err.buffer.getvalue().decode()]))
"""


@pytest.mark.slow
def test_what_explain_writes_another_process_verifies(run_cli: Run, tiny: Checkpoint, tmp_path: Path) -> None:
    for name, line in EXPLAINED.items():
        arguments = shlex.split(line)
        text = f"{TEXT}. We hated it! " * (8 if "--windows" in arguments else 1)
        made = run_cli("explain", text, "--checkpoint", tiny.name, *arguments, "--output", tmp_path / name)
        assert (made.status, made.err) == (0, "")
    done = subprocess.run(
        [sys.executable, "-c", VERIFY, *(str(tmp_path / name) for name in EXPLAINED)],
        capture_output=True,
        check=True,
        timeout=240,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    for name, line in zip(EXPLAINED, done.stdout.splitlines(), strict=True):
        status, shown, err = json.loads(line)
        assert (status, err) == (0, ""), name
        assert shown.startswith("agrees: recomputing gives the same, within 0.0001\n"), name
        assert ("the page shows what its data says" in shown) is name.endswith(".html")
        assert ("trust.verdict" in shown) is ("--no-trust" not in EXPLAINED[name])


@pytest.mark.slow
def test_what_compare_writes_another_process_verifies(
    run_cli: Run, tiny: Checkpoint, tiny_other: Checkpoint, tmp_path: Path
) -> None:
    file = tmp_path / "c.json"
    both = ["--checkpoint", tiny.name, "--checkpoint", tiny_other.name]
    assert run_cli("compare", TEXT, *both, "--budget", 40, "--output", file).status == 0
    done = workbench("verify", "-", "--format", "json", stdin=file.read_bytes())
    assert (done.returncode, done.stderr) == (0, b"")
    found = json.loads(done.stdout)
    assert (found["schema"], found["verdict"]) == ("workbench.verification/1", "agrees")
    assert [one["recorded"] for one in found["checkpoints"]] == [tiny.name, tiny_other.name]


def test_a_change_is_shown(run_cli: Run, written: bytes, tmp_path: Path) -> None:
    document = json.loads(written)
    for unit in document["explanations"][0]["units"]:
        unit["score"] += 0.5
    document["explanations"][1]["units"][2]["score"] = 0.875
    done = run_cli("verify", put(tmp_path, json.dumps(document).encode()))
    assert (done.status, done.err) == (1, "")
    lines = done.out.splitlines()
    assert lines[0] == "differs: 11 values beyond 0.0001"
    assert "explanations.occlusion" in done.out
    (row,) = [line for line in lines if line.startswith("explanations.attention-rollout.units[2] 'was'.score")]
    assert row.split()[-3] == "0.875"
    more = json.loads(run_cli("verify", tmp_path / "report.json", "--format", "json").out)
    assert len(more["deviations"]) == 11
    assert run_cli("verify", tmp_path / "report.json", "--tolerance", 2).status == 0


def test_a_long_list_is_cut(run_cli: Run, written: bytes, tmp_path: Path) -> None:
    document = json.loads(written)
    for token in document["prediction"]["tokens"]:
        token["id"] += 1
        token["text"] += "x"
    done = run_cli("verify", put(tmp_path, json.dumps(document).encode()))
    count = 2 * len(document["prediction"]["tokens"])
    assert done.out.startswith(f"differs: {count} values beyond")
    assert f"and {count - 20} more\n" in done.out


def test_another_checkpoint_of_that_name(
    run_cli: Run, written: bytes, tiny: Checkpoint, tiny_other: Checkpoint, tmp_path: Path
) -> None:
    document = json.loads(written)
    document["checkpoint"]["fingerprint"] = f"sha256:{'0' * 64}"
    line = run_cli("verify", put(tmp_path, json.dumps(document).encode())).assert_fault(3)
    assert tiny.fingerprint in line
    assert "0" * 64 in line
    document["checkpoint"]["name"] = "owner/gone"
    line = run_cli("verify", put(tmp_path, json.dumps(document).encode())).assert_fault(3)
    assert "not among those known here; name it with --checkpoint" in line
    file = put(tmp_path, written)
    line = run_cli("verify", file, "--checkpoint", tiny_other.name).assert_fault(3)
    assert tiny.fingerprint in line
    assert tiny_other.fingerprint in line
    run_cli("verify", file, "--checkpoint", tmp_path / "nosuch").assert_fault(3)


def test_the_same_checkpoint_by_another_name(run_cli: Run, written: bytes, tiny_folder: Path, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(tiny_folder, moved)
    document = json.loads(written)
    document["checkpoint"]["name"] = "owner/gone\x1b[31m"
    file = put(tmp_path, json.dumps(document).encode())
    run_cli("verify", file).assert_fault(3)
    done = run_cli("verify", file, "--checkpoint", moved)
    assert (done.status, done.err) == (0, "")
    assert f"here {moved}" in done.out
    assert "\x1b" not in done.out


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "is no JSON"), (b"<p>", "carries no data"), (b'{"schema": "workbench.explanation/7"}', "newer")],
)
def test_what_is_no_report(run_cli: Run, tmp_path: Path, content: bytes, message: str) -> None:
    assert message in run_cli("verify", put(tmp_path, content)).assert_fault(2)
    assert message in run_cli("verify", "-", stdin=content).assert_fault(2)
    assert "cannot be read" in run_cli("verify", tmp_path / "nosuch.json").assert_fault(2)


def test_what_is_no_tolerance(run_cli: Run, written: bytes, tmp_path: Path) -> None:
    for given in ("nan", "inf"):
        message = run_cli("verify", put(tmp_path, written), "--tolerance", given).assert_fault(2)
        assert f"Invalid value for '--tolerance': {given} is no number to reckon with" in message
    run_cli("verify", tmp_path / "report.json", "--tolerance", -1).assert_fault(2)


def test_a_page_that_shows_something_else(run_cli: Run, tiny: Checkpoint, tmp_path: Path) -> None:
    report = explain(tiny, "good </script> room", ["occlusion", "lime"], budget=20, trust=True)
    page = FORMATS[".html"].render(report)
    assert b"data:image/svg+xml" in page
    for at in (b"<footer>", b"<h1>", b"data:image/svg+xml;base64,"):
        done = run_cli("verify", put(tmp_path, page.replace(at, at + b"5 stars", 1), "r.html"), "--no-trust")
        assert (done.status, done.err) == (1, "")
        assert "differs, though not in its values\nthe page shows something else than the data it carries\n" in done.out
    seen = FORMATS[".html"].render(report, [View("Heads & <b>", "<p>\"a\" & 'b' &amp; </p>")])
    done = run_cli("verify", put(tmp_path, seen, "r.html"), "--no-trust")
    assert (done.status, done.err) == (0, "")
    assert "Views of attention, which the page has too, were not compared." in done.out
    older = page.replace(b'"workbench":"', b'"workbench":"0.')
    done = run_cli("verify", put(tmp_path, older.replace(b"<h1>", b"<h1>x"), "r.html"), "--no-trust")
    assert (done.status, done.err) == (0, "")
    assert "another version of the workbench wrote the report" in done.out
    assert "other versions than the report names: workbench 0." in done.out


def test_hostile_words_move_no_cursor(run_cli: Run, tiny: Checkpoint, tmp_path: Path) -> None:
    text = "good\x1b[2J\x07 \u202eroom\u2028 \x00x"
    document = json.loads(FORMATS[".json"].render(explain(tiny, text, ["occlusion"], unit="word")))
    for unit in document["explanations"][0]["units"]:
        unit["score"] -= 3
    document["explanations"][0]["options"]["\x1b[2J"] = "\ud800\x07"
    document["provenance"]["\x1b"] = "\x07"
    file = put(tmp_path, json.dumps(document).encode())
    run_cli("verify", file).assert_fault(2)
    del document["explanations"][0]["options"]["\x1b[2J"]
    document["explanations"][0]["details"] = {"\x1b[2J": "\u202e\x07"}
    done = run_cli("verify", put(tmp_path, json.dumps(document).encode()))
    assert (done.status, done.err) == (1, "")
    assert not set(done.out) & set("\x00\x07\x1b\u202e\u2028")
    shown = run_cli("verify", file, "--format", "json")
    assert json.loads(shown.out)["verdict"] == "differs"


def test_saved_runs(run_cli: Run, tiny: Checkpoint, tiny_other: Checkpoint, tmp_path: Path) -> None:
    results = (explain(tiny, TEXT, ["occlusion"]), compare([tiny, tiny_other], TEXT, method="occlusion"))
    runs = tuple(
        SavedRun.model_validate({"id": f"run-{n:08d}", "created": "2026-05-06T07:08:09Z", "result": one})
        for n, one in enumerate(results)
    )
    for suffix in (".json", ".html"):
        content = FORMATS[suffix].render(SavedRuns(title="mine", runs=runs))
        done = run_cli("verify", put(tmp_path, content, f"runs{suffix}"))
        assert (done.status, done.err) == (0, "")
        assert "runs.run-00000001.pairs." in done.out
