"""``workbench compare`` in this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workbench.checkpoints import Checkpoint
from workbench.reports import read_comparison

Run = Callable[..., Any]
TEXT = "The food was good but the staff was slowly cold"


def chosen(*checkpoints: Checkpoint) -> list[str]:
    return [word for one in checkpoints for word in ("--checkpoint", one.name)]


def test_as_a_table(run_cli: Run, tiny: Checkpoint, tiny_bpe: Checkpoint) -> None:
    done = run_cli("compare", TEXT, *chosen(tiny, tiny_bpe), "--budget", 30)
    assert (done.status, done.err) == (0, "")
    verdicts, words, agree, why = done.out.split("\n\n")
    assert [*verdicts.splitlines()[0].split()] == (
        ["checkpoint", "label", "probability", "expected", "scale", "runner-up", "margin", "tokens", "read", "note"]
    )
    assert len(verdicts.splitlines()) == 4
    assert words.startswith("shap: place on the common scale\nword ")
    assert len(words.splitlines()) == 3 + len(TEXT.split())
    assert "▇" * 12 in words
    assert "rank_correlation" in agree
    title, total, *rows = why.splitlines()
    assert title == (
        f"why {tiny.name} and {tiny_bpe.name} differ in the place on the common scale ({tiny.name} - {tiny_bpe.name})"
    )
    base, _, scored, _, _, whole = total.split(";")[0].split()
    assert float(base) + float(scored) == pytest.approx(float(whole), abs=2e-4)
    assert sum(float(row.split()[2]) for row in rows[2:]) == pytest.approx(float(scored), abs=1e-3)


def test_as_json_and_to_a_file(run_cli: Run, tiny: Checkpoint, tiny_bpe: Checkpoint, tmp_path: Path) -> None:
    file = tmp_path / "c.json"
    line = ["--method", "occlusion", "--format", "json", "--output", file, "--seed", 7]
    done = run_cli("compare", "-", *chosen(tiny, tiny_bpe), *line, stdin=TEXT.encode())
    assert (done.status, done.err) == (0, "")
    found = read_comparison(json.loads(done.out))
    assert read_comparison(json.loads(file.read_text("utf-8"))) == found
    assert found.text == TEXT
    assert [one.checkpoint.name for one in found.checkpoints] == [tiny.name, tiny_bpe.name]
    assert {one.explanation.seed for one in found.checkpoints} == {7}


def test_target_and_scale(run_cli: Run, tiny: Checkpoint, tiny_bpe: Checkpoint) -> None:
    scale = ["--scale", f"{tiny_bpe.name}:NEGATIVE=0.25,POSITIVE=0.75", "--method", "occlusion", "--format", "json"]
    found = read_comparison(json.loads(run_cli("compare", TEXT, *chosen(tiny, tiny_bpe), *scale).out))
    assert found.checkpoints[1].scale == {"NEGATIVE": 0.25, "POSITIVE": 0.75}
    chance = found.checkpoints[1].prediction.probabilities[1]
    assert found.checkpoints[1].explanation.full_value == pytest.approx(0.25 + chance / 2, abs=1e-5)


def test_what_cannot_be_set_side_by_side(run_cli: Run, tiny: Checkpoint, tiny_multi: Checkpoint) -> None:
    done = run_cli("compare", TEXT, *chosen(tiny, tiny_multi), "--method", "occlusion")
    assert done.status == 0
    assert "no difference is explained" in done.out.splitlines()[-1]
    assert "why " not in done.out
    assert f"{tiny.name}: probability of " in done.out


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--checkpoint", "{tiny}"], "takes 2 to 4 checkpoints, not 1"),
        (["--checkpoint", "{tiny}"] * 2, "is given twice"),
        ([word for n in range(5) for word in ("--checkpoint", str(n))], "takes 2 to 4 checkpoints, not 5"),
        (["--checkpoint", "{tiny}", "--checkpoint", "{other}", "--target", "6 stars"], "there is no target '6 stars'"),
        (["--checkpoint", "{tiny}", "--checkpoint", "{other}", "--scale", "x:A=1"], "'x:A=1' is no scale"),
        (["--checkpoint", "{tiny}", "--checkpoint", "{other}", "--scale", "{tiny}:A=1"], "there is no label 'A'"),
        (["--checkpoint", "{tiny}", "--checkpoint", "{other}", "--output", "c.xml"], "there is no report format"),
        (["--checkpoint", "{tiny}", "--checkpoint", "{other}", "--method", "magic"], "there is no method 'magic'"),
        (["--checkpoint", "{tiny}", "--checkpoint", "{other}", "--method", "all"], "there is no method 'all'"),
    ],
)
def test_faults(run_cli: Run, tiny: Checkpoint, tiny_other: Checkpoint, given: list[str], message: str) -> None:
    words = [word.format(tiny=tiny.name, other=tiny_other.name) for word in given]
    assert message in run_cli("compare", TEXT, *words).assert_fault(2)


def test_a_checkpoint_that_is_none(run_cli: Run, tiny: Checkpoint) -> None:
    run_cli("compare", TEXT, *chosen(tiny), "--checkpoint", "nosuch").assert_fault(3)


@pytest.mark.parametrize(
    "text", ["good\x00 \x07room\x1b[31m\r\n\x7f", "\u202eשלום the room\u2028x", "good, bad " * 40, "."]
)
def test_hostile_texts(run_cli: Run, tiny: Checkpoint, tiny_bpe: Checkpoint, text: str) -> None:
    done = run_cli("compare", *chosen(tiny, tiny_bpe), "--budget", 20, "--", text)
    assert (done.status, done.err) == (0, "")
    assert not set(done.out) & set("\x00\x07\x1b\x7f\r\u202e\u2028\u2029\x85")
    if len(text) > 200:
        assert "did not read" in done.out
