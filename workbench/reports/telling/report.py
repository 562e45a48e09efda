"""An explanation told."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.reports.document import Block, Document, Heat, HeatRow, Paragraph, Section, Table, Tone
from workbench.reports.explanation_json import document as report_document
from workbench.reports.telling.marking import heat_row, scale_of
from workbench.reports.telling.provenance import report_provenance
from workbench.reports.telling.trusting import faithfulness_note, flipped_of, sentence, trust_sections
from workbench.reports.telling.verdict import pipeline_blocks, verdict_blocks
from workbench.reports.telling.wording import method_title
from workbench.reports.telling.words import Column, words_table
from workbench.schema import Explanation, Report

_SCALE = "A colour means the same number in every row."
_BOXES = "A box is a phrase with one score: the budget did not tell its words apart."
_GREY = "Grey with dots: the sign hangs on the seed."


def tell_report(report: Report) -> Document:
    """What a report on one text says.

    Args:
        report: What is told.

    Returns:
        The document.
    """
    prediction = report.prediction
    sections = [
        Section("The text", (Paragraph(prediction.text),)),
        Section("Verdict", verdict_blocks(prediction)),
        Section("How the model got there", pipeline_blocks(prediction)),
    ]
    if report.explanations:
        sections += [Section("Why", tuple(why_blocks(report))), Section(_words_title(report), (report_words(report),))]
    sections += [*trust_sections(report.trust), Section("Provenance", tuple(report_provenance(report)))]
    version = report.provenance.get("workbench")
    made = f", explained by Workbench {version}" if version else ""
    return Document(
        title=f"Why “{prediction.verdict}”?",
        subtitle=f"{prediction.checkpoint.name}{made}",
        sections=tuple(sections),
        data=report_document(report),
    )


def why_blocks(report: Report) -> Iterator[Block]:
    """The text as each method marks it, and which of them to go by.

    Args:
        report: With at least one explanation.

    Yields:
        Blocks.
    """
    found = report.explanations
    yield from sentence(report.trust)
    targets = {one.target for one in found}
    if len(targets) == 1:
        yield Paragraph(f"What is explained: the {found[0].target.phrase()}.")
    top = scale_of(found)
    rows = tuple(_row(report, one, top, alone=len(targets) == 1) for one in found)
    apart = None if all(one.signed for one in found) else "Without a sign: the darker, the more was looked at."
    yield Heat(rows, "lowers the target", "raises it", apart)
    notes = [_SCALE if apart is None else f"{_SCALE} Rows without a sign have scales of their own."]
    notes += [_BOXES] if any(one.unresolved for one in found) else []
    notes += [_GREY] if any(flipped_of(report.trust, one.method) for one in found) else []
    yield Paragraph(" ".join(notes), Tone.SMALL)


def report_words(report: Report, most: int | None = None) -> Table:
    """Words by methods.

    Args:
        report: With at least one explanation.
        most: So many rows; by default all.

    Returns:
        The table.
    """
    columns = [
        Column(method_title(one.method), one, flipped_of(report.trust, one.method)) for one in report.explanations
    ]
    return words_table(columns, most=most)


def _words_title(report: Report) -> str:
    return f"{report.explanations[0].unit.value.title()}s by methods"


def _row(report: Report, one: Explanation, top: float, *, alone: bool) -> HeatRow:
    notes = [] if alone else [one.target.phrase()]
    notes += faithfulness_note(report.trust, one.method)
    flipped = flipped_of(report.trust, one.method)
    return heat_row(one, method_title(one.method), top=top if one.signed else None, flipped=flipped, notes=notes)
