"""The best order of removal: proven for few units, searched for with more.

Which order makes the deletion curve lowest on average is a shortest path from no unit removed to all removed, where a
step removes one unit and costs the target after it. Over subsets S of removed units::

    cost(S) = f(N without S) + min over i in S of cost(S without i)

which takes 2^n evaluations rather than n! (Held and Karp 1962). Insertion is the same with S kept and the target
negated.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from workbench.trust.base import Floats, Masks
from workbench.trust.removal import Value

Order = npt.NDArray[np.int64]


def all_subsets(count: int) -> Masks:
    """Every subset of some units.

    Args:
        count: Units.

    Returns:
        Shape (2^count, count): row s holds unit i where bit i of s is set.
    """
    members: Masks = (np.arange(2**count)[:, None] >> np.arange(count)) & 1 == 1
    return members


def tabulated(value: Value, count: int) -> Value:
    """A game whose subsets have all been evaluated.

    Args:
        value: The game.
        count: Units.

    Returns:
        The same game, from a table.
    """
    table = value(all_subsets(count))
    places = 2 ** np.arange(count)

    def look_up(kept: Masks) -> Floats:
        found: Floats = table[kept @ places]
        return found

    return look_up


def best_orders(value: Value, count: int) -> list[Order]:
    """The orders with the lowest deletion curve and the highest insertion curve, on average over all steps.

    Args:
        value: The game; it is asked for all subsets.
        count: Units.

    Returns:
        Both orders.
    """
    subsets = all_subsets(count)
    return [shortest_chain(value(~subsets), count), shortest_chain(-value(subsets), count)]


def shortest_chain(costs: Floats, count: int) -> Order:
    """The order of joining a growing set that costs least, each set on the way costing what the table says.

    Args:
        costs: Shape (2^count,), by the bits of the set.
        count: Units.

    Returns:
        A permutation; of equally good ones the first by index.
    """
    whole = 2**count - 1
    total = np.zeros(2**count)
    last = np.zeros(2**count, dtype=np.int64)
    for members in range(1, whole + 1):
        inside = [unit for unit in range(count) if members >> unit & 1]
        before = [total[members ^ 1 << unit] for unit in inside]
        cheapest = int(np.argmin(before))
        last[members] = inside[cheapest]
        total[members] = costs[members] + before[cheapest]
    chain = []
    members = whole
    while members:
        chain.append(int(last[members]))
        members ^= 1 << chain[-1]
    return np.array(chain[::-1], dtype=np.int64)


def greedy_orders(value: Value, count: int, budget: int) -> list[Order]:
    """Orders found by trying each remaining unit next, several joining at a time where the budget is short.

    Args:
        value: The game.
        count: Units.
        budget: About how many evaluations, for both orders together.

    Returns:
        One order for deletion and one for insertion.
    """
    # A round tries the units that remain: half of them on average.
    rounds = int(np.clip(budget // count, 1, count))
    bounds = np.floor(np.linspace(0, count, rounds + 1)).astype(int)
    return [_greedy(lambda joined: value(~joined), bounds), _greedy(lambda joined: -value(joined), bounds)]


def _greedy(cost: Value, bounds: npt.NDArray[np.int64]) -> Order:
    count = int(bounds[-1])
    chosen: list[int] = []
    for size in np.diff(bounds):
        rest = np.setdiff1d(np.arange(count), chosen)
        trials = np.zeros((len(rest), count), dtype=bool)
        trials[:, chosen] = True
        trials[np.arange(len(rest)), rest] = True
        chosen += map(int, rest[np.argsort(cost(trials), kind="stable")[:size]])
    return np.array(chosen, dtype=np.int64)
