"""Which phrases shap's partition explainer left whole when its budget ended."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from workbench.explainers.task import Floats
from workbench.schema import Span


def unresolved_phrases(credit: Floats, tree: Floats, pieces: Sequence[Span], units: Sequence[Span]) -> list[Span]:
    """The largest phrases whose units were never told apart, so that they share one value.

    Args:
        credit: Shape (nodes, outputs), the library's ``hierarchical_values``.
        tree: Shape (pieces - 1, 4), the library's ``clustering``.
        pieces: The leaves of the tree; special tokens without width.
        units: What the scores belong to.

    Returns:
        The stretch of text of each phrase, in order; at least two units stand in each.
    """
    phrases: list[Span] = []
    for first, last in unresolved_groups(credit, tree):
        # Special tokens stand at 0..0 wherever they are.
        solid = [piece for piece in pieces[first : last + 1] if piece.end > piece.start]
        inner = [unit for unit in units if solid and solid[0].start <= unit.start and unit.end <= solid[-1].end]
        if len(inner) > 1:
            phrases.append(Span(start=inner[0].start, end=inner[-1].end))
    return phrases


def unresolved_groups(credit: Floats, tree: Floats) -> list[tuple[int, int]]:
    """The largest groups of leaves that were never told apart.

    When the budget ends, the credit of each node that is not split yet stays on that node, and every leaf below gets
    an even share. So leaves were never told apart where no node below theirs holds credit of its own, while theirs or
    one above it does. A tree that was split to the end holds credit on its leaves alone.

    Args:
        credit: Shape (nodes, outputs): leaves first, the root last.
        tree: Shape (leaves - 1, 4): left child, right child, height, number of leaves.

    Returns:
        First and last leaf of each group, in order; each group has at least two.
    """
    leaves = len(tree) + 1
    holds = np.any(credit != 0, axis=-1)
    children = {leaves + row: (int(left), int(right)) for row, (left, right) in enumerate(tree[:, :2])}
    inside = {leaf: (leaf, leaf) for leaf in range(leaves)}
    told_apart = dict.fromkeys(range(leaves), False)
    for node, (left, right) in children.items():
        inside[node] = (min(inside[left][0], inside[right][0]), max(inside[left][1], inside[right][1]))
        told_apart[node] = any(holds[child] or told_apart[child] for child in (left, right))
    groups: list[tuple[int, int]] = []
    pending = [(2 * leaves - 2, False)]
    while pending:
        node, above = pending.pop()
        held = above or bool(holds[node])
        if node < leaves:
            continue
        if held and not told_apart[node]:
            groups.append(inside[node])
        else:
            pending += [(child, held) for child in children[node]]
    return sorted(groups)


def unresolved_credit(credit: Floats, leaves: int) -> float:
    """The share of all credit that stayed on phrases.

    Args:
        credit: Shape (nodes,), leaves first.
        leaves: Number of leaves.

    Returns:
        From 0, all of it measured on single leaves, to 1; by absolute values, as credits may cancel.
    """
    total = float(np.abs(credit).sum())
    return float(np.abs(credit[leaves:]).sum()) / total if total > 0 else 0.0


def largest_share(credit: Floats, tree: Floats) -> float:
    """The most that one leaf shares with others: about as much as its score could still change.

    Args:
        credit: Shape (nodes,), leaves first, the root last.
        tree: Shape (leaves - 1, 4), see ``unresolved_groups``.

    Returns:
        The largest sum of the credits, by absolute values, of the nodes above one leaf; 0 for a tree that was split to
        the end.
    """
    leaves = len(tree) + 1
    above = np.zeros(len(credit))
    for row in reversed(range(len(tree))):
        node = leaves + row
        above[tree[row, :2].astype(int)] = above[node] + abs(credit[node])
    return float(above[:leaves].max())
