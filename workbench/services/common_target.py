"""What is explained of several checkpoints, so that their scores mean the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workbench.checkpoints import Checkpoint, ratings_of
from workbench.errors import InputError, TargetError
from workbench.explainers import METHODS, able_methods
from workbench.pipeline import known_places, parse_target, scale_target
from workbench.schema import Activation, Prediction, Target
from workbench.text import excerpt

Places = Mapping[str, float]


@dataclass(frozen=True)
class Question:
    """What is explained of each checkpoint.

    Attributes:
        targets: One a checkpoint.
        note: Why they do not mean the same, in one sentence, or none where they do.
    """

    targets: tuple[Target, ...]
    note: str | None = None


def scales_for(
    checkpoints: Sequence[Checkpoint], given: Mapping[str, Places] | None = None
) -> list[dict[str, float] | None]:
    """Where the labels of each checkpoint stand between 0 (worst) and 1 (best).

    Args:
        checkpoints: Which.
        given: Name of a checkpoint to label to place; the others are read from the names of their labels.

    Returns:
        Label to place, or none where that is not known.

    Raises:
        InputError: A scale is given for a checkpoint that is none of these.
        TargetError: A scale does not fit the labels.
    """
    unknown = sorted(set(given or {}) - {one.name for one in checkpoints})
    if unknown:
        raise InputError(
            f"there is a scale for {unknown[0]!r}, which takes no part",
            f"known: {', '.join(one.name for one in checkpoints)}",
        )
    return [_scale(one, (given or {}).get(one.name)) for one in checkpoints]


def common_targets(
    predictions: Sequence[Prediction], scales: Sequence[Places | None], wanted: str | None = None
) -> Question:
    """What to explain of each checkpoint.

    Args:
        predictions: One a checkpoint, of one text.
        scales: From ``scales_for``.
        wanted: ``predicted`` (each one's own label), ``scale``, ``expected``, or any other target that all of them
            have. By default the label that the first predicts where all have the same labels, else the place on the
            common scale, else each one's own label.

    Returns:
        The targets, and why they do not mean the same.

    Raises:
        TargetError: A checkpoint does not have the target.
    """
    if wanted is None and _one_label_set(predictions):
        return Question((Target(kind="probability", label=predictions[0].label),) * len(predictions))
    if wanted is None:
        missing = [one for one, scale in zip(predictions, scales, strict=True) if scale is None]
        return _own(predictions, _unplaced(missing[0])) if missing else _on_scale(predictions, scales)
    if wanted == "predicted":
        same = _one_label_set(predictions) and len({one.label for one in predictions}) == 1
        return _own(predictions, None if same else "the checkpoints do not predict the same label")
    if wanted == "scale":
        return _on_scale(predictions, scales)
    targets = tuple(_parsed(wanted, prediction) for prediction in predictions)
    if targets[0].kind == "expected":
        _check_ratings(predictions)
    return Question(targets)


def difference_obstacle(method: str, question: Question) -> str | None:
    """Why it cannot be explained why checkpoints differ.

    Args:
        method: Registered name.
        question: What is explained of each.

    Returns:
        One sentence, or none where it can.
    """
    if question.note or METHODS[method].asks_texts_only:
        return question.note
    return f"{METHODS[method].title} does not explain the difference of two checkpoints; {able_methods()} do."


def _scale(checkpoint: Checkpoint, given: Places | None) -> dict[str, float] | None:
    if given is None:
        return known_places(checkpoint.labels) if checkpoint.activation is Activation.SOFTMAX else None
    return dict(scale_target(checkpoint.labels, checkpoint.activation, given, checkpoint.name).places or ())


def _one_label_set(predictions: Sequence[Prediction]) -> bool:
    return len({frozenset(one.labels) for one in predictions}) == 1


def _own(predictions: Sequence[Prediction], reason: str | None) -> Question:
    """The predicted label of each."""
    note = f"Each explanation is about its checkpoint's own predicted label, and no difference is explained: {reason}."
    targets = tuple(Target(kind="probability", label=one.label) for one in predictions)
    return Question(targets, note if reason else None)


def _unplaced(prediction: Prediction) -> str:
    labels = excerpt(", ".join(prediction.labels), 80)
    return f"the checkpoints have different labels, and those of {prediction.checkpoint.name} ({labels}) have no scale"


def _on_scale(predictions: Sequence[Prediction], scales: Sequence[Places | None]) -> Question:
    pairs = zip(predictions, scales, strict=True)
    return Question(tuple(scale_target(one.labels, one.activation, scale, one.checkpoint.name) for one, scale in pairs))


def _parsed(wanted: str, prediction: Prediction) -> Target:
    try:
        return parse_target(wanted, prediction)
    except TargetError as error:
        raise TargetError(f"{prediction.checkpoint.name}: {error.what}", error.remedy) from None


def _check_ratings(predictions: Sequence[Prediction]) -> None:
    """Expected ratings are the same thing only where the ratings are the same."""
    first, *others = [sorted(ratings_of(one.labels) or ()) for one in predictions]
    if any(other != first for other in others):
        raise TargetError("the checkpoints do not give the same ratings", "take the target scale")
