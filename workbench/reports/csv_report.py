"""Reports as CSV: one row a unit and method; of entities of which none is explained an entity, of a file a review."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from workbench.reports.base import Format, Subject, register
from workbench.reports.document import View
from workbench.reports.file_comparison import pairs_csv
from workbench.schema import Comparison, Difference, EntityReport, Explanation, FileComparison, RunResult, SavedRuns
from workbench.tables import defused


@register
class CsvReport(Format):
    """The format that spreadsheets read."""

    suffix = ".csv"
    title = "CSV"
    mime = "text/csv"

    def render(self, subject: Subject, views: Sequence[View] = ()) -> bytes:
        """See ``Format.render``."""
        if isinstance(subject, FileComparison):
            return pairs_csv(subject)
        stream = io.StringIO(newline="")
        writer = csv.writer(stream)
        writer.writerow(["method", "target", "unit", "start", "end", "text", "score", "spread", "checkpoint", "run"])
        for run, result in _results(subject):
            writer.writerows([*row, run] for row in _rows(result))
        return stream.getvalue().encode("utf-8")


def _results(subject: RunResult | SavedRuns) -> Iterator[tuple[str, RunResult]]:
    """All results, each with the id of its run where there is one."""
    if isinstance(subject, SavedRuns):
        yield from ((run.id, run.result) for run in subject.runs)
    else:
        yield "", subject


def _rows(result: RunResult) -> Iterator[list[str | int]]:
    """All scores of a result."""
    if isinstance(result, EntityReport) and result.entity is None:
        name = defused(result.prediction.checkpoint.name)
        for one in result.prediction.entities:
            yield ["", defused(one.type), "entity", one.start, one.end, defused(one.text), repr(one.score), "", name]
        return
    for attribution in _attributions(result):
        target, checkpoint = _whose(attribution)
        for unit in attribution.units:
            spread = "" if unit.spread is None else repr(unit.spread)
            place = [attribution.unit.value, unit.start, unit.end, defused(unit.text)]
            yield [attribution.method, defused(target), *place, repr(unit.score), spread, defused(checkpoint)]


def _attributions(result: RunResult) -> Iterator[Explanation | Difference]:
    if isinstance(result, Comparison):
        yield from (one.explanation for one in result.checkpoints)
        yield from (pair.difference for pair in result.pairs if pair.difference)
    else:
        yield from result.explanations


def _whose(attribution: Explanation | Difference) -> tuple[str, str]:
    """What is explained, and of which checkpoint; of a difference both, the second taken from the first."""
    if isinstance(attribution, Difference):
        targets = " | ".join(map(str, attribution.targets))
        return targets, " - ".join(one.name for one in attribution.checkpoints)
    return str(attribution.target), attribution.checkpoint.name
