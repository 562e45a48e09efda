"""Which words go with the disagreement of two checkpoints."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

from workbench.errors import InputError
from workbench.schema import Attribution, Choice, Difference, DisagreementWords, FileComparison, PairOnFile, WordTotal


def most_disagreeing(comparison: FileComparison, pair: PairOnFile, reviews: int) -> list[str]:
    """The reviews on which two checkpoints disagree most.

    Args:
        comparison: On the file.
        pair: One of its pairs.
        reviews: At most so many.

    Returns:
        Their texts, each once, the most disagreement first; none on which they do not disagree at all.
    """
    places = [place for place in comparison.chosen(pair, Choice.ALL) if pair.amounts[place] > 0]
    return list(dict.fromkeys(comparison.rows[place].text for place in places))[:reviews]


def words_of(pair: int, target: str, found: Sequence[Difference], asked: int) -> DisagreementWords:
    """Which words go with the disagreement of two checkpoints on a file, as it is kept with the comparison.

    Args:
        pair: Index of the pair.
        target: What was asked of both, as ``explain_difference`` takes it.
        found: At least one difference, in the order of ``most_disagreeing``, all made with one method.
        asked: Reviews that were to be explained.

    Returns:
        The words with what made them.

    Raises:
        InputError: Units or methods are mixed.
    """
    budget = found[0].options.get("budget")
    return DisagreementWords(
        pair=pair,
        target=target,
        method=found[0].method,
        seed=found[0].seed,
        budget=int(budget) if budget is not None else None,
        asked=asked,
        reviews=len(found),
        made=sum(one.evaluations.made for one in found),
        totals=disagreement_words(found),
    )


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
