"""The JSON format: each kind of result in its own schema."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from workbench.reports.base import Format, Subject, register
from workbench.reports.document import View
from workbench.reports.runs_json import result_document, runs_document
from workbench.schema import SavedRuns


@register
class JsonReport(Format):
    """The format that scripts read."""

    suffix = ".json"
    title = "JSON"
    mime = "application/json"

    def render(self, subject: Subject, views: Sequence[View] = ()) -> bytes:
        """See ``Format.render``."""
        return (json.dumps(subject_document(subject), ensure_ascii=False, indent=2) + "\n").encode("utf-8")


def subject_document(subject: Subject) -> dict[str, Any]:
    """A result as JSON values.

    Args:
        subject: Of any kind.

    Returns:
        A dictionary of the schema of its kind.
    """
    return runs_document(subject) if isinstance(subject, SavedRuns) else result_document(subject)
