from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bag_models import build_bag
from word_batches import predicted_batch, random_texts

from workbench.checkpoints import Checkpoint

Run = Callable[..., Any]
WEIGHTS = {"film": 4.0, "good": 3.0, "great": 3.0, "bad": -3.0, "terrible": -3.0}


@pytest.fixture(scope="module")
def bag(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    return build_bag(tmp_path_factory.mktemp("bag") / "bag", tiny_folder, WEIGHTS)


@pytest.fixture
def folder(bag: Checkpoint, tmp_path: Path) -> Path:
    texts, truths = random_texts(150, 1, "film")
    texts[0] += " <b>\x1b[31m 'x'"
    return predicted_batch(tmp_path / "batch", bag, texts, truths).folder


def test_explain_add_up_and_compare(run_cli: Run, folder: Path) -> None:
    first = run_cli("words", folder, "--explain", "150", "--method", "occlusion", "--by", "error", "--format", "json")
    assert first.status == 0, first.err
    assert "150 of 150 reviews explained" in first.err
    content = json.loads(first.out)
    assert content["schema"] == "workbench.words/1"
    assert {one["group"] for one in content["words"]} == {"right", "wrong by one"}
    assert sum(content["reviews"].values()) == 150
    table = run_cli("words", folder, "--limit", "3", "--predicted", "POSITIVE", "--right")
    assert (table.status, len(table.out.splitlines())) == (0, 7)
    assert table.out.splitlines()[3].split()[:2] in (["film", "POSITIVE"], ["great", "POSITIVE"], ["good", "POSITIVE"])
    assert "words; --limit shows more" in table.err
    compared = run_cli("words", folder, "--compare", "--limit", "5")
    assert compared.status == 0, compared.err
    assert "words tested" in compared.out
    assert "\x1b" not in table.out + compared.out + run_cli("words", folder, "--limit", "10000", "--least", "1").out


def test_find_and_test_a_shortcut(run_cli: Run, folder: Path) -> None:
    assert run_cli("words", folder, "--explain", "150", "--method", "occlusion").status == 0
    listed = run_cli("shortcut", folder)
    assert listed.status == 0, listed.err
    assert listed.out.splitlines()[2].split()[:2] == ["film", "POSITIVE"]
    assert json.loads(run_cli("shortcut", folder, "--format", "json").out)["candidates"][0]["word"] == "film"
    tested = run_cli("shortcut", folder, "film", "--replace", "room", "--replace", "staff", "--limit", "40")
    assert tested.status == 0, tested.err
    assert "'film' in 40 reviews" in tested.out
    assert "replaced by room, staff" in tested.out
    found = json.loads(run_cli("shortcut", folder, "film", "--limit", "40", "--mask", "--format", "json").out)
    assert [one["edit"] for one in found["effects"]] == ["removed", "masked"]
    assert found["effects"][0]["control"]["p"] < 0.01


def test_faults_are_one_line(run_cli: Run, folder: Path, tmp_path: Path) -> None:
    assert "no review of this batch was explained" in run_cli("words", folder).assert_fault(2)
    assert "name one with --method" in run_cli("words", folder, "--explain", "3").assert_fault(2)
    assert "is no batch" in run_cli("words", tmp_path / "none").assert_fault(2)
    assert "there is no label" in run_cli("shortcut", folder, "film", "--predicted", "5").assert_fault(2)
    assert "no review of the selection has" in run_cli("shortcut", folder, "zebra").assert_fault(2)
    assert "not the checkpoint" in run_cli("shortcut", folder, "film", "--checkpoint", "stars").assert_fault(3)
    assert run_cli("words", folder, "--explain", "9", "--method", "occlusion", "--right").status == 0
    assert "leave out --right" in run_cli("words", folder, "--compare", "--right").assert_fault(2)
