"""Entities told, and why one of them has its type."""

from __future__ import annotations

from workbench.entity_view import within
from workbench.reports.document import Block, Cell, Document, Heat, Paragraph, Section, Table, Tone
from workbench.reports.entities_json import entities_document
from workbench.reports.telling.marking import heat_row, scale_of
from workbench.reports.telling.provenance import entities_provenance
from workbench.reports.telling.wording import counted, method_title
from workbench.reports.telling.words import Column, words_table
from workbench.schema import EntityPrediction, EntityReport
from workbench.text import excerpt

# So many entities are listed; the JSON in the file has all.
_MOST = 500
_TITLE = 60
_SCALE = "A colour means the same number in every row."
_BOXES = "A box is a phrase with one score: the budget did not tell its words apart."


def tell_entities(report: EntityReport) -> Document:
    """What a report on entities says.

    Args:
        report: What is told.

    Returns:
        The document.
    """
    prediction = report.prediction
    sections = [
        Section("The text", (Paragraph(prediction.text),)),
        Section("Entities", found_blocks(report)),
    ]
    if report.entity is not None:
        sections += [Section("Its tokens", (_tokens(report),))]
    if report.explanations:
        title = f"{report.explanations[0].unit.value.title()}s by methods"
        sections += [Section("Why", entity_blocks(report)), Section(title, (entity_words(report),))]
    version = report.provenance.get("workbench")
    did = "found" if report.entity is None else "explained"
    made = f", {did} by Workbench {version}" if version else ""
    return Document(
        title=_title(report),
        subtitle=f"{prediction.checkpoint.name}{made}",
        sections=(*sections, Section("Provenance", tuple(entities_provenance(report)))),
        data=entities_document([prediction], report),
    )


def found_blocks(report: EntityReport) -> tuple[Block, ...]:
    """What was found, and how the text was read.

    Args:
        report: What is told.

    Returns:
        Blocks.
    """
    table = _entities(report) if report.prediction.entities else Paragraph("The checkpoint names nothing here.")
    return (table, *_reading(report.prediction))


def entity_words(report: EntityReport, most: int | None = None) -> Table:
    """Words by methods.

    Args:
        report: With at least one explanation.
        most: So many rows; by default all.

    Returns:
        The table.
    """
    return words_table([Column(method_title(one.method), one) for one in report.explanations], most=most)


def _title(report: EntityReport) -> str:
    if report.entity is None:
        return "Who and what is named?"
    entity = report.explained
    return f"Why is “{excerpt(entity.text, _TITLE)}” {entity.type}?"


def _entities(report: EntityReport) -> Table:
    found = report.prediction.entities
    rows = tuple(
        (
            Cell(str(number), value=number),
            Cell(one.text, mark="explained" if number - 1 == report.entity else None),
            Cell(one.type),
            Cell(f"{one.score:.3f}", value=one.score, strength=one.score, signed=False),
            Cell(f"{one.start:,} to {one.end:,}", value=one.start),
        )
        for number, one in enumerate(found[:_MOST], start=1)
    )
    header = ("No.", "Entity", "Type", "Score", "Characters")
    return Table(header, rows, sortable=True, left_out=max(0, len(found) - _MOST))


def _reading(prediction: EntityPrediction) -> tuple[Block, ...]:
    """How the text was read, and how its tags became entities."""
    how = f"Tags read as {prediction.scheme.value}, put together by {prediction.strategy.value}"
    if prediction.windows:
        how += f"; read in {counted(len(prediction.windows), 'overlapping window')}"
    blocks: list[Block] = [Paragraph(f"{how}.", Tone.SMALL)]
    if prediction.unread_from is not None:
        stop = f"the model stops after {prediction.token_limit} tokens, at character {prediction.unread_from:,}"
        blocks.append(Paragraph(f"Not read: {stop} of {len(prediction.text):,}.", Tone.WARNING))
    return tuple(blocks)


def _tokens(report: EntityReport) -> Table:
    """The tokens of the entity, with the two most probable tags of each."""
    prediction = report.prediction
    rows = []
    for place in report.explained.tokens:
        chances = prediction.probabilities[place]
        order = sorted(range(len(chances)), key=lambda index: -chances[index])
        cells = [Cell(prediction.tokens[place].text)]
        for index in order[:2]:
            shown = f"{chances[index]:.3f}"
            cells += [
                Cell(prediction.labels[index]),
                Cell(shown, value=chances[index], strength=chances[index], signed=False),
            ]
        rows.append(tuple(cells))
    return Table(("Token", "Tag", "Probability", "Next tag", "Its probability")[: len(rows[0])], tuple(rows))


def entity_blocks(report: EntityReport) -> tuple[Block, ...]:
    """The text that was read together with the entity, which is all that counted, as each method marks it.

    Args:
        report: With at least one explanation.

    Returns:
        Blocks.
    """
    entity, found = report.explained, list(report.explanations)
    where = ""
    if report.prediction.windows:
        window = report.prediction.window_of(entity)
        found = [within(one, window) for one in found]
        where = f" It was found in the window of characters {window.start:,} to {window.end:,}; no word outside counts."
    what = f"What is explained: how probable the type {entity.type} is on the words “{excerpt(entity.text, _TITLE)}”."
    top = scale_of(found)
    rows = tuple(heat_row(one, method_title(one.method), top=top) for one in found)
    notes = [_SCALE, *([_BOXES] if any(one.unresolved for one in found) else [])]
    return (
        Paragraph(what + where),
        Heat(rows, "lowers the target", "raises it"),
        Paragraph(" ".join(notes), Tone.SMALL),
    )
