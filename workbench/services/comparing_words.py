"""Which words go with the disagreement of two checkpoints."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

from workbench.errors import InputError
from workbench.schema import Attribution, WordTotal


def disagreement_words(differences: Sequence[Attribution]) -> tuple[WordTotal, ...]:
    """Add up what each word contributes to a difference, over several reviews.

    Args:
        differences: Scores that say why two checkpoints differ, one a review, all with one unit and one method.

    Returns:
        One a word in folded case, the largest total first, whatever its sign.

    Raises:
        InputError: Units or methods are mixed, so that scores cannot be added.
    """
    if len({(one.unit, one.method) for one in differences}) > 1:
        raise InputError("scores of several methods or units cannot be added", "give explanations of one kind")
    scores: dict[str, list[float]] = defaultdict(list)
    reviews: dict[str, set[int]] = defaultdict(set)
    for review, one in enumerate(differences):
        for unit in one.units:
            word = " ".join(unit.text.casefold().split())
            scores[word].append(unit.score)
            reviews[word].add(review)
    totals = [
        WordTotal(
            word=word,
            total=math.fsum(found),
            mean=math.fsum(found) / len(found),
            count=len(found),
            reviews=len(reviews[word]),
        )
        for word, found in scores.items()
    ]
    return tuple(sorted(totals, key=lambda one: (-abs(one.total), one.word)))
