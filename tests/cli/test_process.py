"""The command as its users start it, in processes of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from workbench.checkpoints import Checkpoint

TEXT = "The room was clean but the staff ignored us."


def workbench(*arguments: object, **settings: Any) -> subprocess.CompletedProcess[bytes]:
    beside = Path(sys.executable).with_name("workbench")
    program = str(beside) if beside.is_file() else str(shutil.which("workbench"))
    environment = os.environ | {"OMP_NUM_THREADS": "1"} | settings.pop("environment", {})
    return subprocess.run(
        [program, *map(str, arguments)], capture_output=True, check=False, timeout=240, env=environment, **settings
    )


def timeless(content: bytes) -> Any:
    whole = json.loads(content)
    for one in whole["explanations"]:
        assert one.pop("seconds") >= 0
    return whole


@pytest.mark.slow
def test_explain_is_the_same_on_every_run(stars_name: str) -> None:
    """The example of the documentation, twice, with hash seeds that differ."""
    command = (
        "explain",
        TEXT,
        "--checkpoint",
        stars_name,
        "--method",
        "shap",
        "--method",
        "lime",
        "--budget",
        200,
        "--seed",
        0,
        "--format",
        "json",
    )
    first, second = (workbench(*command, environment={"PYTHONHASHSEED": seed}) for seed in ("1", "2"))
    assert (first.returncode, first.stderr) == (0, b"")
    assert timeless(first.stdout) == timeless(second.stdout)
    shap = timeless(first.stdout)["explanations"][0]
    total = sum(unit["score"] for unit in shap["units"])
    assert total == pytest.approx(shap["full_value"] - shap["base_value"], abs=1e-4)
    assert [unit["text"] for unit in shap["units"]] == [*TEXT[:-1].split(), "."]


@pytest.mark.slow
def test_statuses_and_streams(tiny: Checkpoint, tmp_path: Path) -> None:
    good = workbench("predict", "good \x1b room", "--checkpoint", tiny.name, environment={"PYTHONIOENCODING": "ascii"})
    assert (good.returncode, good.stderr) == (0, b"")
    # Bytes that are no UTF-8 arrive as lone surrogates.
    torn = workbench("predict", os.fsdecode(b"caf\xe9"), "--checkpoint", tiny.name)
    assert (torn.returncode, torn.stdout) == (2, b"")
    assert torn.stderr.startswith(b"error: the text holds a lone surrogate")
    assert torn.stderr.count(b"\n") == 1
    missing = workbench("predict", "good", "--checkpoint", tmp_path / "nosuch")
    assert (missing.returncode, missing.stdout) == (3, b"")
    assert missing.stderr.count(b"\n") == 1


@pytest.mark.slow
def test_a_reader_that_leaves_is_no_fault(tiny: Checkpoint, tmp_path: Path) -> None:
    file = tmp_path / "many.txt"
    file.write_text("good room\n" * 3000)
    command = f"{sys.executable} -m workbench predict --file {file} --checkpoint {tiny.name} --stages | head -n 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, check=False, timeout=240)
    assert done.stdout.startswith(b"text")
    assert done.stderr == b""
