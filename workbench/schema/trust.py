"""Figures about explanations themselves, and what another text would have been given."""

from __future__ import annotations

from typing import Self

from pydantic import FiniteFloat, model_validator

from workbench.schema.base import Frozen, Span
from workbench.schema.explanation import Evaluations, Score
from workbench.schema.prediction import Answer


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
