"""Reports as CSV: one row a unit, one column a method."""

from __future__ import annotations

import csv
import io

from workbench.reports.base import Format, Report, register

# A cell that starts with one of these would be run as a formula by a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@register
class CsvReport(Format):
    """The format that spreadsheets read."""

    suffix = ".csv"
    title = "CSV"
    mime = "text/csv"

    def render(self, report: Report) -> bytes:
        """See ``Format.render``."""
        stream = io.StringIO(newline="")
        writer = csv.writer(stream)
        writer.writerow(["method", "target", "unit", "start", "end", "text", "score", "spread"])
        for explanation in report.explanations:
            for unit in explanation.units:
                writer.writerow(
                    [
                        explanation.method,
                        defused(str(explanation.target)),
                        explanation.unit.value,
                        unit.start,
                        unit.end,
                        defused(unit.text),
                        repr(unit.score),
                        "" if unit.spread is None else repr(unit.spread),
                    ]
                )
        return stream.getvalue().encode("utf-8")


def defused(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula.

    Args:
        cell: Any text.

    Returns:
        The same, behind an apostrophe where it starts like a formula.
    """
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
