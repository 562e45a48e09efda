"""What one method says about one prediction."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, FiniteFloat, model_validator

from workbench.schema.base import Frozen, Span, Unit
from workbench.schema.prediction import CheckpointInfo, Target

ADDITIVITY_TOLERANCE = 1e-4


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


class Attribution(Frozen):
    """Scores of the units of a text, and what they were computed from: what explanations of all kinds share.

    Attributes:
        method: Registered name of the method.
        unit: What one score belongs to.
        text: The text as the user gave it.
        units: Units in the order of the text, not overlapping.
        base_value: What is explained, on the baseline (SHAP: all masked; LIME: the intercept), where there is one.
        full_value: What is explained, on the text.
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
    unit: Unit
    text: str
    units: tuple[Score, ...]
    base_value: FiniteFloat | None
    full_value: FiniteFloat
    additive: bool
    signed: bool
    seed: int
    options: dict[str, Any]
    evaluations: Evaluations
    seconds: Annotated[float, Field(ge=0)]
    details: dict[str, float | str] = Field(default_factory=dict)
    unresolved: tuple[Span, ...] = ()
    provenance: dict[str, str] = Field(default_factory=dict)

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


class Explanation(Attribution):
    """What one method says about one prediction: a score for each unit of the text that the model read.

    Attributes:
        target: What is explained.
        checkpoint: What was explained.
    """

    target: Target
    checkpoint: CheckpointInfo


def _within(unit: Score, phrase: Span) -> bool:
    """Whether a unit lies whole in a phrase; a unit without width lies in none."""
    return phrase.start <= unit.start < unit.end <= phrase.end
