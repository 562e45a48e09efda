"""Words over many reviews: explanations added up, and what a word does where it is removed or replaced."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, FiniteFloat

from workbench.schema.base import Frozen, Unit
from workbench.schema.explanation import Evaluations
from workbench.schema.file_pair import Share
from workbench.schema.file_source import Count

PREDICTED = "predicted"  # the target that means another label in each review


class WordGroups(StrEnum):
    """What reviews are told apart by before words are added up."""

    NONE = "none"
    PREDICTED = "predicted"
    TRUTH = "truth"
    ERROR = "error"
    PAIR = "pair"


class WordMeasure(StrEnum):
    """What words are sorted by, the greatest first."""

    REVIEWS = "reviews"
    OCCURRENCES = "occurrences"
    MEAN = "mean"
    TOTAL = "total"
    MAGNITUDE = "magnitude"
    WEIGHT = "weight"  # magnitude times reviews
    POSITIVE = "positive"


class ExplainedKind(Frozen):
    """Explanations that can be added up: of one method, target and unit.

    Attributes:
        method: Registered name.
        target: As on the command line; ``predicted`` (``logit:predicted``) for each review's own predicted label.
        unit: What a score belongs to.
        reviews: That have one.
        failed: That could not be explained.
    """

    method: str
    target: str
    unit: Unit
    reviews: Count
    failed: Count = 0


class WordQuestion(Frozen):
    """Which explanations are added up, and how.

    Attributes:
        method: Registered name.
        target: One target, see ``ExplainedKind``.
        unit: What a score belongs to.
        groups: What reviews are told apart by.
        sort: By which figure, the greatest first.
        ascending: The least first.
        search: Letters that the word holds, whatever the case.
        least_reviews: Words of fewer are left out.
        start: Words that are passed over.
        size: The most words.
    """

    method: str
    target: str = PREDICTED
    unit: Unit = Unit.WORD
    groups: WordGroups = WordGroups.NONE
    sort: WordMeasure = WordMeasure.WEIGHT
    ascending: bool = False
    search: str = ""
    least_reviews: Annotated[int, Field(ge=1)] = 1
    start: Count = 0
    size: Annotated[int, Field(ge=1, le=10_000)] = 100


class WordScore(Frozen):
    """What one word does to one target over several reviews. A review counts once, however often it has the word.

    Attributes:
        word: In lower case.
        form: As it is most often written.
        target: What the scores are of.
        group: Of the reviews; empty where they are not told apart.
        reviews: In which it occurs.
        occurrences: In all of them.
        mean: Over reviews, of the mean score of its occurrences there.
        error: Standard error of ``mean`` over reviews; none with one review.
        total: Sum of all scores.
        magnitude: As ``mean``, of the scores without their signs.
        positive: Share of the reviews in which it pushes the target up.
    """

    word: str
    form: str
    target: str
    group: str = ""
    reviews: Annotated[int, Field(ge=1)]
    occurrences: Annotated[int, Field(ge=1)]
    mean: FiniteFloat
    error: Annotated[FiniteFloat, Field(ge=0)] | None
    total: FiniteFloat
    magnitude: Annotated[FiniteFloat, Field(ge=0)]
    positive: Share


class WordScores(Frozen):
    """Words of a selection, a part of them.

    Attributes:
        question: What was asked.
        words: One a word, target and group.
        count: How many there are in all.
        reviews: Explained reviews of the selection that they are from, by group.
        notes: Sentences for the reader.
    """

    question: WordQuestion
    words: tuple[WordScore, ...]
    count: Count
    reviews: dict[str, int]
    notes: tuple[str, ...] = ()


class WordDifference(Frozen):
    """One word in two groups of reviews.

    Attributes:
        word: In lower case.
        target: What the scores are of.
        first: In the one group.
        second: In the other.
        difference: Mean of the first minus mean of the second.
        low: Lower end of its 95% interval (Welch); none where the scores do not vary.
        high: Upper end.
        p: Two-sided, of Welch's test; none likewise.
        q: The same, corrected for the number of words (Benjamini and Hochberg).
    """

    word: str
    target: str
    first: WordScore
    second: WordScore
    difference: FiniteFloat
    low: FiniteFloat | None
    high: FiniteFloat | None
    p: Share | None
    q: Share | None


class WordDifferences(Frozen):
    """Words whose scores differ between two groups, the surest first.

    Attributes:
        question: What was asked; its groups are not used.
        words: The most remarkable.
        tested: How many words both groups have often enough.
        reviews: Explained reviews of each group.
        notes: Sentences for the reader.
    """

    question: WordQuestion
    words: tuple[WordDifference, ...]
    tested: Count
    reviews: tuple[Count, Count]
    notes: tuple[str, ...] = ()


class SelectionExplained(Frozen):
    """What explaining a selection after the batch gave.

    Attributes:
        matching: Rows of the selection.
        drawn: Of these, to be explained.
        explained: Explanations written.
        failed: Rows and methods that could not be.
        methods: That explained.
        files: What was written, in the folder of the batch.
        partial: Cancelled before all were explained.
        evaluations: Asked for and made.
        seconds: Wall time.
    """

    matching: Count
    drawn: Count
    explained: Count
    failed: Count
    methods: tuple[str, ...]
    files: tuple[str, ...]
    partial: bool
    evaluations: Evaluations
    seconds: Annotated[FiniteFloat, Field(ge=0)]
