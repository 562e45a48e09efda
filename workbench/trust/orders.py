"""Removing and inserting units in the order of their scores, against random orders and the best one.

With f(K) the target when the units K are kept, N all n units, and S_k the first k of an order::

    deletion(k)  = f(N without S_k)        insertion(k) = f(S_k)

at all k up to twenty units, else at twenty evenly spaced ones; 0 and n included. The metrics are means over the k > 0.
The most important unit is the one with the highest score: a signed score pushes the target up, so that removing it
first should push the target down fastest; an unsigned score is a magnitude. Equal scores stand in text order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.schema import Band, BestOrders, Faithfulness, Figure, RandomOrders, Reference, Span
from workbench.trust.base import Family, Floats, Masks, constant, measure_all, undefined
from workbench.trust.removal import Removal, Value
from workbench.trust.search import best_orders, greedy_orders, tabulated

Order = npt.NDArray[np.int64]

MOST_STEPS = 20
EXACT_UP_TO = 10
DRAWS = 8
# Where all subsets are known already, an order costs nothing.
FREE_DRAWS = 200
SEARCH_BUDGET = 300
# A gap between random and best below this share of the target's size is rounding, not a scale.
_FLAT = 1e-6


@dataclass(frozen=True)
class Walk:
    """The evidence of the family ``faithfulness``: one order, walked both ways, and what to hold it against.

    Attributes:
        deletion: Target after removing the first k units, shape (steps,), from 0 to all.
        insertion: Target with only the first k units, likewise.
        random: Mean comprehensiveness and sufficiency of random orders.
        best: Those of the best orders.
        obstacle: Why the order means nothing, or none.
    """

    deletion: Floats
    insertion: Floats
    random: tuple[float, float] | None = None
    best: tuple[float, float] | None = None
    obstacle: str | None = None

    @property
    def comprehensiveness(self) -> float:
        """Mean over k > 0 of f(N) - f(N without S_k)."""
        return float(self.deletion[0] - self.deletion[1:].mean())

    @property
    def sufficiency(self) -> float:
        """Mean over k > 0 of f(N) - f(S_k)."""
        return float(self.insertion[-1] - self.insertion[1:].mean())

    def placed(self) -> tuple[Figure, Figure]:
        """Both on the scale from random (0) to best (1)."""
        if self.obstacle or self.random is None or self.best is None:
            reason = undefined(self.obstacle or "there is nothing to hold it against")
            return reason, reason
        size = _FLAT * max(1e-3, float(np.abs([*self.deletion, *self.insertion]).max()))
        pairs = zip((self.comprehensiveness, self.sufficiency), self.random, self.best, strict=True)
        comprehensiveness, sufficiency = (_placed(value, zero, one, size) for value, zero, one in pairs)
        return comprehensiveness, sufficiency


@dataclass(frozen=True)
class Contest:
    """All methods on one review, and what they are held against."""

    reference: Reference
    entries: tuple[Faithfulness, ...]


def contest(
    value: Value,
    units: Sequence[Span],
    scores: Mapping[str, Floats],
    *,
    seed: int = 0,
    draws: int = DRAWS,
    exact_up_to: int = EXACT_UP_TO,
    search_budget: int = SEARCH_BUDGET,
    removal: Removal = Removal.MASK,
) -> Contest:
    """Judge methods by the order in which they rank the units.

    Args:
        value: The review as a game.
        units: At least one.
        scores: Method to scores of shape (units,).
        seed: Of the random orders.
        draws: Random orders, in pairs of an order and its reverse; many more where they cost nothing.
        exact_up_to: Up to so many units all subsets are evaluated, and the best orders are proven.
        search_budget: About how many evaluations the search for the best orders may take beyond that.
        removal: How units are removed; for the record.

    Returns:
        Reference and one entry a method.
    """
    count = len(units)
    steps = even_steps(count)
    exact = count <= exact_up_to
    game = tabulated(value, count) if exact else value
    shuffled = random_orders(count, max(draws, FREE_DRAWS) if exact else draws, seed)
    ranked = {name: order_of(given) for name, given in scores.items()}
    walks = walk(game, [*ranked.values(), *shuffled], steps)
    methods, random = walks[: len(ranked)], walks[len(ranked) :]
    candidates = best_orders(game, count) if exact else greedy_orders(game, count, search_budget)
    # Whatever else was walked may have found a better one; so that no method is above the best.
    best = _best([*walk(game, candidates, steps), *([] if exact else walks)])
    means = (
        float(np.mean([one.comprehensiveness for one in random])),
        float(np.mean([one.sufficiency for one in random])),
    )
    bounds = (best[0].comprehensiveness, best[1].sufficiency)
    usual = undefined("there is a single unit") if count < 2 else _usual(random, means, bounds)
    entries = [
        _entry(name, order, Walk(one.deletion, one.insertion, means, bounds, _obstacle(scores[name])), usual)
        for (name, order), one in zip(ranked.items(), methods, strict=True)
    ]
    reference = Reference(
        units=tuple(units),
        removal=removal.value,
        steps=tuple(map(int, steps)),
        full_value=float(walks[0].deletion[0]),
        empty_value=float(walks[0].deletion[-1]),
        random=_random(random, means, usual),
        best=BestOrders(
            proven=exact,
            deletion=_numbers(best[0].deletion),
            insertion=_numbers(best[1].insertion),
            comprehensiveness=bounds[0],
            sufficiency=bounds[1],
        ),
    )
    return Contest(reference, tuple(entries))


def even_steps(count: int, most: int = MOST_STEPS) -> npt.NDArray[np.int64]:
    """How many units are removed at each point of a curve.

    Args:
        count: Units.
        most: The most points after 0.

    Returns:
        From 0 to ``count``, rising, and the same seen from either end, so that removing by an order and inserting by
        its reverse visit the same subsets.
    """
    if count <= most:
        return np.arange(count + 1)
    # As many intervals, odd or even, as make the middle fall on a whole number or between two.
    intervals = most - (most - count) % 2
    half = np.floor(np.linspace(0, count, intervals + 1)).astype(np.int64)[: intervals // 2 + 1]
    return np.unique(np.concatenate([half, count - half]))


def order_of(scores: Floats) -> Order:
    """Units by falling score, equal ones in the order of the text.

    Args:
        scores: Shape (units,).

    Returns:
        Indices, shape (units,).
    """
    # Sums of shares differ in the last bits where they should be equal; such differences are no ranking.
    scale = float(np.abs(scores).max(initial=0.0)) or 1.0
    order: Order = np.argsort(-np.round(scores / scale, 10), kind="stable")
    return order


def random_orders(count: int, draws: int, seed: int) -> list[Order]:
    """Random orders, each followed by its reverse, which halves the evaluations and steadies the mean.

    Args:
        count: Units.
        draws: How many; an odd number is rounded up.
        seed: Of the generator.

    Returns:
        Permutations.
    """
    generator = np.random.default_rng(seed)
    pairs = [generator.permutation(count) for _ in range((draws + 1) // 2)]
    return [order for first in pairs for order in (first, first[::-1])]


def walk(value: Value, orders: Sequence[Order], steps: npt.NDArray[np.int64]) -> list[Walk]:
    """Remove and insert units by several orders, in one call to the model.

    Args:
        value: The review as a game.
        orders: Permutations of the units.
        steps: From ``even_steps``.

    Returns:
        One walk an order.
    """
    chains = np.stack([_chain(order, steps) for order in orders])
    values = value(np.concatenate([~chains, chains]).reshape(-1, chains.shape[-1])).reshape(2, len(orders), len(steps))
    return [Walk(deletion, insertion) for deletion, insertion in zip(*values, strict=True)]


def _chain(order: Order, steps: npt.NDArray[np.int64]) -> Masks:
    """The first k units of an order, shape (steps, units)."""
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    members: Masks = rank[None, :] < steps[:, None]
    return members


def _placed(value: float, zero: float, one: float, size: float) -> Figure:
    if abs(one - zero) <= size:
        return undefined("every order gives the same curve")
    return Figure(value=(value - zero) / (one - zero))


def _best(walks: Sequence[Walk]) -> tuple[Walk, Walk]:
    return max(walks, key=lambda one: one.comprehensiveness), min(walks, key=lambda one: one.sufficiency)


def _obstacle(scores: Floats) -> str | None:
    if len(scores) < 2:
        return "there is a single unit"
    return "all scores of the method are equal" if constant(scores) else None


def _usual(random: Sequence[Walk], means: tuple[float, float], bounds: tuple[float, float]) -> Figure:
    """The faithfulness that a tenth of the random orders exceed."""
    figures = [
        measure_all(Family.FAITHFULNESS, Walk(one.deletion, one.insertion, means, bounds))["faithfulness"]
        for one in random
    ]
    values = [figure.value for figure in figures if figure.value is not None]
    if not values:
        return undefined(figures[0].reason or "")
    return Figure(value=float(np.quantile(values, 0.9)))


def _entry(name: str, order: Order, one: Walk, usual: Figure) -> Faithfulness:
    figures = measure_all(Family.FAITHFULNESS, one)
    whole = figures["faithfulness"].value
    return Faithfulness(
        method=name,
        order=tuple(map(int, order)),
        deletion=_numbers(one.deletion),
        insertion=_numbers(one.insertion),
        figures=figures,
        better_than_random=None if whole is None or usual.value is None else whole > usual.value,
    )


def _random(walks: Sequence[Walk], means: tuple[float, float], usual: Figure) -> RandomOrders:
    return RandomOrders(
        draws=len(walks),
        deletion=_band(np.stack([one.deletion for one in walks])),
        insertion=_band(np.stack([one.insertion for one in walks])),
        comprehensiveness=means[0],
        sufficiency=means[1],
        faithfulness_high=usual,
    )


def _band(values: Floats) -> Band:
    low, high = np.quantile(values, [0.1, 0.9], axis=0)
    return Band(mean=_numbers(values.mean(axis=0)), low=_numbers(low), high=_numbers(high))


def _numbers(values: Floats) -> tuple[float, ...]:
    return tuple(map(float, values))
