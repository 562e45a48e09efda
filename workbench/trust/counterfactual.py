"""What if: the smallest set of units whose removal changes the predicted label."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import comb

import numpy as np
import numpy.typing as npt

from workbench.schema import Flip, Prediction
from workbench.trust.base import Floats, Masks
from workbench.trust.removal import Game, Value, answer

# Enough to try all pairs of 46 words.
BUDGET = 1200
BEAM = 4

Members = tuple[int, ...]


def smallest_flip(game: Game, *, scores: Sequence[float] | None = None, budget: int = BUDGET) -> Flip | None:
    """The smallest set of units without which the model predicts another label.

    Where labels are judged one by one: without which the most probable one no longer holds, or does after all.

    Args:
        game: The review.
        scores: Of the units, for the predicted label, to guide the search; by default what each does alone.
        budget: About how many evaluations it may take.

    Returns:
        The set, or none where none was found. Among sets of one size, the one that changes the prediction most.
    """
    predicted = game.prediction.labels.index(game.prediction.label)
    side = side_of(game.prediction)

    def margin(kept: Masks) -> Floats:
        return margins(game.logits(kept), predicted, side)

    order = None if scores is None else [int(unit) for unit in np.argsort(-np.asarray(scores), kind="stable")]
    members, proven = smallest_set(margin, len(game.units), order=order, budget=budget)
    if members is None:
        return None
    kept = _kept([members], len(game.units))
    return Flip(
        removed=tuple(game.units[unit] for unit in members),
        answer=answer(game.run, game.logits(kept)[0]),
        proven=proven,
    )


def side_of(prediction: Prediction) -> float | None:
    """On which side of even odds the predicted label stands, where labels are judged one by one.

    Args:
        prediction: Of the whole text.

    Returns:
        1 where it holds, -1 where not even it does; none where labels exclude each other.
    """
    if not prediction.independent:
        return None
    return 1.0 if prediction.label in prediction.selected else -1.0


def margins(logits: npt.NDArray[np.float32], predicted: int, side: float | None = None) -> Floats:
    """How far the predicted label leads.

    Args:
        logits: Shape (texts, labels).
        predicted: Index of the label predicted for the whole text.
        side: From ``side_of``.

    Returns:
        Shape (texts,): its logit minus the highest other, or its logit on that side; negative where the prediction is
        another.
    """
    values = logits.astype(np.float64)
    if side is not None:
        own: Floats = side * values[:, predicted]
        return own
    others: Floats = np.delete(values, predicted, axis=1).max(axis=1)
    return values[:, predicted] - others


def smallest_set(
    margin: Value, count: int, *, order: Sequence[int] | None = None, budget: int = BUDGET
) -> tuple[Members | None, bool]:
    """The smallest set of units whose removal makes a margin negative.

    All sets of one unit, of two, ... as long as all of a size fit into the budget; from there on the most promising
    sets grow by one unit at a time, and what the guiding order suggests is tried too; from the set found, units that
    are not needed are put back.

    Args:
        margin: Kept units, shape (sets, units), to margins, shape (sets,).
        count: Units.
        order: The most promising units first.
        budget: About how many evaluations; all single units are always tried.

    Returns:
        The set or none, and whether it is proven that no smaller one does it (with none: that none does it at all).
    """
    front: list[Members] = [()]
    left = budget
    size = 0
    while size < count and (size == 0 or comb(count, size + 1) <= left):
        size += 1
        sets = list(combinations(range(count), size))
        left -= len(sets)
        ranked, values = _ranked(margin, sets, count)
        if values[0] < 0:
            return ranked[0], True
        front = ranked[:BEAM]
        order = order or [members[0] for members in ranked]
    if size == count:
        return None, True
    grown = _grow(margin, front, count, left)
    guided = _prefix(margin, order or [], count)
    found = [_pruned(margin, members, count) for members in (grown, guided) if members is not None]
    if not found:
        return None, False
    smallest = min(found, key=len)
    return smallest, len(smallest) == size + 1


def _grow(margin: Value, front: list[Members], count: int, budget: int) -> Members | None:
    """Grow the most promising sets unit by unit until one flips or the budget is used up."""
    while front and budget > 0 and len(front[0]) < count:
        wider = {tuple(sorted((*members, unit))) for members in front for unit in range(count) if unit not in members}
        budget -= len(wider)
        front, values = _ranked(margin, sorted(wider), count)
        if values[0] < 0:
            return front[0]
        front = front[:BEAM]
    return None


def _prefix(margin: Value, order: Sequence[int], count: int) -> Members | None:
    """The shortest beginning of an order that flips."""
    starts = [tuple(sorted(order[:size])) for size in range(1, len(order) + 1)]
    values = margin(_kept(starts, count))
    return next((members for members, value in zip(starts, values, strict=True) if value < 0), None)


def _pruned(margin: Value, members: Members, count: int) -> Members:
    """A set without the units that it can do without."""
    while len(members) > 1:
        smaller = [tuple(unit for unit in members if unit != spared) for spared in members]
        ranked, values = _ranked(margin, smaller, count)
        if values[0] >= 0:
            break
        members = ranked[0]
    return members


def _ranked(margin: Value, sets: Sequence[Members], count: int) -> tuple[list[Members], Floats]:
    """Sets by rising margin."""
    values = margin(_kept(sets, count))
    places = np.argsort(values, kind="stable")
    return [sets[place] for place in places], values[places]


def _kept(sets: Sequence[Members], count: int) -> Masks:
    kept = np.ones((len(sets), count), dtype=bool)
    for row, members in enumerate(sets):
        kept[row, list(members)] = False
    return kept
