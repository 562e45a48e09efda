"""Words whose scores differ between two groups of reviews, such as those predicted right and wrong."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from workbench.errors import InputError
from workbench.schema import RowFilter, WordDifference, WordDifferences, WordQuestion
from workbench.triage.dataset import Dataset
from workbench.triage.filtering import condition
from workbench.triage.words import as_score, check_explained, explained_rows, word_forms, words_of

LEAST_REVIEWS = 5  # of each group: below, a variance over reviews is hardly one
_COLUMNS = 10
_LEVEL = 0.95
Floats = npt.NDArray[np.float64]


def word_differences(dataset: Dataset, first: RowFilter, second: RowFilter, question: WordQuestion) -> WordDifferences:
    """Compare the mean scores of words in two groups.

    By Welch's test over reviews (Welch 1947), as the groups' variances differ, with the false discovery rate held over
    all words tested (Benjamini and Hochberg 1995).

    Args:
        dataset: The batch.
        first: The reviews of the one group.
        second: Those of the other.
        question: Which explanations; the least q comes first, whatever its order.

    Returns:
        Words that both groups have often enough, one a target.

    Raises:
        InputError: Nothing of that kind was explained, or a review is in both groups.
    """
    check_explained(dataset, question)
    _check_apart(dataset, first, second)
    asked = question.model_copy(update={"least_reviews": max(LEAST_REVIEWS, question.least_reviews)})
    (ours, our_values), (theirs, their_values) = (words_of(dataset, one, asked) for one in (first, second))
    rows = dataset.ask(
        f"SELECT a.*, b.* FROM ({ours}) a JOIN ({theirs}) b ON a.word = b.word AND a.target = b.target "
        "ORDER BY a.word, a.target",
        [*our_values, *their_values],
    )
    found = _tested(np.array([[*_moments(row[:_COLUMNS]), *_moments(row[_COLUMNS:])] for row in rows], dtype=float))
    q = [one[3] for one in found]
    places = sorted(range(len(rows)), key=lambda at: (np.isnan(q[at]), q[at], -abs(found[at][4])))
    shown = places[question.start : question.start + question.size]
    words = [rows[at][0] for at in shown]
    forms = [word_forms(dataset, one, asked, words) for one in (first, second)]
    return WordDifferences(
        question=question,
        words=tuple(_difference(rows[at], found[at], forms) for at in shown),
        tested=int(np.sum(~np.isnan(q))) if q else 0,
        reviews=(_count(dataset, first, asked), _count(dataset, second, asked)),
        notes=(f"words of fewer than {asked.least_reviews} reviews in either group are left out",),
    )


def _check_apart(dataset: Dataset, first: RowFilter, second: RowFilter) -> None:
    extra = dataset.manifest.options.extra_columns
    (ours, our_values), (theirs, their_values) = condition(first, extra), condition(second, extra)
    ((both,),) = dataset.ask(
        f"SELECT count(*) FROM reviews WHERE ({ours}) AND ({theirs})", [*our_values, *their_values]
    )
    if both:
        raise InputError(f"{both:,} reviews are in both groups", "choose groups that exclude each other")


def _count(dataset: Dataset, chosen: RowFilter, question: WordQuestion) -> int:
    rows, values = explained_rows(dataset, chosen, question)
    ((count,),) = dataset.ask(f"SELECT count(*) FROM ({rows})", values)
    return int(count)


def _moments(row: tuple[object, ...]) -> tuple[object, object, object]:
    """Mean, its standard error, reviews."""
    return row[5], row[6], row[3]


def _tested(moments: Floats) -> list[tuple[float, float, float, float, float]]:
    """For each word low, high, p, q and the difference; NaN where nothing varies."""
    from scipy import stats

    if not len(moments):
        return []
    mean, error, count, other_mean, other_error, other_count = moments.T
    difference = mean - other_mean
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.hypot(error, other_error)
        freedom = spread**4 / (error**4 / (count - 1) + other_error**4 / (other_count - 1))
        half = spread * stats.t.ppf(0.5 + _LEVEL / 2, freedom)
        p = 2 * stats.t.sf(np.abs(difference / spread), freedom)
    # Scores that are the same but for rounding have no spread to measure a difference by.
    varies = spread > 1e-12 * np.maximum(1.0, np.abs(mean))
    p, half = np.where(varies, p, np.nan), np.where(varies, half, np.nan)
    q = np.full_like(p, np.nan)
    if varies.any():
        q[varies] = stats.false_discovery_control(p[varies])
    return list(zip(difference - half, difference + half, p, q, difference, strict=True))


def _difference(
    row: tuple[object, ...], found: tuple[float, float, float, float, float], forms: list[dict[str, str]]
) -> WordDifference:
    low, high, p, q = (None if np.isnan(one) else float(one) for one in found[:4])
    first, second = as_score(row[:_COLUMNS], forms[0]), as_score(row[_COLUMNS:], forms[1])
    return WordDifference(
        word=first.word,
        target=first.target,
        first=first,
        second=second,
        difference=float(found[4]),
        low=low,
        high=high,
        p=p,
        q=q,
    )
