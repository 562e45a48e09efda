"""The measurement of a tolerance on a small checkpoint."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from click.testing import CliRunner

from workbench.checkpoints import Checkpoint

with pytest.MonkeyPatch.context() as patched:
    # The benchmark is a script: its parts import each other by plain names.
    patched.syspath_prepend(Path(__file__).parent)
    adaptive = importlib.import_module("adaptive")


def test_the_command_writes_a_line_for_each_budget_and_review(
    tiny: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adaptive, "load_checkpoint", lambda name: tiny)
    monkeypatch.setattr(adaptive, "BUDGETS", (("lime", 300), ("shap", 60)))
    monkeypatch.setattr(adaptive, "REVIEWS", ("hotel-aircon",))
    monkeypatch.setattr(adaptive, "TOLERANCES", (1e-9, 0.5))
    document = tmp_path / "methods.md"
    document.write_text("before\n<!-- adaptive -->\nold\n<!-- /adaptive -->\nafter\n", encoding="utf-8")
    outcome = CliRunner().invoke(adaptive.main, ["--output", str(document)])
    assert outcome.exit_code == 0, outcome.output
    written = document.read_text("utf-8")
    assert "old" not in written
    lime, shap = (line.split(" | ") for line in written.splitlines() if "hotel-aircon" in line)
    assert (lime[0], shap[0]) == ("| LIME", "| SHAP")
    assert (lime[5:7], shap[5:7]) == (["300, not settled", "0.000"], ["60, not settled", "0.000"])
    assert lime[7] == "300"
    assert float(shap[7]) <= 60


def test_a_document_without_a_place_is_left_alone(tmp_path: Path) -> None:
    document = tmp_path / "methods.md"
    document.write_text("nothing", encoding="utf-8")
    outcome = CliRunner().invoke(adaptive.main, ["--output", str(document)])
    assert outcome.exit_code == 1
    assert "has no place for the table" in outcome.output
    assert document.read_text("utf-8") == "nothing"
