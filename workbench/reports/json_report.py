"""The JSON format: each kind of result in its own schema."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from workbench.reports.base import Format, Subject, register
from workbench.reports.document import View
from workbench.reports.file_comparison import comparison_json, file_document
from workbench.reports.runs_json import result_document, runs_document
from workbench.schema import FileComparison, SavedRuns


@register
class JsonReport(Format):
    """The format that scripts read."""

    suffix = ".json"
    title = "JSON"
    mime = "application/json"

    def render(self, subject: Subject, views: Sequence[View] = ()) -> bytes:
        """See ``Format.render``."""
        if isinstance(subject, FileComparison):
            return comparison_json(subject)
        return (json.dumps(subject_document(subject), ensure_ascii=False, indent=2) + "\n").encode("utf-8")


def subject_document(subject: Subject) -> dict[str, Any]:
    """A result as JSON values.

    Args:
        subject: Of any kind.

    Returns:
        A dictionary of the schema of its kind.
    """
    if isinstance(subject, FileComparison):
        return file_document(subject)
    return runs_document(subject) if isinstance(subject, SavedRuns) else result_document(subject)
