"""Data sets of the hub, from a hub of our own on the loopback, by the real libraries in a process of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hub_server import COMMIT, Hub, Repository, settings_of

ROOT = Path(__file__).resolve().parents[2]
FEATURES = """---
dataset_info:
  features:
  - name: idx
    dtype: int32
  - name: sentence
    dtype: string
  - name: label
    dtype:
      class_label:
        names:
          '0': negative
          '1': positive
configs:
- config_name: default
  data_files:
  - split: train
    path: data/train-*
---
"""


@pytest.fixture
def command(hub: Hub, tmp_path: Path) -> Callable[..., Any]:
    """Runs ``workbench train`` where the hub has a data set like SST-2's, with a row that has no label."""
    folder = tmp_path / "repository"
    (folder / "data").mkdir(parents=True)
    (folder / "README.md").write_text(FEATURES)
    texts = [f"{word} {n}" for n in range(12) for word in ("good", "bad")]
    table = pa.table({"idx": range(25), "sentence": [*texts, "so"], "label": [1, 0] * 12 + [-1]})
    pq.write_table(table, folder / "data" / "train-00000-of-00001.parquet")
    hub.repositories["datasets/stanfordnlp/sst2"] = Repository(folder)
    environment = settings_of(hub, tmp_path / "cache") | {
        "PYTHONPATH": str(ROOT),
        "WORKBENCH_HOME": str(tmp_path / "home"),
    }

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        code = "import sys; from workbench.cli import main; sys.exit(main())"
        line = [sys.executable, "-c", code, "train", *arguments]
        return subprocess.run(line, capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=250)

    return run


@pytest.mark.slow
def test_a_data_set_of_the_hub_is_trained_on(command: Callable[..., Any], noisy: Path, tmp_path: Path) -> None:
    shared = ["--dataset", "stanfordnlp/sst2", "--base", str(noisy), "--full"]
    done = command(*shared, "--inspect", "--test-share", "0")
    assert done.returncode == 0, done.stderr
    assert "24 rows: 24 for training" in done.stdout
    assert "note: 1 row is left out: without a label; " in done.stdout
    done = command(*shared, "--output", "out")
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "out" / "config.json").read_text())["id2label"] == {"0": "negative", "1": "positive"}
    card = (tmp_path / "out" / "README.md").read_text()
    assert f"`hub:stanfordnlp/sst2@{COMMIT}`" in card
    assert f"--dataset stanfordnlp/sst2@{COMMIT}" in card


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--dataset", "nosuch/data"], "the hub has no data set 'nosuch/data' that may be read; check its name"),
        (["--dataset", "stanfordnlp/sst2", "--dataset-split", "nosuch"], "choose another split"),
        (["--dataset", "stanfordnlp/sst2", "--text-column", "nosuch"], "has no column 'nosuch'; name one of idx, "),
    ],
)
def test_what_the_hub_does_not_have(command: Callable[..., Any], arguments: list[str], message: str) -> None:
    done = command(*arguments, "--inspect")
    assert (done.returncode, done.stdout) == (2, "")
    assert [line for line in done.stderr.splitlines() if line.startswith("error: ") and message in line], done.stderr
