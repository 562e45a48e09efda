"""``workbench train`` and ``workbench evaluate`` for named entities, in this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
WORDS = "the O\nstaff B-person\n\nthe B-group\nroom I-group\nwas O\nvery O\ngood O\n\nwe O\nloved O\nstaff B-person\n"
BROKEN = "\nfood\n"


@pytest.fixture
def words(tmp_path: Path) -> Path:
    file = tmp_path / "words.conll"
    file.write_text(WORDS + "\n" + WORDS + BROKEN)
    return file


@pytest.mark.slow
def test_train_and_evaluate(run_cli: Run, make_checkpoint: Callable[..., Path], words: Path, tmp_path: Path) -> None:
    base, output = make_checkpoint(head=False, dropout=0.0), tmp_path / "out"
    done = run_cli(
        "train", "--task", "entities", "--data", words, "--base", base, "--output", output, "--map", "person=PER",
        "--map", "group=ORG", "--lora-rank", 0, "--learning-rate", 0.02, "--epochs", 40, "--test-share", 0,
    )  # fmt: skip
    assert done.status == 0, done.err
    assert done.out == f"{output}\n"
    assert "words.conll: left out 1 of the sentences (line 27: it has 1 column, the others have 2)" in done.err
    assert " steps on 6 sentences in " in done.err
    config = json.loads((output / "config.json").read_text())
    assert [config["id2label"][str(index)] for index in range(5)] == ["O", "B-ORG", "I-ORG", "B-PER", "I-PER"]
    asked = ("evaluate", "--task", "entities", "--file", words, "--checkpoint", output)
    mapped = ("--map", "person=PER", "--map", "group=ORG")
    found = json.loads(run_cli(*asked, *mapped, "--format", "json").out)
    (one,) = found["checkpoints"]
    assert one["name"] == str(output)
    assert one["files"]["words.conll"]["sentences"] == 6
    assert one["files"]["words.conll"]["micro"] == {"precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 6}
    shown = run_cli(*asked, *mapped).out
    assert shown.split()[:7] == ["checkpoint", "file", "type", "precision", "recall", "f1", "entities"]
    line = [*run_cli(*asked, *mapped, "--held-out", 0).err.splitlines()][-1]
    assert line == "error: there is nothing to measure on; choose a larger held-out share"
    again = run_cli("train", "--task", "entities", "--data", words, "--output", output)
    assert again.status == 2
    assert again.err.splitlines()[-1] == f"error: the folder {output} is not empty; name a new one"


def test_what_does_not_fit_together_is_told(run_cli: Run, words: Path, tmp_path: Path, tiny_folder: Path) -> None:
    def train(*more: object) -> str:
        line: str = run_cli("train", "--output", tmp_path / "x", *more).assert_fault(2)
        return line

    recipe = tmp_path / "a.toml"
    recipe.write_text('task = "entities"\nbase = "x"\ntypes = ["PER"]\n[[data]]\nfile = "words.conll"\n')
    tags = ("--task", "entities")
    assert "both files and a recipe" in train(*tags, "--data", words, "--recipe", recipe)
    assert "both files and a recipe" in train(*tags)
    assert "is no recipe for the task classification" in train("--task", "classification", "--recipe", recipe)
    assert "maps no type; write it as person=PER" in train(*tags, "--data", words, "--map", "person")
    assert "--text-column is for classifiers" in train(*tags, "--data", words, "--text-column", "text")
    assert "--snapshot is for classifiers" in train(*tags, "--data", words, "--snapshot", "0.1=x")
    assert "--background is for classifiers" in train(*tags, "--data", words, "--background")
    assert "--map is for --task entities" in train("--data", words, "--map", "a=b")
    assert "a recipe names its types itself" in train("--recipe", recipe, "--map", "a=b")
    assert "is none of PER" in train("--recipe", recipe, "--data-folder", tmp_path)
    assert "there is no file" in train(*tags, "--data", "nosuch.conll")
    assert "leave out --held-out" in run_cli("evaluate", "--recipe", recipe, "--held-out", 0.5).assert_fault(2)
    assert "--map and --recipe are for" in run_cli("evaluate", "--file", words, "--map", "a=b").assert_fault(2)
    plain = tmp_path / "plain.conll"
    plain.write_text("no O\nnames O\n")
    assert "the data has no entity" in train(*tags, "--data", plain)
    assert not (tmp_path / "x").exists()
    refused = run_cli("evaluate", *tags, "--file", words, "--checkpoint", tiny_folder)
    assert refused.status == 3
    assert "is no tagger; train one with workbench train --task entities" in refused.err
