"""Saved runs told: an overview, and each run in short."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.reports.document import Block, Cell, Document, Facts, Paragraph, Section, Table, Tone
from workbench.reports.runs_json import runs_document
from workbench.reports.telling.comparison import difference_blocks, explained_blocks, pair_words, verdicts_table
from workbench.reports.telling.entities import entity_blocks, entity_words, found_blocks
from workbench.reports.telling.provenance import compare_command, entities_command, explain_command
from workbench.reports.telling.report import report_words, why_blocks
from workbench.reports.telling.verdict import verdict_blocks
from workbench.reports.telling.wording import counted, method_title
from workbench.schema import Comparison, EntityReport, Report, SavedRun, SavedRuns
from workbench.schema.report import RunSummary, summary_of
from workbench.text import excerpt

_MOST_WORDS = 15
_EXCERPT = 90
_TITLE = 60


def tell_runs(runs: SavedRuns) -> Document:
    """What several saved runs say together.

    Args:
        runs: What is told.

    Returns:
        The document.
    """
    overview = Section("Overview", (_overview(runs),))
    sections = [part for number, run in enumerate(runs.runs, start=1) for part in _run(number, run)]
    return Document(
        title=runs.title or "Saved runs",
        subtitle=counted(len(runs.runs), "saved run"),
        sections=(overview, *sections),
        data=runs_document(runs),
    )


def _overview(runs: SavedRuns) -> Table:
    header = ("Run", "Date", "Text", "Checkpoint", "Label", "Expected rating", "Note", "Tags")
    return Table(
        header, tuple(_line(number, summary_of(run)) for number, run in enumerate(runs.runs, start=1)), sortable=True
    )


def _line(number: int, one: RunSummary) -> tuple[Cell, ...]:
    rating = one.expected_rating
    return (
        Cell(str(number), value=number),
        Cell(one.created.strftime("%Y-%m-%d %H:%M %Z"), value=one.created.timestamp()),
        Cell(excerpt(one.text, _EXCERPT)),
        Cell(", ".join(one.checkpoints)),
        Cell(", ".join(one.labels)),
        Cell("none") if rating is None else Cell(f"{rating:.2f}", value=rating),
        Cell(one.note),
        Cell(", ".join(one.tags)),
    )


def _run(number: int, run: SavedRun) -> Iterator[Section]:
    facts = [("Made", run.created.isoformat(timespec="seconds")), ("Took", f"{run.seconds:.1f} s"), ("Id", run.id)]
    facts += [("Note", run.note)] if run.note else []
    facts += [("Tags", ", ".join(run.tags))] if run.tags else []
    faults = (Paragraph(f"{method_title(name)}: {fault}", Tone.WARNING) for name, fault in run.faults.items())
    head: tuple[Block, ...] = (Facts(tuple(facts)), Paragraph(run.text), *faults)
    yield Section(f"Run {number}: {excerpt(run.text, _TITLE)}", head)
    if isinstance(run.result, Report):
        yield from _explained(run.result)
    elif isinstance(run.result, EntityReport):
        yield from _named(run.result)
    else:
        yield from _compared(run.result)


def _explained(report: Report) -> Iterator[Section]:
    yield Section("Verdict", verdict_blocks(report.prediction), level=3)
    if report.explanations:
        yield Section("Why", (*why_blocks(report), report_words(report, _MOST_WORDS)), level=3)
    info = report.prediction.checkpoint
    facts = (("Checkpoint", info.name), ("Fingerprint", info.fingerprint), ("Make it again", explain_command(report)))
    yield Section("Provenance", (Facts(facts),), level=3)


def _named(report: EntityReport) -> Iterator[Section]:
    yield Section("Entities", found_blocks(report), level=3)
    if report.explanations:
        entity = report.explained
        title = f"Why “{excerpt(entity.text, _TITLE)}” is {entity.type}"
        yield Section(title, (*entity_blocks(report), entity_words(report, _MOST_WORDS)), level=3)
    info = report.prediction.checkpoint
    facts = (("Checkpoint", info.name), ("Fingerprint", info.fingerprint), ("Make it again", entities_command(report)))
    yield Section("Provenance", (Facts(facts),), level=3)


def _compared(comparison: Comparison) -> Iterator[Section]:
    yield Section("Verdicts", (verdicts_table(comparison),), level=3)
    yield Section("Explanations", tuple(explained_blocks(comparison)), level=3)
    for pair in comparison.pairs:
        blocks: list[Block] = list(difference_blocks(pair.difference)) if pair.difference else []
        blocks.append(pair_words(comparison, pair, _MOST_WORDS))
        yield Section(f"Why {pair.checkpoints[0]} and {pair.checkpoints[1]} differ", tuple(blocks), level=3)
    facts = [(f"Fingerprint of {one.checkpoint.name}", one.checkpoint.fingerprint) for one in comparison.checkpoints]
    yield Section("Provenance", (Facts((*facts, ("Make it again", compare_command(comparison)))),), level=3)
