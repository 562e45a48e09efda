"""Explanations as JSON, schema ``workbench.explanation/1``."""

from __future__ import annotations

from typing import Any

from workbench.schema import Explanation, Prediction, Report, Window

EXPLANATION_SCHEMA = "workbench.explanation/1"


def document(report: Report) -> dict[str, Any]:
    """The report as JSON values.

    Args:
        report: What to write.

    Returns:
        A dictionary of schema ``workbench.explanation/1``.
    """
    prediction = report.prediction
    return {
        "schema": EXPLANATION_SCHEMA,
        "text": prediction.text,
        "checkpoint": prediction.checkpoint.model_dump(mode="json"),
        "prediction": prediction_document(prediction),
        "explanations": [explanation_document(explanation) for explanation in report.explanations],
        # Empty where the methods were not assessed; docs/trust.md describes the keys.
        "trust": report.trust.model_dump(mode="json") if report.trust else {},
        "provenance": report.provenance,
    }


def prediction_document(prediction: Prediction) -> dict[str, Any]:
    """A prediction as JSON values.

    Args:
        prediction: What to write.

    Returns:
        The part ``prediction`` of the schema.
    """
    return {
        "label": prediction.label,
        "selected": list(prediction.selected),
        "probabilities": dict(zip(prediction.labels, prediction.probabilities, strict=True)),
        "logits": dict(zip(prediction.labels, prediction.logits, strict=True)),
        "expected_rating": prediction.expected_rating,
        "tokens_read": len(prediction.tokens),
        "unread_from": prediction.unread_from,
        # Empty unless a long text was read whole, window by window; the figures above are then their means.
        "windows": [_window(window) for window in prediction.windows],
    }


def _window(window: Window) -> dict[str, Any]:
    own = prediction_document(window.prediction)
    del own["windows"], own["unread_from"]
    return {"start": window.start, "end": window.end, "weight": window.weight} | own


def explanation_document(explanation: Explanation) -> dict[str, Any]:
    """An explanation as JSON values, without what stands elsewhere in the document.

    Args:
        explanation: What to write.

    Returns:
        One of the part ``explanations`` of the schema.
    """
    whole = explanation.model_dump(mode="json", exclude={"text", "checkpoint", "target", "provenance"})
    target = explanation.target.model_dump(mode="json", exclude_none=True)
    return {"method": whole.pop("method"), "target": target} | whole
