"""The result types. All frozen, validated when made, and the same again after a round trip through JSON."""

from __future__ import annotations

import base64
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FiniteFloat,
    PlainSerializer,
    SkipValidation,
    model_validator,
)

ADDITIVITY_TOLERANCE = 1e-4

# Filled by the module that draws results, so that the types stay free of markup.
NOTEBOOK_VIEWS: dict[type, Callable[[Any], str]] = {}


def _half(value: Any) -> npt.NDArray[np.float16]:
    if isinstance(value, dict):
        raw = base64.b64decode(value["float16"])
        value = np.frombuffer(raw, dtype="<f2").reshape(value["shape"])
    array: npt.NDArray[np.float16] = np.array(value, dtype=np.float16)
    array.setflags(write=False)
    return array


def _half_to_json(array: npt.NDArray[np.float16]) -> dict[str, Any]:
    return {"shape": list(array.shape), "float16": base64.b64encode(array.astype("<f2").tobytes()).decode("ascii")}


HalfArray = Annotated[
    SkipValidation[npt.NDArray[np.float16]],
    BeforeValidator(_half),
    PlainSerializer(_half_to_json, when_used="json"),
]


class Frozen(BaseModel):
    """Base of all result types: immutable, closed, validated."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def _repr_html_(self) -> str | None:
        """What a notebook shows, where a view of this type is registered."""
        draw = NOTEBOOK_VIEWS.get(type(self))
        return draw(self) if draw else None


class Unit(StrEnum):
    """What one score belongs to."""

    TOKEN = "token"
    WORD = "word"
    SENTENCE = "sentence"


class Span(Frozen):
    """A half-open range of character offsets into the text as the user gave it."""

    start: Annotated[int, Field(ge=0)]
    end: int

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.end < self.start:
            raise ValueError(f"a span ends before it starts: {self.start}..{self.end}")
        return self

    def of(self, text: str) -> str:
        """The piece of ``text`` under this span."""
        return text[self.start : self.end]


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
    """

    name: str
    fingerprint: str
    architecture: str
    labels: tuple[str, ...]


class Activation(StrEnum):
    """How logits become probabilities."""

    SOFTMAX = "softmax"
    SIGMOID = "sigmoid"


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
        selected: Labels that the head asserts: the predicted one, or with sigmoid all of at least 0.5.
        expected_rating: Sum of rating times probability where the labels are ordinal, else none.
        unread_from: Character offset where reading stopped, or none when all was read.
        token_limit: The most tokens the model reads.
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
        return self

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels in the order of the logits."""
        return self.checkpoint.labels

    @property
    def read_text(self) -> str:
        """The part of the text that the model saw."""
        return self.text if self.unread_from is None else self.text[: self.unread_from]

    @property
    def confidence(self) -> float:
        """Probability of the predicted label."""
        return self.probabilities[self.labels.index(self.label)]

    @property
    def runner_up(self) -> tuple[str, float] | None:
        """The second most probable label and the margin to it, or none with a single label."""
        if len(self.labels) < 2:
            return None
        order = sorted(range(len(self.labels)), key=lambda i: -self.probabilities[i])
        return self.labels[order[1]], self.probabilities[order[0]] - self.probabilities[order[1]]


class Target(Frozen):
    """What is explained.

    ``probability`` and ``logit`` need ``label``; ``contrast`` (the logit of ``label`` minus that of ``against``: the
    log odds of the one rather than the other) needs both; ``expected`` needs neither.
    """

    kind: Literal["probability", "logit", "expected", "contrast"]
    label: str | None = None
    against: str | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needs_label = self.kind != "expected"
        needs_against = self.kind == "contrast"
        if (self.label is not None) is not needs_label or (self.against is not None) is not needs_against:
            raise ValueError(f"a target of kind {self.kind!r} has the wrong labels: {self.label!r}, {self.against!r}")
        if needs_against and self.label == self.against:
            raise ValueError("a contrast needs two different labels")
        return self

    def __str__(self) -> str:
        """The form in which the command line takes it."""
        forms = {
            "probability": f"{self.label}",
            "logit": f"logit:{self.label}",
            "expected": "expected",
            "contrast": f"{self.label} - {self.against}",
        }
        return forms[self.kind]

    def phrase(self) -> str:
        """In words, for a reader."""
        forms = {
            "probability": f"probability of {self.label}",
            "logit": f"logit of {self.label}",
            "expected": "expected rating",
            "contrast": f"{self.label} rather than {self.against}",
        }
        return forms[self.kind]


class Score(Frozen):
    """The score of one unit: a piece of the text, how much it moved the target, and how sure that is.

    Attributes:
        text: The piece.
        start: First character.
        end: One past the last character.
        score: Attribution, in units of the target (attention: share, unsigned).
        spread: Half-width of an interval over repetitions, where the method was repeated.
    """

    text: str
    start: Annotated[int, Field(ge=0)]
    end: int
    score: FiniteFloat
    spread: FiniteFloat | None = None

    @property
    def span(self) -> Span:
        """Its span."""
        return Span(start=self.start, end=self.end)


class Evaluations(Frozen):
    """How many model evaluations a method asked for, and how many were really made."""

    asked: Annotated[int, Field(ge=0)]
    made: Annotated[int, Field(ge=0)]

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.made > self.asked:
            raise ValueError("more evaluations made than asked for")
        return self


class Explanation(Frozen):
    """What one method says about one prediction: a score for each unit of the text that the model read.

    Attributes:
        method: Registered name of the method.
        target: What is explained.
        unit: What one score belongs to.
        text: The text as the user gave it.
        checkpoint: What was explained.
        units: Units in the order of the text, not overlapping.
        base_value: The target on the baseline (SHAP: all masked; LIME: the intercept); none where there is none.
        full_value: The target on the text.
        additive: The method promises that the scores add up to ``full_value - base_value``.
        signed: The sign of a score means a direction; attention has none.
        seed: Of whatever is random.
        options: The method's options, whole.
        evaluations: Asked for and made.
        seconds: Wall time.
        details: What else the method measured (LIME: ``r2``), and notes for the reader.
        unresolved: Phrases whose units the method never told apart: each was given an even share of its phrase.
        provenance: Versions of what computed it.
    """

    method: str
    target: Target
    unit: Unit
    text: str
    checkpoint: CheckpointInfo
    units: tuple[Score, ...]
    base_value: FiniteFloat | None
    full_value: FiniteFloat
    additive: bool
    signed: bool
    seed: int
    options: dict[str, Any]
    evaluations: Evaluations
    seconds: Annotated[float, Field(ge=0)]
    details: dict[str, float | str] = {}
    unresolved: tuple[Span, ...] = ()
    provenance: dict[str, str] = {}

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        end = 0
        for unit in self.units:
            if unit.start < end or unit.end > len(self.text) or self.text[unit.start : unit.end] != unit.text:
                raise ValueError(f"unit {unit.text!r} does not stand at {unit.start}..{unit.end}")
            end = unit.end
        if any(sum(_within(unit, phrase) for unit in self.units) < 2 for phrase in self.unresolved):
            raise ValueError("an unresolved phrase has fewer than two units")
        if not self.signed and any(unit.score < 0 for unit in self.units):
            raise ValueError("an unsigned method gave a negative score")
        if self.additive and abs(self.gap()) > ADDITIVITY_TOLERANCE * max(1.0, abs(self.full_value)):
            raise ValueError(f"scores of an additive method miss full minus base by {self.gap():.2g}")
        return self

    def gap(self) -> float:
        """By how much the scores miss ``full_value - base_value``; zero for an additive method."""
        if self.base_value is None:
            return 0.0
        return sum(unit.score for unit in self.units) - (self.full_value - self.base_value)


def _within(unit: Score, phrase: Span) -> bool:
    """Whether a unit lies whole in a phrase; a unit without width lies in none."""
    return phrase.start <= unit.start < unit.end <= phrase.end


class AttentionMaps(Frozen):
    """Attention of one text: which token looked where, in each layer and head.

    Attributes:
        text: The text as the user gave it.
        checkpoint: Whose attention it is.
        tokens: The tokens, in the order of both last axes.
        weights: Array of shape (layers, heads, tokens, tokens), float16; each row adds up to one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    text: str
    checkpoint: CheckpointInfo
    tokens: tuple[Token, ...]
    weights: HalfArray

    @model_validator(mode="after")
    def _shaped(self) -> Self:
        count = len(self.tokens)
        if self.weights.ndim != 4 or self.weights.shape[2:] != (count, count):
            raise ValueError(f"attention of shape {self.weights.shape} does not fit {count} tokens")
        return self

    @property
    def layers(self) -> int:
        """Number of layers."""
        return int(self.weights.shape[0])

    @property
    def heads(self) -> int:
        """Number of heads in a layer."""
        return int(self.weights.shape[1])


class Answer(Frozen):
    """What the model says of a text other than the user's own.

    Attributes:
        label: The predicted label.
        probabilities: Label to probability.
        expected_rating: Where the labels are ordinal.
    """

    label: str
    probabilities: dict[str, FiniteFloat]
    expected_rating: FiniteFloat | None


class Figure(Frozen):
    """A figure, or why there is none: an undefined figure is not zero.

    Attributes:
        value: The number, or none.
        reason: Why it is undefined: a clause, only where ``value`` is none.
    """

    value: FiniteFloat | None
    reason: str | None = None

    @model_validator(mode="after")
    def _either(self) -> Self:
        if (self.value is None) is not (self.reason is not None):
            raise ValueError("a figure has either a value or a reason")
        return self


class Agreement(Frozen):
    """How far two methods agree on the same units.

    Attributes:
        methods: Both names.
        signed: Compared with signs; by magnitude where a method has no direction.
        figures: Name of a metric of the family ``agreement`` to its figure.
        conflicts: Units that both score clearly and with opposite signs.
    """

    methods: tuple[str, str]
    signed: bool
    figures: dict[str, Figure]
    conflicts: tuple[Span, ...]


class Band(Frozen):
    """A curve over several draws.

    Attributes:
        mean: One number a step.
        low: 10% quantile.
        high: 90% quantile.
    """

    mean: tuple[FiniteFloat, ...]
    low: tuple[FiniteFloat, ...]
    high: tuple[FiniteFloat, ...]


class RandomOrders(Frozen):
    """Removal in random orders: the zero of the faithfulness scale.

    Attributes:
        draws: How many orders.
        deletion: Target after removing the first k units.
        insertion: Target with only the first k units.
        comprehensiveness: Mean over the draws.
        sufficiency: Mean over the draws.
        faithfulness_high: The faithfulness that one random order in ten exceeds.
    """

    draws: int
    deletion: Band
    insertion: Band
    comprehensiveness: FiniteFloat
    sufficiency: FiniteFloat
    faithfulness_high: Figure


class BestOrders(Frozen):
    """The best orders of removal: the one of the faithfulness scale. Deletion and insertion have one each.

    Attributes:
        proven: No order is better; else the best that was found.
        deletion: Target after removing the first k units of the best order for deletion.
        insertion: Target with only the first k units of the best order for insertion.
        comprehensiveness: The highest.
        sufficiency: The lowest.
    """

    proven: bool
    deletion: tuple[FiniteFloat, ...]
    insertion: tuple[FiniteFloat, ...]
    comprehensiveness: FiniteFloat
    sufficiency: FiniteFloat


class Reference(Frozen):
    """What the faithfulness of all methods is measured against.

    Attributes:
        units: What is removed.
        removal: ``mask`` or ``delete``.
        steps: How many units are removed or inserted at each point of a curve, from 0 to all.
        full_value: The target on the text.
        empty_value: The target with every unit removed.
        random: Orders drawn at random.
        best: The best orders.
    """

    units: tuple[Span, ...]
    removal: str
    steps: tuple[int, ...]
    full_value: FiniteFloat
    empty_value: FiniteFloat
    random: RandomOrders
    best: BestOrders


class Faithfulness(Frozen):
    """Whether the units that a method ranks first are those that the prediction hangs on.

    Attributes:
        method: Its name.
        order: Indices into the reference's units, the most important first.
        deletion: Target after removing the first k units, at the reference's steps.
        insertion: Target with only the first k units.
        figures: Name of a metric of the family ``faithfulness`` to its figure.
        better_than_random: Faithfulness above that of nine random orders in ten; none where undefined.
    """

    method: str
    order: tuple[int, ...]
    deletion: tuple[FiniteFloat, ...]
    insertion: tuple[FiniteFloat, ...]
    figures: dict[str, Figure]
    better_than_random: bool | None


class Stability(Frozen):
    """What repeating a method over seeds changed.

    Attributes:
        method: Its name.
        seeds: The first is that of the explanation shown.
        units: Those of the explanation, with the score shown and in ``spread`` the largest distance to a repetition.
        flipped: Units whose score has both signs over the repetitions.
        figures: Name of a metric of the family ``stability`` to its figure.
    """

    method: str
    seeds: tuple[int, ...]
    units: tuple[Score, ...]
    flipped: tuple[Span, ...]
    figures: dict[str, Figure]


class Baseline(Frozen):
    """What the model says of a text that says nothing.

    Attributes:
        name: ``masked``, ``empty`` or ``padded``.
        text: The text evaluated.
        answer: The model's.
        target_value: The target on it.
        figures: Name of a metric of the family ``baseline`` to its figure.
        neutral: The model holds nothing for sure.
        warning: Where it is not neutral: what that means for reading SHAP.
    """

    name: str
    text: str
    answer: Answer
    target_value: FiniteFloat
    figures: dict[str, Figure]
    neutral: bool
    warning: str | None


class SanityCheck(Frozen):
    """A method on the model with shuffled weights.

    Attributes:
        depth: What was shuffled: ``head``, ``last-layer`` (and the head) or ``all``.
        figures: Name of a metric of the family ``sanity`` to its figure.
    """

    depth: str
    figures: dict[str, Figure]


class Sanity(Frozen):
    """Whether a method depends on what the model has learned.

    Attributes:
        method: Its name.
        checks: One a depth.
        unchanged_by: Depths at which the scores stayed the same, or with ``all`` their ranking.
        insensitive: There is such a depth; none where that cannot be told.
    """

    method: str
    checks: tuple[SanityCheck, ...]
    unchanged_by: tuple[str, ...]
    insensitive: bool | None


class Verdict(Frozen):
    """Which method to go by for this review.

    Attributes:
        method: Its name, or none.
        sentence: Which and why, for a reader.
        cautions: What else to know, one sentence each.
    """

    method: str | None
    sentence: str
    cautions: tuple[str, ...] = ()


class Trust(Frozen):
    """Figures about the methods themselves, on one review.

    Attributes:
        agreement: One a pair of methods.
        reference: What faithfulness is measured against.
        faithfulness: One a method.
        stability: One a method that draws samples.
        baselines: Masked, empty and padded text.
        sanity: One a method.
        verdict: Which method to go by.
        evaluations: Asked for and made by all of this.
    """

    agreement: tuple[Agreement, ...] = ()
    reference: Reference | None = None
    faithfulness: tuple[Faithfulness, ...] = ()
    stability: tuple[Stability, ...] = ()
    baselines: tuple[Baseline, ...] = ()
    sanity: tuple[Sanity, ...] = ()
    verdict: Verdict
    evaluations: Evaluations


class Flip(Frozen):
    """A set of units whose removal changes the predicted label.

    Attributes:
        removed: The units.
        answer: The model's on the text without them.
        proven: No smaller set does it; else the smallest found.
    """

    removed: tuple[Span, ...]
    answer: Answer
    proven: bool


class Replacement(Frozen):
    """A word whose replacement by another changes the predicted label.

    Attributes:
        span: The word replaced.
        word: What stands in its place.
        text: The whole text with it.
        answer: The model's on that text.
    """

    span: Span
    word: str
    text: str
    answer: Answer
