"""Reports as CSV: one row a unit and method."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

from workbench.reports.base import Format, Subject, register
from workbench.reports.document import View
from workbench.schema import Comparison, Difference, Explanation, SavedRuns
from workbench.tables import defused


@register
class CsvReport(Format):
    """The format that spreadsheets read."""

    suffix = ".csv"
    title = "CSV"
    mime = "text/csv"

    def render(self, subject: Subject, views: Sequence[View] = ()) -> bytes:
        """See ``Format.render``."""
        stream = io.StringIO(newline="")
        writer = csv.writer(stream)
        writer.writerow(["method", "target", "unit", "start", "end", "text", "score", "spread", "checkpoint", "run"])
        for run, attribution in _attributions(subject):
            target, checkpoint = _whose(attribution)
            for unit in attribution.units:
                spread = "" if unit.spread is None else repr(unit.spread)
                place = [attribution.unit.value, unit.start, unit.end, defused(unit.text)]
                score = [repr(unit.score), spread]
                writer.writerow([attribution.method, defused(target), *place, *score, defused(checkpoint), run])
        return stream.getvalue().encode("utf-8")


def _attributions(subject: Subject) -> Iterator[tuple[str, Explanation | Difference]]:
    """All scores of a result, each with the id of its run where there is one."""
    if isinstance(subject, SavedRuns):
        for run in subject.runs:
            yield from ((run.id, attribution) for _, attribution in _attributions(run.result))
    elif isinstance(subject, Comparison):
        yield from (("", one.explanation) for one in subject.checkpoints)
        yield from (("", pair.difference) for pair in subject.pairs if pair.difference)
    else:
        yield from (("", explanation) for explanation in subject.explanations)


def _whose(attribution: Explanation | Difference) -> tuple[str, str]:
    """What is explained, and of which checkpoint; of a difference both, the second taken from the first."""
    if isinstance(attribution, Difference):
        targets = " | ".join(map(str, attribution.targets))
        return targets, " - ".join(one.name for one in attribution.checkpoints)
    return str(attribution.target), attribution.checkpoint.name
