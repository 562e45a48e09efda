"""What a checkpoint predicts, and what of it can be explained."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import (
    Field,
    FiniteFloat,
    SerializerFunctionWrapHandler,
    field_serializer,
    field_validator,
    model_serializer,
    model_validator,
)

from workbench.schema.base import Frozen, Span


class Token(Frozen):
    """One input position of the model.

    Attributes:
        id: Vocabulary id.
        text: The token's string in the vocabulary (``##ing``, ``▁the``, ``[CLS]``).
        span: Where it stands in the user's text; none for special tokens.
        special: Added by the tokenizer, not part of the text.
        unknown: The vocabulary has no entry for this piece of text.
    """

    id: int
    text: str
    span: Span | None
    special: bool = False
    unknown: bool = False


class CheckpointInfo(Frozen):
    """What identifies a checkpoint in a result.

    Attributes:
        name: As the user named it.
        fingerprint: ``sha256:...`` over weights, configuration and tokenizer.
        architecture: Class name of the model.
        labels: In the order of the logits.
        revision: The commit on the hub; none for anything that is not from there.
    """

    name: str
    fingerprint: str
    architecture: str
    labels: tuple[str, ...]
    revision: str | None = None

    @model_serializer(mode="wrap")
    def _without_what_is_not_there(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """The key of the commit only where there is one, so that the others read as they always did."""
        written: dict[str, Any] = whole(self)
        return {key: value for key, value in written.items() if key != "revision" or value is not None}


class Activation(StrEnum):
    """How logits become probabilities: together, so that one label holds, or one by one, so that any number may."""

    SOFTMAX = "softmax"
    SIGMOID = "sigmoid"


# From this probability on, a label holds that is judged by itself.
HOLDS_FROM = 0.5
NO_LABEL = "no label"


def holding(chances: Mapping[str, float], activation: Activation) -> tuple[str, ...]:
    """The labels that hold.

    Args:
        chances: Label to probability.
        activation: How these came about.

    Returns:
        The most probable label; with sigmoid all of at least 0.5, which may be none.
    """
    if activation is Activation.SOFTMAX:
        return (max(chances, key=lambda label: chances[label]),)
    return tuple(label for label, chance in chances.items() if chance >= HOLDS_FROM)


class Prediction(Frozen):
    """What the three stages of the pipeline gave for one text.

    Attributes:
        text: The text as the user gave it.
        checkpoint: What predicted.
        tokens: Stage one, special tokens included, padding excluded.
        inputs: The model's input rows (``input_ids``, ``attention_mask``, ...), each as long as ``tokens``.
        logits: Stage two, one number a label.
        activation: Softmax for single-label heads, sigmoid for multi-label heads.
        probabilities: Stage three, one number a label.
        label: The predicted label (the most probable one).
        selected: Labels that hold: the predicted one, or with sigmoid all of at least 0.5, which may be none.
        expected_rating: Sum of rating times probability where the labels are ordinal, else none.
        unread_from: Character offset where reading stopped, or none when all was read.
        token_limit: The most tokens the model reads at once.
        windows: Where the text was longer than that and read whole, in overlapping windows: those. Logits and
            probabilities are then the windows' means, and ``inputs`` is empty, as no single pass gave them.
    """

    text: str
    checkpoint: CheckpointInfo
    tokens: tuple[Token, ...]
    inputs: dict[str, tuple[int, ...]]
    logits: tuple[FiniteFloat, ...]
    activation: Activation
    probabilities: tuple[Annotated[float, Field(ge=0, le=1)], ...]
    label: str
    selected: tuple[str, ...]
    expected_rating: FiniteFloat | None
    unread_from: int | None
    token_limit: int
    windows: tuple[Window, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        labels = self.labels
        if not len(labels) == len(self.logits) == len(self.probabilities):
            raise ValueError("labels, logits and probabilities differ in length")
        if self.label not in labels or not set(self.selected) <= set(labels):
            raise ValueError(f"label {self.label!r} is not one of {labels}")
        if any(len(row) != len(self.tokens) for row in self.inputs.values()):
            raise ValueError("an input row differs in length from the tokens")
        if any(token.span and token.span.end > len(self.text) for token in self.tokens):
            raise ValueError("a token lies outside the text")
        if self.activation is Activation.SOFTMAX and abs(sum(self.probabilities) - 1) > 1e-3:
            raise ValueError("probabilities do not add up to one")
        if any(window.prediction.text != self.text[window.start : window.end] for window in self.windows):
            raise ValueError("a window holds another text")
        if self.windows and abs(sum(window.weight for window in self.windows) - 1) > 1e-6:
            raise ValueError("the weights of the windows do not add up to one")
        return self

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels in the order of the logits."""
        return self.checkpoint.labels

    @property
    def passes(self) -> tuple[Prediction, ...]:
        """What single passes of the model gave: those on the windows, or this one."""
        return tuple(window.prediction for window in self.windows) or (self,)

    @property
    def read_text(self) -> str:
        """The part of the text that the model saw."""
        return self.text if self.unread_from is None else self.text[: self.unread_from]

    @property
    def independent(self) -> bool:
        """Whether each label is judged by itself, so that none, one or several hold."""
        return self.activation is Activation.SIGMOID

    @property
    def verdict(self) -> str:
        """The labels that hold, in words."""
        return (", ".join(self.selected) or NO_LABEL) if self.independent else self.label

    @property
    def confidence(self) -> float:
        """Probability of the predicted label."""
        return self.chance(self.label)

    def chance(self, label: str) -> float:
        """Probability of a label.

        Args:
            label: One of ``labels``.

        Returns:
            From 0 to 1.
        """
        return self.probabilities[self.labels.index(label)]

    @property
    def runner_up(self) -> tuple[str, float] | None:
        """The second most probable label and the margin to it, or none where labels do not exclude each other."""
        if self.independent or len(self.labels) < 2:
            return None
        order = sorted(range(len(self.labels)), key=lambda i: -self.probabilities[i])
        return self.labels[order[1]], self.probabilities[order[0]] - self.probabilities[order[1]]


class Window(Frozen):
    """A stretch of a long text that the model read by itself.

    Attributes:
        start: First character.
        end: One past the last character.
        weight: Its share in the prediction on the whole text: that of its tokens.
        prediction: On this stretch alone; its offsets start at zero.
    """

    start: Annotated[int, Field(ge=0)]
    end: int
    weight: Annotated[float, Field(gt=0, le=1)]
    prediction: Prediction


Prediction.model_rebuild()


class Target(Frozen):
    """What is explained.

    ``probability`` and ``logit`` need ``label``; ``contrast`` (the logit of ``label`` minus that of ``against``: the
    log odds of the one rather than the other) needs both; ``expected`` needs neither. ``scale`` needs ``places``: where
    each label stands between 0 (worst) and 1 (best); its value is the sum of place times probability. ``entity`` needs
    ``label``, a type, and ``span``: its value is the probability that the words of the span have this type, the mean
    over the words of the summed probability, at the first token of the word, of the labels of this type.
    """

    kind: Literal["probability", "logit", "expected", "contrast", "scale", "entity"]
    label: str | None = None
    against: str | None = None
    places: tuple[tuple[str, Annotated[float, Field(ge=0, le=1)]], ...] | None = None
    span: Span | None = None

    @field_validator("places", mode="before")
    @classmethod
    def _pairs(cls, places: Any) -> Any:
        return tuple(places.items()) if isinstance(places, Mapping) else places

    @field_serializer("places")
    def _mapping(self, places: tuple[tuple[str, float], ...] | None) -> dict[str, float] | None:
        return None if places is None else dict(places)

    @model_serializer(mode="wrap")
    def _without_a_span_that_is_not_there(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """The key of the span only where there is one, so that the others read as they always did."""
        written: dict[str, Any] = whole(self)
        return {key: value for key, value in written.items() if key != "span" or value is not None}

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needs_label = self.kind not in {"expected", "scale"}
        needs_against = self.kind == "contrast"
        if (self.label is not None) is not needs_label or (self.against is not None) is not needs_against:
            raise ValueError(f"a target of kind {self.kind!r} has the wrong labels: {self.label!r}, {self.against!r}")
        if needs_against and self.label == self.against:
            raise ValueError("a contrast needs two different labels")
        if (self.places is not None) is not (self.kind == "scale"):
            raise ValueError("places belong to a target of kind 'scale'")
        if (self.span is not None) is not (self.kind == "entity"):
            raise ValueError("a span belongs to a target of kind 'entity'")
        names = [label for label, _ in self.places or ()]
        if self.places is not None and (len(set(names)) < len(names) or len({place for _, place in self.places}) < 2):
            raise ValueError("a scale needs each label once and two different places")
        return self

    def __str__(self) -> str:
        """The form in which the command line takes it."""
        forms = {
            "probability": f"{self.label}",
            "logit": f"logit:{self.label}",
            "expected": "expected",
            "contrast": f"{self.label} - {self.against}",
            "scale": "scale:" + ",".join(f"{label}={place!r}" for label, place in self.places or ()),
            "entity": f"entity:{self.label}@{_range(self.span)}",
        }
        return forms[self.kind]

    def phrase(self) -> str:
        """In words, for a reader."""
        forms = {
            "probability": f"probability of {self.label}",
            "logit": f"logit of {self.label}",
            "expected": "expected rating",
            "contrast": f"{self.label} rather than {self.against}",
            "scale": "place on the common scale",
            "entity": f"probability of {self.label} at characters {_range(self.span)}",
        }
        return forms[self.kind]


def _range(span: Span | None) -> str:
    return f"{span.start}-{span.end}" if span else ""


class Answer(Frozen):
    """What the model says of a text other than the user's own.

    Attributes:
        label: The predicted label (the most probable one).
        probabilities: Label to probability.
        expected_rating: Where the labels are ordinal.
        activation: How the probabilities came about.
    """

    label: str
    probabilities: dict[str, FiniteFloat]
    expected_rating: FiniteFloat | None
    activation: Activation = Activation.SOFTMAX

    @property
    def verdict(self) -> str:
        """The labels that hold, in words."""
        return ", ".join(holding(self.probabilities, self.activation)) or NO_LABEL
