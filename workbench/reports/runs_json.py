"""Saved runs as JSON, schema ``workbench.runs/1``."""

from __future__ import annotations

from typing import Any

from workbench.reports.comparison_json import comparison_document
from workbench.reports.explanation_json import document
from workbench.schema import Report, SavedRun, SavedRuns

RUNS_SCHEMA = "workbench.runs/1"


def runs_document(runs: SavedRuns) -> dict[str, Any]:
    """Several runs as JSON values.

    Args:
        runs: What to write.

    Returns:
        A dictionary of schema ``workbench.runs/1``; the results are documents of their own schemas.
    """
    return {"schema": RUNS_SCHEMA, "title": runs.title, "runs": [_run(run) for run in runs.runs]}


def _run(run: SavedRun) -> dict[str, Any]:
    whole = run.model_dump(mode="json", exclude={"result"})
    result = document(run.result) if isinstance(run.result, Report) else comparison_document(run.result)
    return whole | {"result": result}
