"""Comparisons as JSON, schema ``workbench.comparison/1``: nothing is lost, and it can be read back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.errors import InputError
from workbench.reports.explanation_json import damage, explanation_document, read_explanation
from workbench.reports.prediction_json import read_prediction, whole_prediction_document
from workbench.schema import CheckpointInfo, Compared, Comparison, Difference, Pair

COMPARISON_SCHEMA = "workbench.comparison/1"


def comparison_document(comparison: Comparison) -> dict[str, Any]:
    """A comparison as JSON values.

    Args:
        comparison: What to write.

    Returns:
        A dictionary of schema ``workbench.comparison/1``; ``docs/compare.md`` describes the keys.
    """
    return {
        "schema": COMPARISON_SCHEMA,
        "text": comparison.text,
        "comparable": comparison.comparable,
        "note": comparison.note,
        "checkpoints": [_compared(one) for one in comparison.checkpoints],
        "pairs": [_pair(pair) for pair in comparison.pairs],
        "provenance": comparison.provenance,
    }


def read_comparison(document: Mapping[str, Any]) -> Comparison:
    """The comparison that a document holds.

    Args:
        document: From ``comparison_document``, or the JSON of a file.

    Returns:
        The same again.

    Raises:
        InputError: It is no such document, or contradicts itself.
    """
    if document.get("schema") != COMPARISON_SCHEMA:
        raise InputError(f"this is no document of schema {COMPARISON_SCHEMA}", "give one that compare has written")
    with damage("comparison", "compare"):
        text = document["text"]
        sides = tuple(_read_compared(text, one) for one in document["checkpoints"])
        infos = {one.checkpoint.name: one.checkpoint for one in sides}
        return Comparison(
            text=text,
            comparable=document["comparable"],
            note=document["note"],
            checkpoints=sides,
            pairs=tuple(_read_pair(text, infos, one) for one in document["pairs"]),
            provenance=document["provenance"],
        )


def _compared(one: Compared) -> dict[str, Any]:
    return {
        "checkpoint": one.checkpoint.model_dump(mode="json"),
        "prediction": whole_prediction_document(one.prediction) | {"scaled": one.scaled},
        "scale": one.scale,
        "unread": [span.model_dump() for span in one.unread],
        "explanation": explanation_document(one.explanation),
    }


def _read_compared(text: str, one: Mapping[str, Any]) -> Compared:
    info = CheckpointInfo.model_validate(one["checkpoint"])
    return Compared(
        prediction=read_prediction(one["prediction"], text, info),
        explanation=read_explanation(one["explanation"], text, info),
        scale=one["scale"],
        unread=one["unread"],
    )


def _pair(pair: Pair) -> dict[str, Any]:
    whole = pair.model_dump(mode="json", exclude={"difference"})
    return whole | {"difference": pair.difference and _difference(pair.difference)}


def _difference(difference: Difference) -> dict[str, Any]:
    targets = [target.model_dump(mode="json", exclude_none=True) for target in difference.targets]
    whole = difference.model_dump(mode="json", exclude={"text", "checkpoints", "targets"})
    return {"method": whole.pop("method"), "targets": targets} | whole


def _read_pair(text: str, infos: Mapping[str, CheckpointInfo], pair: Mapping[str, Any]) -> Pair:
    found = pair["difference"]
    names = {"text": text, "checkpoints": [infos[name] for name in pair["checkpoints"]]}
    return Pair.model_validate({**pair, "difference": found and Difference.model_validate({**found, **names})})
