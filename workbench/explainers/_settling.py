"""Evaluating that ends before its budget, once the scores have settled.

Scores are compared with those at half as many evaluations. For independent samples the step from k/2 to k is as large
as what is left: with a variance of s/k at k samples, both the difference of the two estimates and the distance of the
second from its limit have the variance s/k. Estimates a few samples apart would differ less, however wrong both are.

SHAP's tree is no sample: as long as a phrase is whole its words share its credit evenly, so that all of them change
little until it is split, and then much. There, what a word still shares has to be within the tolerance too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar

import numpy as np
from pydantic import Field

from workbench.explainers.task import Floats

if TYPE_CHECKING:
    from lime.lime_base import LimeBase

T = TypeVar("T")

# Samples between two looks at the scores.
_STEP = 100
# Looks in a row that must find them settled: one alone may be luck, and the first lucky one would end the sampling.
_LOOKS = 2
# The least budget of the first of several runs.
_FIRST = 50

Tolerance = Annotated[
    float,
    Field(
        ge=0,
        le=0.5,
        title="Tolerance",
        description="Stops early, once the scores look settled to within this, in units of the target (0.01 is one "
        "point of probability); 0 always uses the whole budget.",
    ),
]


@dataclass(frozen=True)
class Settling:
    """How sampling ended.

    Attributes:
        used: Samples or evaluations that the scores come from.
        budget: How many there could have been.
        last_change: The largest change of a score since half of those used; where several looks decide, in these.
        settled: Nothing was above the tolerance.
    """

    used: int
    budget: int
    last_change: float
    settled: bool

    def details(self) -> dict[str, float | str]:
        """For the details of a result."""
        return {
            "budget_used": float(self.used),
            "budget": float(self.budget),
            "last_change": self.last_change,
            "settled": "yes" if self.settled else "no",
        }


@dataclass(frozen=True)
class Attempt(Generic[T]):
    """A run with one budget.

    Attributes:
        found: Its result.
        scores: As many in every run.
        used: Evaluations, those remembered included; fewer than the budget where no more can be made.
        shared: The most that a unit shares with others, undivided as yet.
    """

    found: T
    scores: Floats
    used: int
    shared: float


def run_doubling(run: Callable[[int], Attempt[T]], budget: int, tolerance: float) -> tuple[Attempt[T], Settling]:
    """Run with budgets that double up to the whole, until the scores have settled.

    Args:
        run: Budget to what comes of it.
        budget: The largest.
        tolerance: How much a score may change, and how much may be shared.

    Returns:
        The last attempt, and how it ended.
    """
    before: Floats | None = None
    for given in doubling(budget):
        attempt = run(given)
        change = _largest(attempt.scores - before) if before is not None else float("inf")
        # Where nothing is left to evaluate, a larger budget gives the same.
        change = 0.0 if attempt.used < given else change
        settled = max(change, attempt.shared) <= tolerance
        if settled:
            break
        before = attempt.scores
    return attempt, Settling(min(attempt.used, given), budget, change, settled)


def doubling(budget: int) -> list[int]:
    """Budgets, each about twice the one before.

    Args:
        budget: The last of them; at least two.

    Returns:
        At least two, so that there is something to compare.
    """
    found = [budget]
    while len(found) < 2 or found[0] >= 2 * _FIRST:
        found.insert(0, (found[0] + 1) // 2)
    return found


class Remembered:
    """Evaluations of several runs, each of which begins with what the one before asked for.

    Args:
        evaluate: Texts to outputs of shape (texts, outputs).

    Attributes:
        count: Texts that the present run asked for, again or for the first time.
    """

    def __init__(self, evaluate: Callable[[Sequence[str]], Floats]) -> None:
        self.count = 0
        self._evaluate = evaluate
        self._known: dict[str, Floats] = {}
        self._new: dict[str, Floats] = {}

    def begin(self) -> None:
        """Begin another run."""
        self._known |= self._new
        self._new = {}
        self.count = 0

    def __call__(self, texts: Sequence[str]) -> Floats:
        """Outputs on texts; those that an earlier run asked for are neither evaluated nor counted again.

        Args:
            texts: At least one.

        Returns:
            Shape (texts, outputs).
        """
        self.count += len(texts)
        missing = [text for text in texts if text not in self._known]
        if missing:
            self._new |= dict(zip(missing, self._evaluate(missing), strict=True))
        return np.stack([self._known[text] if text in self._known else self._new[text] for text in texts])


class GrowingFit:
    """Stands in for lime's classifier and its ``LimeBase``: evaluates samples as drawn and fits what is there so far.

    The library draws all samples before it asks for their values, and needs values for the fit alone; so they come
    with the fit, and each fit is the library's own on the first samples.

    Args:
        base: What fits.
        evaluate: Texts to the target, shape (texts, 1).
        tolerance: How much a weight may change.

    Attributes:
        outcome: How it ended, once it has.
    """

    def __init__(self, base: LimeBase, evaluate: Callable[[Sequence[str]], Floats], tolerance: float) -> None:
        self.outcome: Settling | None = None
        self._base = base
        self._evaluate = evaluate
        self._tolerance = tolerance
        self._texts: Sequence[str] = ()

    def collect(self, texts: Sequence[str]) -> Floats:
        """Keep the samples for the fit.

        Args:
            texts: All samples; the first is the text itself.

        Returns:
            Shape (texts, 1), no numbers yet: the fit fills in those it uses.
        """
        self._texts = texts
        return np.full((len(texts), 1), np.nan)

    def explain_instance_with_data(
        self, data: Floats, values: Floats, distances: Floats, label: int, num_features: int, **others: Any
    ) -> tuple[Any, ...]:
        """Fit as the library does, on as many samples as it takes.

        Args:
            data: Shape (samples, units), 1 where a unit is there.
            values: Shape (samples, labels); filled in as far as samples are evaluated.
            distances: Of the samples from the text, shape (samples,).
            label: Column of ``values``.
            num_features: As the library has it.
            others: As the library has them.

        Returns:
            What the library returns for the samples used.
        """

        def fit(count: int) -> tuple[Any, ...]:
            return tuple(
                self._base.explain_instance_with_data(
                    data[:count], values[:count], distances[:count], label, num_features, **others
                )
            )

        budget, units = data.shape
        changes: list[float] = []
        for start, end in pairwise([0, *_looks(budget, units)]):
            values[start:end] = self._evaluate(self._texts[start:end])
            found = fit(end)
            half = dict(fit(end // 2)[1])
            changes.append(_largest([weight - half[column] for column, weight in found[1]]))
            last = max(changes[-_LOOKS:])
            settled = len(changes) >= _LOOKS and last <= self._tolerance
            self.outcome = Settling(end, budget, last, settled)
            if settled:
                break
        return found


def _looks(budget: int, units: int) -> Iterator[int]:
    """After how many samples to look: from where half of them are as many as the unknowns, in even steps."""
    yield from range(max(2 * _STEP, 2 * (units + 1)), budget, _STEP)
    yield budget


def _largest(changes: Sequence[float] | Floats) -> float:
    return float(np.max(np.abs(changes), initial=0.0))
