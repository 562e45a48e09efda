"""Entities as CSV, or the scores of one that was explained."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from workbench.schema import EntityPrediction, EntityReport
from workbench.tables import defused


def entities_csv(predictions: Sequence[EntityPrediction], report: EntityReport | None = None) -> str:
    """One row an entity, or with an explanation one row a method and unit.

    Args:
        predictions: Of any number of texts.
        report: Why an entity has its type, where one is explained.

    Returns:
        The file's content; no cell starts like a formula.
    """
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    if report is not None and report.entity is not None:
        writer.writerow(["entity", "type", "method", "unit", "start", "end", "score"])
        place = [report.entity + 1, defused(report.explained.type)]
        for one in report.explanations:
            for unit in one.units:
                writer.writerow([*place, one.method, defused(unit.text), unit.start, unit.end, unit.score])
        return stream.getvalue()
    writer.writerow(["row", "number", "type", "text", "start", "end", "score"])
    for row, prediction in enumerate(predictions, start=1):
        for number, entity in enumerate(prediction.entities, start=1):
            where = [entity.start, entity.end, entity.score]
            writer.writerow([row, number, defused(entity.type), defused(entity.text), *where])
    return stream.getvalue()
