"""Why an entity has its type, told: the numbers are those of the report."""

from __future__ import annotations

import pytest

from workbench.checkpoints import Checkpoint
from workbench.entity_view import within
from workbench.errors import InputError
from workbench.reports import FORMATS
from workbench.reports.document import Document, Heat, Paragraph, PieceKind, Section, Table
from workbench.reports.reading import read_report
from workbench.reports.telling import tell
from workbench.services import explain_entity, find_entities

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
    assert not document.verifiable
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
def test_a_verifier_refuses_it_in_one_line(tiny_tags: Checkpoint, suffix: str) -> None:
    content = FORMATS[suffix].render(explain_entity(tiny_tags, find_entities(tiny_tags, TEXT), 0, ["occlusion"]))
    with pytest.raises(InputError, match=r"workbench\.entities/1"):
        read_report(content)
    assert b"workbench verify" not in content
