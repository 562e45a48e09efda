"""Entities as JSON, schema ``workbench.entities/1``; docs/entities.md describes the keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench.reports.explanation_json import explanation_document
from workbench.schema import EntityPrediction, EntityReport

ENTITIES_SCHEMA = "workbench.entities/1"


def entities_document(
    predictions: Sequence[EntityPrediction],
    report: EntityReport | None = None,
    provenance: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Entities as JSON values.

    Args:
        predictions: At least one, all of one checkpoint and read in one way.
        report: Why an entity of the first has its type.
        provenance: Versions of everything that took part; by default those of the report.

    Returns:
        A dictionary of schema ``workbench.entities/1``.
    """
    first = predictions[0]
    whole: dict[str, Any] = {
        "schema": ENTITIES_SCHEMA,
        "checkpoint": first.checkpoint.model_dump(mode="json"),
        "scheme": first.scheme.value,
        "strategy": first.strategy.value,
        "predictions": [_prediction(one) for one in predictions],
    }
    if report is not None:
        whole["explained"] = {
            "prediction": 0,
            "entity": report.entity,
            "explanations": [explanation_document(one) for one in report.explanations],
        }
    return whole | {"provenance": provenance or (report.provenance if report else {})}


def _prediction(prediction: EntityPrediction) -> dict[str, Any]:
    return {
        "text": prediction.text,
        "entities": [entity.model_dump(mode="json") for entity in prediction.entities],
        "tokens": _tokens(prediction),
        "tokens_read": len(prediction.tokens),
        "unread_from": prediction.unread_from,
        "windows": [window.model_dump(mode="json") for window in prediction.windows],
    }


def _tokens(prediction: EntityPrediction) -> list[dict[str, Any]]:
    return [
        {
            "id": token.id,
            "text": token.text,
            "start": token.span.start if token.span else None,
            "end": token.span.end if token.span else None,
            "special": token.special,
            "unknown": token.unknown,
            "tag": tag,
            "probabilities": dict(zip(prediction.labels, row, strict=True)),
        }
        for token, tag, row in zip(prediction.tokens, prediction.tags, prediction.probabilities, strict=True)
    ]
