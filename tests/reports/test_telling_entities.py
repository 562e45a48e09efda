"""Why an entity has its type, told: the numbers are those of the report."""

from __future__ import annotations

import csv
import io
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import subjects

from workbench.checkpoints import Checkpoint
from workbench.entity_view import within
from workbench.reports import FORMATS
from workbench.reports.document import Document, Facts, Heat, Paragraph, PieceKind, Section, Table
from workbench.reports.reading import read_report
from workbench.reports.telling import tell
from workbench.schema import EntityReport
from workbench.services import entities_report, explain_entity, find_entities

TEXT = "we loved staff , very good food"
LONG = "the staff was very good and we loved it . " * 9


def part(document: Document, title: str) -> Section:
    return next(section for section in document.sections if section.title == title)


def test_entities_tokens_and_scores(tiny_tags: Checkpoint) -> None:
    prediction = find_entities(tiny_tags, TEXT)
    report = explain_entity(tiny_tags, prediction, 1, ["occlusion"])
    document = tell(report)
    entity = report.explained
    assert document.title == f"Why is “{entity.text}” {entity.type}?"
    assert document.data["schema"] == "workbench.entities/1"
    (listed, *_) = part(document, "Entities").blocks
    assert isinstance(listed, Table)
    assert [(row[1].text, row[2].text, row[3].value) for row in listed.rows] == [
        (one.text, one.type, one.score) for one in prediction.entities
    ]
    assert [row[1].mark for row in listed.rows][:2] == [None, "explained"]
    (tokens,) = part(document, "Its tokens").blocks
    assert isinstance(tokens, Table)
    assert [row[1].text for row in tokens.rows] == [prediction.tags[place] for place in entity.tokens]
    heat = next(block for block in part(document, "Why").blocks if isinstance(block, Heat))
    scored = [piece for piece in heat.rows[0].pieces if piece.kind is PieceKind.SCORED]
    assert [piece.score for piece in scored] == [unit.score for unit in report.explanations[0].units]
    assert part(document, "Words by methods")


def test_of_a_window_only_its_own_text_is_marked(tiny_tags: Checkpoint) -> None:
    prediction = find_entities(tiny_tags, LONG, windows=True)
    report = explain_entity(tiny_tags, prediction, len(prediction.entities) - 1, ["occlusion"])
    window = prediction.window_of(report.explained)
    assert window.start > 0
    cut = within(report.explanations[0], window)
    assert cut.text == LONG[window.start : window.end]
    why = part(tell(report), "Why")
    heat = next(block for block in why.blocks if isinstance(block, Heat))
    assert "".join(piece.text for piece in heat.rows[0].pieces) == cut.text
    assert PieceKind.UNREAD not in {piece.kind for piece in heat.rows[0].pieces}
    assert isinstance(why.blocks[0], Paragraph)
    assert f"characters {window.start:,} to {window.end:,}" in why.blocks[0].text
    (table,) = part(tell(report), "Words by methods").blocks
    assert isinstance(table, Table)
    assert {(row[0].text, row[1].value) for row in table.rows} == {
        (unit.text, unit.start) for unit in report.explanations[0].units
    }


def test_what_was_not_read_is_told(tiny_tags: Checkpoint) -> None:
    prediction = find_entities(tiny_tags, LONG)
    document = tell(explain_entity(tiny_tags, prediction, 0, ["occlusion"]))
    said = [block.text for block in part(document, "Entities").blocks if isinstance(block, Paragraph)]
    assert any(f"at character {prediction.unread_from}" in line for line in said)


@pytest.mark.parametrize("suffix", [".json", ".html"])
def test_it_is_read_back_the_same(tiny_tags: Checkpoint, suffix: str) -> None:
    prediction = find_entities(tiny_tags, LONG, windows=True)
    for report in (explain_entity(tiny_tags, prediction, 0, ["occlusion"]), entities_report(prediction)):
        content = FORMATS[suffix].render(report)
        assert read_report(content) == report
        assert suffix != ".html" or b"workbench verify checks it" in content


def test_of_entities_alone_the_list_is_told(tiny_tags: Checkpoint) -> None:
    prediction = find_entities(tiny_tags, TEXT)
    document = tell(entities_report(prediction))
    assert document.title == "Who and what is named?"
    assert [section.title for section in document.sections] == ["The text", "Entities", "Provenance"]
    (listed, *_) = part(document, "Entities").blocks
    assert isinstance(listed, Table)
    assert [row[1].mark for row in listed.rows] == [None] * len(prediction.entities)
    nothing = prediction.model_copy(update={"entities": ()})
    (said, *_) = part(tell(entities_report(nothing)), "Entities").blocks
    assert said == Paragraph("The checkpoint names nothing here.")


def command_of(report: EntityReport) -> list[str]:
    facts = [block for block in part(tell(report), "Provenance").blocks if isinstance(block, Facts)]
    (line,) = [value for one in facts for name, value in one.rows if name == "Make it again"]
    return shlex.split(line)


def test_the_command_makes_it_again(
    tiny_tags: Checkpoint, run_cli: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    prediction = find_entities(tiny_tags, TEXT, strategy="none", scheme="plain")
    settings: dict[str, Any] = {"seed": 3, "options": {"lime": {"budget": 20}, "shap": {"budget": 25}}}
    explained = explain_entity(tiny_tags, prediction, 1, ["lime", "shap"], **settings)
    for report in (explained, entities_report(prediction)):
        words = command_of(report)
        assert words[:2] == ["workbench", "entities"]
        assert run_cli(*words[1:]).status == 0
        again = read_report((tmp_path / "again.json").read_bytes())
        assert isinstance(again, EntityReport)
        assert again.prediction == report.prediction
        assert again.entity == report.entity
        for one, other in zip(again.explanations, report.explanations, strict=True):
            assert (one.method, one.unit, one.seed, one.options) == (
                other.method,
                other.unit,
                other.seed,
                other.options,
            )
            assert [unit.score for unit in one.units] == pytest.approx([unit.score for unit in other.units], abs=1e-5)


def test_several_saved_runs_are_told_with_their_entities(tiny_tags: Checkpoint) -> None:
    prediction = find_entities(tiny_tags, TEXT)
    report = explain_entity(tiny_tags, prediction, 1, ["occlusion"])
    both = subjects.runs(report, entities_report(prediction))
    document = tell(both)
    titles = [section.title for section in document.sections]
    entity = report.explained
    assert titles.count("Entities") == 2
    assert titles.count(f"Why “{entity.text}” is {entity.type}") == 1
    (overview,) = part(document, "Overview").blocks
    assert isinstance(overview, Table)
    assert {row[4].text for row in overview.rows} == {", ".join(prediction.types)}
    for suffix in FORMATS:
        assert FORMATS[suffix].render(both)
    rows = list(csv.DictReader(io.StringIO(FORMATS[".csv"].render(both).decode("utf-8"))))
    alone = [row for row in rows if row["run"] == "saved-run-1"]
    assert [(row["target"], row["text"], row["unit"]) for row in alone] == [
        (one.type, one.text, "entity") for one in prediction.entities
    ]
    assert len(rows) - len(alone) == len(report.explanations[0].units)
