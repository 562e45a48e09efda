"""Entities as JSON, schema ``workbench.entities/1``: nothing is lost; docs/entities.md describes the keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workbench.errors import InputError
from workbench.reports.explanation_json import damage, explanation_document, read_explanation
from workbench.schema import CheckpointInfo, EntityPrediction, EntityReport

ENTITIES_SCHEMA = "workbench.entities/1"
# Of a prediction and of its document alike; the other keys stand for something else.
_ALIKE = ("text", "entities", "unread_from", "windows")
_ALL = ("scheme", "strategy", "token_limit")


def entities_document(
    predictions: Sequence[EntityPrediction],
    report: EntityReport | None = None,
    provenance: dict[str, str] | None = None,
) -> dict[str, Any]:
    """Entities as JSON values.

    Args:
        predictions: At least one, all of one checkpoint and read in one way.
        report: Why an entity of the first has its type, if one is explained.
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
        "token_limit": first.token_limit,
        "predictions": [_prediction(one) for one in predictions],
    }
    if report is not None and report.entity is not None:
        whole["explained"] = {
            "prediction": 0,
            "entity": report.entity,
            "explanations": [explanation_document(one) for one in report.explanations],
        }
    return whole | {"provenance": provenance or (report.provenance if report else {})}


def read_entities(document: Mapping[str, Any]) -> EntityReport:
    """The report that a document holds.

    Args:
        document: From ``entities_document`` with one prediction, or the JSON of a file.

    Returns:
        The same again.

    Raises:
        InputError: It is no such document, holds several texts, or contradicts itself.
    """
    with damage("report of entities", "entities"):
        count = len(document["predictions"])
        if count != 1:
            raise InputError(f"the report is of {count} texts", "write one text to a file")
        info = CheckpointInfo.model_validate(document["checkpoint"])
        prediction = _read_prediction(document, document["predictions"][0], info)
        explained = document.get("explained")
        found = [] if explained is None else explained["explanations"]
        return EntityReport(
            prediction=prediction,
            entity=None if explained is None else explained["entity"],
            explanations=tuple(read_explanation(one, prediction.text, info) for one in found),
            provenance=document["provenance"],
        )


def single_documents(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A document of several texts as documents of one text each.

    Args:
        document: From ``entities_document``, or the JSON of a file.

    Returns:
        One a text, in order; what is explained goes with the first.

    Raises:
        InputError: It holds no texts.
    """
    predictions = document.get("predictions")
    if not isinstance(predictions, list) or not predictions:
        raise InputError("the report of entities is damaged ('predictions' is missing)", "write it again with entities")
    rest = {name: value for name, value in document.items() if name != "explained"}
    return [(dict(document) if place == 0 else rest) | {"predictions": [one]} for place, one in enumerate(predictions)]


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


def _read_prediction(document: Mapping[str, Any], said: Mapping[str, Any], info: CheckpointInfo) -> EntityPrediction:
    return EntityPrediction.model_validate(
        {name: document[name] for name in _ALL}
        | {name: said[name] for name in _ALIKE}
        | {
            "checkpoint": info,
            "tokens": [_read_token(token) for token in said["tokens"]],
            "probabilities": [[token["probabilities"][label] for label in info.labels] for token in said["tokens"]],
        }
    )


def _read_token(token: Mapping[str, Any]) -> dict[str, Any]:
    placed = token["start"] is not None
    return {name: token[name] for name in ("id", "text", "special", "unknown")} | {
        "span": {"start": token["start"], "end": token["end"]} if placed else None
    }
