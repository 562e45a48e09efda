"""The command ``workbench entities``."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import workbench
from workbench.checkpoints import Checkpoint, bundled_for, catalogue, fits, task_here
from workbench.entity_view import entities_html, entity_report_html, marked_html
from workbench.pipeline import find_entities
from workbench.schema import EntityReport
from workbench.services import explain_entity
from workbench.ui import caching

TEXT = "the staff were very good, we loved the film"
DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "entities.md").read_text("utf-8")


def keys_of(value: Any) -> set[str]:
    """The keys of all dictionaries inside, but not of those whose keys are data."""
    if isinstance(value, list):
        return set().union(*map(keys_of, value))
    if not isinstance(value, dict):
        return set()
    inner = {key: one for key, one in value.items() if key not in {"probabilities", "provenance", "explanations"}}
    return set(value) | set().union(*map(keys_of, inner.values()))


def test_a_table(run_cli: Callable[..., Any], tiny_tags: Checkpoint, tiny_tags_folder: Path) -> None:
    outcome = run_cli("entities", TEXT, "--checkpoint", tiny_tags_folder, "--strategy", "simple")
    assert outcome.status == 0, outcome.err
    lines = [line.split() for line in outcome.out.splitlines()[3:]]
    expected = find_entities(tiny_tags, TEXT, strategy="simple").entities
    assert [(line[1], " ".join(line[2:-3]), int(line[-3]), int(line[-2])) for line in lines] == [
        (one.type, one.text, one.start, one.end) for one in expected
    ]


def test_json_has_the_schema_and_the_document_describes_it(
    run_cli: Callable[..., Any], tiny_tags: Checkpoint, tiny_tags_folder: Path
) -> None:
    arguments = ("entities", TEXT, "--checkpoint", tiny_tags_folder, "--strategy", "none", "--format", "json")
    outcome = run_cli(*arguments, "--explain", "1", "--method", "occlusion")
    content = json.loads(outcome.out)
    assert content["schema"] == "workbench.entities/1"
    prediction = find_entities(tiny_tags, TEXT, strategy="none")
    (found,) = content["predictions"]
    assert found["text"] == TEXT
    assert found["entities"] == [one.model_dump(mode="json") for one in prediction.entities]
    assert [one["tag"] for one in found["tokens"]] == list(prediction.tags)
    explanation = content["explained"]["explanations"][0]
    entity = prediction.entities[0]
    assert explanation["target"] == {
        "kind": "entity",
        "label": entity.type,
        "span": {"start": entity.start, "end": entity.end},
    }
    assert [unit["text"] for unit in explanation["units"]][:3] == ["the", "staff", "were"]
    assert [key for key in sorted(keys_of(content)) if f"`{key}`" not in DOCUMENT] == []
    long = run_cli("entities", "the staff were good . " * 30, *arguments[2:], "--windows")
    windows = json.loads(long.out)["predictions"][0]["windows"]
    assert [key for key in sorted(windows[0]) if f"`{key}`" not in DOCUMENT] == []


def test_csv_is_defused(run_cli: Callable[..., Any], tiny_tags_folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "texts.csv"
    file.write_text("text\n" + '"=cmd the staff were good"\n' + "we loved the film\n", encoding="utf-8")
    outcome = run_cli(
        "entities", "--file", file, "--checkpoint", tiny_tags_folder, "--strategy", "none", "--format", "csv"
    )
    rows = list(csv.DictReader(io.StringIO(outcome.out)))
    assert {row["row"] for row in rows} == {"1", "2"}
    assert not [row for row in rows if row["text"].startswith("=")]
    explained = run_cli(
        "entities", TEXT, "--checkpoint", tiny_tags_folder, "--explain", "1", "--method", "occlusion", "--format", "csv"
    )
    assert [row["unit"] for row in csv.DictReader(io.StringIO(explained.out))][:2] == ["the", "staff"]


def test_why_as_a_table(run_cli: Callable[..., Any], tiny_tags_folder: Path) -> None:
    outcome = run_cli("entities", "-", "--checkpoint", tiny_tags_folder, "--explain", "1", stdin=TEXT.encode())
    assert outcome.status == 0, outcome.err
    for method in ("occlusion", "shap", "lime"):
        assert f"\n{method}: " in outcome.out


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        ((), 2, "there is no text to find entities in"),
        ((TEXT, TEXT, "--explain", "1"), 2, "there are 2 texts and one entity to explain"),
        ((TEXT, "--method", "shap"), 2, "add --explain N"),
        ((TEXT, "--explain", "99"), 2, "there is no entity number 99; choose one from 1 to"),
        ((TEXT, "--explain", "1", "--method", "attention-rollout"), 3, "does not explain entities"),
        ((TEXT, "--strategy", "best"), 2, "'best'"),
    ],
)
def test_faults_are_one_line(
    run_cli: Callable[..., Any], tiny_tags_folder: Path, arguments: tuple[str, ...], status: int, message: str
) -> None:
    outcome = run_cli("entities", *arguments, "--checkpoint", tiny_tags_folder)
    assert message in outcome.assert_fault(status)


@pytest.mark.parametrize("command", ["predict", "explain"])
def test_a_checkpoint_of_the_other_task_is_refused(
    run_cli: Callable[..., Any], tiny_folder: Path, tiny_tags_folder: Path, command: str
) -> None:
    line = run_cli(command, TEXT, "--checkpoint", tiny_tags_folder).assert_fault(3)
    assert line.rstrip().endswith("use workbench entities with it, or choose a classifier such as stars")
    line = run_cli("entities", TEXT, "--checkpoint", tiny_folder).assert_fault(3)
    assert "classifies whole texts and finds no entities; use workbench predict or explain" in line
    line = run_cli("compare", TEXT, "--checkpoint", tiny_folder, "--checkpoint", tiny_tags_folder).assert_fault(3)
    assert "use workbench entities" in line


def test_each_page_is_offered_its_own(tiny_folder: Path, tiny_tags_folder: Path) -> None:
    before = caching.offered()
    assert set(before) >= {"stars", "sentiment"}
    for folder in (tiny_folder, tiny_tags_folder):
        catalogue.add(str(folder))
    try:
        assert caching.offered() == (*before, str(tiny_folder))
        assert str(tiny_tags_folder) in caching.offered("entities")
        assert not set(caching.offered("entities")) & set(caching.offered())
        assert not set(bundled_for("entities")) & set(bundled_for("classification"))
    finally:
        for folder in (tiny_folder, tiny_tags_folder):
            catalogue.remove(str(folder))
    assert task_here("someone/not-here") is None
    assert fits("someone/not-here", "entities")


def test_the_interface_of_notebooks(tiny_tags: Checkpoint) -> None:
    prediction = workbench.entities(tiny_tags, "<b>the</b> staff & we loved film", strategy="none")
    assert prediction == find_entities(tiny_tags, "<b>the</b> staff & we loved film", strategy="none")
    page = prediction._repr_html_()
    assert page == entities_html(prediction)
    assert "<b>the" not in page
    assert page.count("<tr>") == 1 + len(prediction.entities)
    report = explain_entity(tiny_tags, prediction, 0, ["occlusion"])
    assert report._repr_html_() == entity_report_html(report)
    assert "<b>the" not in entity_report_html(report)
    assert marked_html(prediction, 0).count("outline:") == 1
    assert EntityReport.model_validate_json(report.model_dump_json()) == report
