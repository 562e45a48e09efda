"""Predictions as JSON: what readers want of one, and all that makes it again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.schema import CheckpointInfo, Prediction, Window

# What ``prediction_document`` leaves out, as it can be had again from the text and the checkpoint.
REST = ("tokens", "inputs", "activation", "token_limit")
_READ = ("label", "selected", "expected_rating", "unread_from")


def prediction_document(prediction: Prediction) -> dict[str, Any]:
    """A prediction as JSON values, as short as readers want it.

    Args:
        prediction: What to write.

    Returns:
        The part ``prediction`` of the schema, without the tokens.
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


def whole_prediction_document(prediction: Prediction) -> dict[str, Any]:
    """A prediction as JSON values that lose nothing.

    Args:
        prediction: What to write.

    Returns:
        ``prediction_document`` with the keys ``REST``, in its windows too.
    """
    short = prediction_document(prediction)
    windows = [
        own | {"unread_from": window.prediction.unread_from} | _rest(window.prediction)
        for own, window in zip(short["windows"], prediction.windows, strict=True)
    ]
    return short | {"windows": windows} | _rest(prediction)


def read_prediction(said: Mapping[str, Any], text: str, info: CheckpointInfo) -> Prediction:
    """The prediction that a document holds.

    Args:
        said: From ``whole_prediction_document``.
        text: What was predicted.
        info: What predicted.

    Returns:
        The same again.

    Raises:
        KeyError: Something is missing; like ``TypeError``, ``AttributeError`` and ``ValueError``, which stand for
            values of another kind, or that contradict each other.
    """
    return Prediction.model_validate(
        {name: said[name] for name in (*_READ, *REST)}
        | {
            "text": text,
            "checkpoint": info,
            "logits": tuple(said["logits"][label] for label in info.labels),
            "probabilities": tuple(said["probabilities"][label] for label in info.labels),
            "windows": tuple(_read_window(window, text, info) for window in said["windows"]),
        }
    )


def _rest(prediction: Prediction) -> dict[str, Any]:
    return prediction.model_dump(mode="json", include=set(REST))


def _window(window: Window) -> dict[str, Any]:
    own = prediction_document(window.prediction)
    del own["windows"], own["unread_from"]
    return {"start": window.start, "end": window.end, "weight": window.weight} | own


def _read_window(said: Mapping[str, Any], text: str, info: CheckpointInfo) -> dict[str, Any]:
    inner = read_prediction({**said, "windows": ()}, text[said["start"] : said["end"]], info)
    return {"start": said["start"], "end": said["end"], "weight": said["weight"], "prediction": inner}
