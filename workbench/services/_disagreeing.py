"""Where two checkpoints disagree, row by row."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from workbench.schema import Activation, CheckpointOnFile, Choice, Distance

Floats = npt.NDArray[np.float64]


def distance_of(first: CheckpointOnFile, second: CheckpointOnFile) -> Distance:
    """How the disagreement of two checkpoints is measured.

    Args:
        first: The one.
        second: The other.

    Returns:
        In stars where both rate on the same; else on the common scale; else by the probabilities of the same labels;
        else by whether the labels' names differ.
    """
    exclusive = first.activation is second.activation is Activation.SOFTMAX
    if exclusive and first.ratings and set(first.ratings) == set(second.ratings or ()):
        return Distance.STARS
    if exclusive and first.places and second.places:
        return Distance.SCALE
    same = sorted(_folded(first)) == sorted(_folded(second)) and len(set(_folded(first))) == len(_folded(first))
    return Distance.PROBABILITY if same and first.activation is second.activation else Distance.LABEL


def amounts_of(first: CheckpointOnFile, second: CheckpointOnFile, distance: Distance) -> Floats:
    """How much two checkpoints disagree on each row.

    Args:
        first: The one.
        second: The other.
        distance: From ``distance_of``.

    Returns:
        Shape (rows,), not negative. Of heads with independent labels, the mean difference of their probabilities.
    """
    ours, theirs = np.array(first.probabilities), np.array(second.probabilities)
    if distance is Distance.STARS:
        return np.asarray(np.abs(ours @ np.array(first.ratings) - theirs @ np.array(second.ratings)))
    if distance is Distance.SCALE:
        return np.asarray(np.abs(ours @ np.array(first.places) - theirs @ np.array(second.places)))
    if distance is Distance.LABEL:
        return differ_of(first, second).astype(np.float64)
    order = [_folded(second).index(label) for label in _folded(first)]
    gaps = np.abs(ours - theirs[:, order])
    return np.asarray(gaps.sum(axis=1) / 2 if first.activation is Activation.SOFTMAX else gaps.mean(axis=1))


def differ_of(first: CheckpointOnFile, second: CheckpointOnFile) -> npt.NDArray[np.bool_]:
    """On which rows the labels of two checkpoints differ.

    Args:
        first: The one.
        second: The other.

    Returns:
        Shape (rows,). Labels of other names are the same where they lie on the same side of the scale's middle.
    """
    if set(_folded(first)) != set(_folded(second)) and first.places and second.places:
        sides = [np.sign(np.array(one.places) - 0.5)[list(one.predicted)] for one in (first, second)]
        return np.asarray(sides[0] != sides[1])
    named = [np.array(_folded(one), dtype=object)[list(one.predicted)] for one in (first, second)]
    return np.asarray(named[0] != named[1], dtype=bool)


def confusion_of(first: CheckpointOnFile, second: CheckpointOnFile) -> tuple[tuple[int, ...], ...]:
    """How often each label of the one meets each of the other.

    Args:
        first: Down.
        second: Across.

    Returns:
        Rows of the file, by label and label.
    """
    counts = np.zeros((len(first.checkpoint.labels), len(second.checkpoint.labels)), dtype=np.int64)
    np.add.at(counts, (list(first.predicted), list(second.predicted)), 1)
    return tuple(tuple(map(int, row)) for row in counts)


def counts_of(
    first: Sequence[bool | None], second: Sequence[bool | None], differ: npt.NDArray[np.bool_]
) -> dict[Choice, int]:
    """How many rows each choice has.

    Args:
        first: Whether the one is right on each row, where that is known.
        second: Whether the other is.
        differ: Whether their labels differ.

    Returns:
        Choice to rows; those of right and wrong only where both are known for some row.
    """
    counts = {Choice.ALL: len(differ), Choice.DISAGREE: int(differ.sum())}
    known = [(ours, theirs) for ours, theirs in zip(first, second, strict=True) if None not in (ours, theirs)]
    if known:
        counts |= {
            Choice.BOTH_RIGHT: known.count((True, True)),
            Choice.ONLY_FIRST: known.count((True, False)),
            Choice.ONLY_SECOND: known.count((False, True)),
            Choice.BOTH_WRONG: known.count((False, False)),
        }
    return counts


def _folded(one: CheckpointOnFile) -> list[str]:
    return [label.strip().casefold() for label in one.checkpoint.labels]
