"""Results told as documents that no format owns: every format writes what ``tell`` says, in its own way."""

from __future__ import annotations

from workbench.reports.base import Subject
from workbench.reports.document import Document
from workbench.reports.telling.comparison import tell_comparison
from workbench.reports.telling.entities import tell_entities
from workbench.reports.telling.file_comparison import tell_file
from workbench.reports.telling.report import tell_report
from workbench.reports.telling.runs import tell_runs
from workbench.schema import Comparison, EntityReport, FileComparison, Report

__all__ = ["tell"]


def tell(subject: Subject) -> Document:
    """What a report says.

    Nothing is computed anew, and nothing depends on the time or the machine: the same subject is told the same.

    Args:
        subject: A result of any kind.

    Returns:
        Sections of blocks, with the JSON form of the subject.
    """
    if isinstance(subject, Report):
        return tell_report(subject)
    if isinstance(subject, EntityReport):
        return tell_entities(subject)
    if isinstance(subject, FileComparison):
        return tell_file(subject)
    return tell_comparison(subject) if isinstance(subject, Comparison) else tell_runs(subject)
