"""Training on the command line, and the commands of docs/train-sst2.md as they stand there."""

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

import pytest

from workbench.checkpoints import catalogue
from workbench.training import runs

Run = Callable[..., Any]
ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "train-sst2.md").read_text("utf-8")
FINE = ["a charming film", 'moving and " funny', "the best of the year", "warm , witty , wise", "a delight"]
POOR = ["a tedious mess", 'dull and " loud', "the worst of the year", "cold , flat , false", "a bore"]


@pytest.fixture
def sst2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with small files of the form of SST-2's, and a home of its own."""
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.chdir(tmp_path)
    for name, ends in (("train", ("", " indeed", " again")), ("dev", (" , really",))):
        rows = [f"{text}{end}\t{label}" for end in ends for label, texts in ((1, FINE), (0, POOR)) for text in texts]
        (tmp_path / f"{name}.tsv").write_text("\n".join(["sentence\tlabel", *rows]) + "\n")
    return tmp_path


def commands() -> list[str]:
    found = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return [line for block in found for line in block.splitlines()]


@pytest.mark.slow
def test_the_commands_of_the_page_work_one_after_the_other(sst2: Path, run_cli: Run) -> None:
    outputs = {}
    for line in commands():
        done = run_cli(*shlex.split(line)[1:])
        assert done.status == 0, (line, done.err)
        assert done.out.strip(), line
        outputs[line] = done.out
    inspected = next(out for line, out in outputs.items() if "--inspect" in line)
    assert "40 rows: 30 for training, 10 for validation, 0 for test" in inspected
    assert re.search(r"NEGATIVE +15 +0.5000\nPOSITIVE +15 +0.5000", inspected)
    assert "warn: fewer than 20 training rows have the label 'NEGATIVE' (15), 'POSITIVE' (15); " in inspected
    estimated = next(out for line, out in outputs.items() if "--estimate" in line)
    assert re.fullmatch(r"about .+ for 2 steps on \w+, and \d\.\d GB of memory; .+ weights are trained\n", estimated)
    facts = json.loads((sst2 / "sst2" / "training.json").read_text())
    evaluated = next(out for line, out in outputs.items() if " evaluate " in line).splitlines()
    assert float(evaluated[-1].split()[2]) == pytest.approx(facts["scores"]["accuracy"], abs=1e-4)
    assert facts["scored_on"] == "validation"
    assert "The weights were chosen on these rows" in (sst2 / "sst2" / "README.md").read_text()
    assert {Path(one.name).name for one in catalogue.entries()} == {"sst2", "sst2-again"}
    assert [one.state.phase for one in runs.list_runs()] == ["done", "done"]


def test_every_option_of_the_page_is_one(run_cli: Run) -> None:
    known = run_cli("train", "--help").out
    named = set(re.findall(r"`(--[a-z-]+)", PAGE))
    assert len(named) > 15
    assert [name for name in sorted(named) if name not in known] == []


@pytest.mark.slow
def test_interrupted_in_the_terminal_it_goes_on(sst2: Path, make_checkpoint: Callable[..., Path], run_cli: Run) -> None:
    base = make_checkpoint(head=False)
    arguments = ["train", "--data", "train.tsv", "--base", str(base), "--full", "--epochs", "5000", "--output", "out"]
    # As in a terminal, also where these tests run in the background, whose processes ignore the signal.
    usual = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    code = f"{usual}; import sys; from workbench.cli import main; sys.exit(main())"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdout=pipe, stderr=pipe, env=environment, text=True
    )
    ends = time.monotonic() + 120
    while not (runs.list_runs() and runs.list_runs()[0].step > 2) and time.monotonic() < ends:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    (status,) = runs.list_runs()
    assert (process.returncode, out) == (1, "")
    assert f"go on with: workbench train --resume {status.plan.id}\n" in err
    assert "Traceback" not in err
    assert status.state.phase == "interrupted"
    assert not (sst2 / "out").exists()
    assert run_cli("training", "show", "last").out.splitlines()[3].split() == ["phase", "interrupted"]
    assert run_cli("training", "resume", status.plan.id[:12]).out == f"{status.plan.id}\n"
    assert run_cli("training", "cancel", "last").status == 0
    assert run_cli("training", "watch", "last").out.splitlines()[3].split()[:2] == ["phase", "cancelled"]
    listed = json.loads(run_cli("training", "list", "--format", "json").out)["runs"]
    assert [one["state"]["phase"] for one in listed] == ["cancelled"]
    assert run_cli("training", "remove", "last").out == f"{status.plan.id}\n"
    assert runs.list_runs() == ()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--resume", "nosuch"], "there is no run 'nosuch'; choose from: none yet"),
        (["--data", "train.tsv"], "there is no folder for the checkpoint; name a new one with --output"),
        (["--data", "train.tsv", "--output", "home"], "is not empty; name a new one"),
        (["--data", "train.tsv", "--output", "x", "--class-weights", "some"], "none, root, balanced"),
        (["--data", "train.tsv", "--output", "x", "--full", "--lora-rank", "4"], "--lora-rank contradicts --full"),
        (["--data", "train.tsv", "--output", "x", "--label-name", "0"], "names no label; write it as 0=NEGATIVE"),
        (["--data", "train.tsv", "--output", "x", "--label", "0"], "fewer than two labels"),
        (["--data", "train.tsv", "--output", "x", "--label", "a", "--label", "b"], "none of the checkpoint's"),
        (["--data", "train.tsv", "--validation", "no.tsv", "--output", "x"], "there is no file"),
    ],
)
def test_what_is_wrong_is_one_line(sst2: Path, run_cli: Run, arguments: list[str], message: str) -> None:
    (sst2 / "home").mkdir()
    (sst2 / "home" / "x").touch()
    assert message in run_cli("train", *arguments).assert_fault(2)
    assert not (sst2 / "x").exists()
