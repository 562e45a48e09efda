"""Stage three: logits to probabilities, a label and an expected rating; and the value of a target."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from workbench.checkpoints import Checkpoint
from workbench.errors import TargetError
from workbench.pipeline.preprocess import Encoded
from workbench.pipeline.scale import parse_places, scale_target
from workbench.schema import Activation, Prediction, Target, holding

if TYPE_CHECKING:
    import torch

Floats = npt.NDArray[np.float64]


def probabilities(logits: npt.ArrayLike, activation: Activation) -> Floats:
    """Softmax over the labels, or a sigmoid for each.

    Args:
        logits: Shape (..., labels).
        activation: Which.

    Returns:
        Same shape, float64.
    """
    from scipy import special

    values = np.asarray(logits, dtype=np.float64)
    result: Floats = special.softmax(values, axis=-1) if activation is Activation.SOFTMAX else special.expit(values)
    return result


def predict_one(checkpoint: Checkpoint, encoded: Encoded, logits: npt.NDArray[np.float32]) -> Prediction:
    """Put the three stages of one text together.

    Args:
        checkpoint: What predicted.
        encoded: Stage one.
        logits: Stage two, shape (labels,).

    Returns:
        The prediction.
    """
    return Prediction(
        text=encoded.text,
        checkpoint=checkpoint.info,
        tokens=encoded.tokens,
        inputs=encoded.inputs,
        logits=tuple(map(float, logits)),
        activation=checkpoint.activation,
        unread_from=encoded.unread_from,
        token_limit=checkpoint.token_limit,
        **concluded(checkpoint, probabilities(logits, checkpoint.activation)),
    )


def concluded(checkpoint: Checkpoint, chances: Floats) -> dict[str, Any]:
    """What follows from probabilities.

    Args:
        checkpoint: Whose labels.
        chances: Shape (labels,).

    Returns:
        The fields ``probabilities``, ``label``, ``selected`` and ``expected_rating`` of a prediction.
    """
    top = int(np.argmax(chances))
    ratings = checkpoint.ratings
    return {
        "probabilities": tuple(map(float, chances)),
        "label": checkpoint.labels[top],
        "selected": holding(dict(zip(checkpoint.labels, chances, strict=True)), checkpoint.activation),
        "expected_rating": float(chances @ np.array(ratings)) if ratings else None,
    }


def outputs_behind(checkpoint: Checkpoint, target: Target, logits: npt.ArrayLike) -> tuple[Floats, Floats]:
    """The model outputs that a target is a linear combination of, and its weights.

    A method that is linear in the outputs (Shapley values are) explains all of them at once and any target after it.

    Args:
        checkpoint: The model.
        target: What is explained.
        logits: Shape (texts, labels).

    Returns:
        Outputs of shape (texts, labels), logits or probabilities, and weights of shape (labels,).

    Raises:
        TargetError: The target does not exist on this checkpoint.
    """
    weights = _target_weights(checkpoint, target)
    values = np.asarray(logits, dtype=np.float64)
    return (values if _of_logits(target) else probabilities(values, checkpoint.activation)), weights


def target_values(checkpoint: Checkpoint, target: Target, logits: npt.ArrayLike) -> Floats:
    """The value of a target for each text.

    Args:
        checkpoint: The model.
        target: What is explained.
        logits: Shape (texts, labels).

    Returns:
        Shape (texts,).

    Raises:
        TargetError: The target does not exist on this checkpoint.
    """
    outputs, weights = outputs_behind(checkpoint, target, logits)
    return outputs @ weights


def target_tensor(checkpoint: Checkpoint, target: Target, logits: torch.Tensor) -> torch.Tensor:
    """The value of a target for each text as ``target_values`` gives it, but with a gradient.

    Args:
        checkpoint: The model.
        target: What is explained.
        logits: Shape (texts, labels), of any floating type.

    Returns:
        Shape (texts,), float64.

    Raises:
        TargetError: The target does not exist on this checkpoint.
    """
    import torch

    weights = torch.from_numpy(_target_weights(checkpoint, target)).to(logits.device)
    values = logits.double()
    if not _of_logits(target):
        values = values.softmax(dim=-1) if checkpoint.activation is Activation.SOFTMAX else values.sigmoid()
    return values @ weights


def check_target(target: Target, labels: Sequence[str], ratings: Sequence[int] | None) -> None:
    """Check that a target exists.

    Args:
        target: What is to be explained.
        labels: The checkpoint's labels.
        ratings: Their ratings, where they are ordinal.

    Raises:
        TargetError: A label is unknown, or there is no rating.
    """
    if target.kind == "entity":
        raise TargetError("a classifier of whole texts has no entities", "name a label as the target")
    for label in (target.label, target.against):
        if label is not None and label not in labels:
            raise TargetError(f"there is no label {label!r}", f"known: {', '.join(labels)}")
    if target.kind == "expected" and not ratings:
        raise TargetError("the labels are no ratings, so there is no expected rating", "name a label as the target")
    if target.places is not None and {label for label, _ in target.places} != set(labels):
        raise TargetError("the scale is not one of these labels", f"give a place to each of {', '.join(labels)}")


def parse_target(text: str, prediction: Prediction) -> Target:
    """Read a target as the command line takes it.

    Args:
        text: ``predicted``, ``5 stars``, ``logit:5 stars``, ``expected``, ``5 stars - 1 star``, ``scale`` or
            ``scale:NEGATIVE=0,POSITIVE=1``.
        prediction: For the predicted label and the known ones.

    Returns:
        The target.

    Raises:
        TargetError: It is none of these.
    """
    labels = prediction.labels
    wanted = text.strip()
    if wanted in labels:
        return Target(kind="probability", label=wanted)
    if wanted == "predicted":
        return Target(kind="probability", label=prediction.label)
    if wanted == "scale" or wanted.startswith("scale:"):
        places = parse_places(wanted.removeprefix("scale:"), labels) if ":" in wanted else None
        return scale_target(labels, prediction.activation, places)
    if wanted == "expected":
        target = Target(kind="expected")
    elif wanted.startswith("logit:"):
        inner = wanted.removeprefix("logit:").strip()
        target = Target(kind="logit", label=prediction.label if inner == "predicted" else inner)
    else:
        target = _contrast(wanted, labels)
    check_target(target, labels, None if prediction.expected_rating is None else [1])
    return target


def _of_logits(target: Target) -> bool:
    """Whether a target is a combination of logits; all others are of probabilities."""
    return target.kind in {"logit", "contrast"}


def _target_weights(checkpoint: Checkpoint, target: Target) -> Floats:
    """The weight of each label in a target; shape (labels,)."""
    check_target(target, checkpoint.labels, checkpoint.ratings)
    weights = np.zeros(len(checkpoint.labels))
    if target.kind == "expected":
        weights[:] = checkpoint.ratings
    for label, place in target.places or ():
        weights[checkpoint.labels.index(label)] = place
    if target.label is not None:
        weights[checkpoint.labels.index(target.label)] = 1.0
    if target.against is not None:
        weights[checkpoint.labels.index(target.against)] = -1.0
    return weights


def _contrast(wanted: str, labels: Sequence[str]) -> Target:
    for label in labels:
        rest = wanted.removeprefix(label).lstrip()
        if wanted.startswith(label) and rest.startswith("-"):
            against = rest[1:].strip()
            if against == label:
                raise TargetError(f"the target {wanted!r} sets a label against itself", "name two different labels")
            return Target(kind="contrast", label=label, against=against)
    raise TargetError(
        f"there is no target {wanted!r}",
        f"give predicted, expected, scale, a label ({', '.join(labels)}), logit:LABEL or 'LABEL - LABEL'",
    )
