"""Saved runs as JSON, schema ``workbench.runs/1``: nothing is lost, and it can be read back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.errors import InputError
from workbench.reports.comparison_json import COMPARISON_SCHEMA, comparison_document, read_comparison
from workbench.reports.entities_json import ENTITIES_SCHEMA, entities_document, read_entities
from workbench.reports.explanation_json import EXPLANATION_SCHEMA, damage, document, read_explanations
from workbench.schema import EntityReport, Report, RunResult, SavedRun, SavedRuns

RUNS_SCHEMA = "workbench.runs/1"


def runs_document(runs: SavedRuns) -> dict[str, Any]:
    """Several runs as JSON values.

    Args:
        runs: What to write.

    Returns:
        A dictionary of schema ``workbench.runs/1``; the results are documents of their own schemas.
    """
    return {"schema": RUNS_SCHEMA, "title": runs.title, "runs": [_run(run) for run in runs.runs]}


def result_document(result: RunResult) -> dict[str, Any]:
    """One result as JSON values.

    Args:
        result: What to write.

    Returns:
        A dictionary of the schema of its kind.
    """
    if isinstance(result, EntityReport):
        return entities_document([result.prediction], result)
    return document(result) if isinstance(result, Report) else comparison_document(result)


def read_runs(document: Mapping[str, Any]) -> SavedRuns:
    """The runs that a document holds.

    Args:
        document: From ``runs_document``, or the JSON of a file.

    Returns:
        The same again.

    Raises:
        InputError: It is no such document, or contradicts itself.
    """
    with damage("file of saved runs", "history"):
        return SavedRuns(
            title=document["title"],
            runs=tuple(
                SavedRun.model_validate({**run, "result": read_result(run["result"])}) for run in document["runs"]
            ),
        )


def read_result(document: Mapping[str, Any]) -> RunResult:
    """The result that a document holds.

    Args:
        document: From ``result_document``, or the JSON of a file.

    Returns:
        The same again.

    Raises:
        InputError: It is no such document, or contradicts itself.
    """
    schema = document["schema"]
    if schema == EXPLANATION_SCHEMA:
        return read_explanations(document)
    if schema == COMPARISON_SCHEMA:
        return read_comparison(document)
    if schema == ENTITIES_SCHEMA:
        return read_entities(document)
    raise InputError(f"{str(schema)[:60]!r} is no result of a run", "write the runs again")


def _run(run: SavedRun) -> dict[str, Any]:
    return run.model_dump(mode="json", exclude={"result"}) | {"result": result_document(run.result)}
