"""Two checkpoints on the same rows: how much and how surely they differ."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, FiniteFloat

from workbench.schema.base import Frozen
from workbench.schema.file_source import Count, FileRow

Share = Annotated[float, Field(ge=0, le=1)]


class Measure(StrEnum):
    """A figure of one checkpoint on a file."""

    ACCURACY = "accuracy"
    OFF_BY_ONE = "off_by_one"
    MAE = "mae"
    MACRO_F1 = "macro_f1"
    ECE = "ece"

    @property
    def low_is_good(self) -> bool:
        """Whether less is better."""
        return self in {Measure.MAE, Measure.ECE}

    @property
    def unit(self) -> str:
        """What it is counted in; empty for shares."""
        return "stars" if self is Measure.MAE else ""

    @property
    def phrase(self) -> str:
        """In words."""
        return {
            Measure.ACCURACY: "accuracy",
            Measure.OFF_BY_ONE: "accuracy within one star",
            Measure.MAE: "mean absolute error",
            Measure.MACRO_F1: "macro F1",
            Measure.ECE: "calibration error",
        }[self]


class Distance(StrEnum):
    """How the disagreement of two checkpoints on one row is measured."""

    STARS = "stars"
    SCALE = "scale"
    PROBABILITY = "probability"
    LABEL = "label"

    @property
    def phrase(self) -> str:
        """In words."""
        return {
            Distance.STARS: "difference of the expected ratings, in stars",
            Distance.SCALE: "difference of the expected places on a scale from 0 (worst) to 1 (best)",
            Distance.PROBABILITY: "probability that would have to move from label to label (total variation)",
            Distance.LABEL: "1 where the labels differ, else 0",
        }[self]


class Choice(StrEnum):
    """Which rows of a file to look at, for a pair of checkpoints."""

    ALL = "all"
    DISAGREE = "disagree"
    BOTH_RIGHT = "both-right"
    ONLY_FIRST = "only-first-right"
    ONLY_SECOND = "only-second-right"
    BOTH_WRONG = "both-wrong"


class MeasureDifference(Frozen):
    """One measure of two checkpoints, on the rows for which both have a right label.

    Attributes:
        measure: Which.
        first: Of the first checkpoint.
        second: Of the second.
        rows: How many rows.
        value: ``first - second``.
        low: Lower end of the 95% interval of ``value`` by paired bootstrap; none with fewer than two rows.
        high: Its upper end.
        p: How probable a difference at least as large is where there is none: McNemar's exact test for the accuracy,
            from the bootstrap for all others; none likewise.
        p_corrected: Corrected by Holm for the number of pairs compared.
        better: Name of the checkpoint that is better, where these rows can show it.
        sentence: All of this in words.
    """

    measure: Measure
    first: FiniteFloat
    second: FiniteFloat
    rows: Count
    value: FiniteFloat
    low: FiniteFloat | None
    high: FiniteFloat | None
    p: Share | None
    p_corrected: Share | None
    better: str | None
    sentence: str


class McNemar(Frozen):
    """Whether two accuracies differ, from the rows on which only one of two checkpoints is right.

    Attributes:
        only_first: Rows on which only the first is right.
        only_second: Rows on which only the second is right.
        p: Two-sided, exact (binomial).
    """

    only_first: Count
    only_second: Count
    p: Share


class PairOnFile(Frozen):
    """Two checkpoints on the same rows.

    Attributes:
        first: Index of the one checkpoint.
        second: Index of the other.
        distance: How their disagreement is measured.
        amounts: Their disagreement on each row.
        differ: Whether their labels differ; labels of other names differ where they lie on other sides of the scale's
            middle.
        agreement: Share of rows on which they do not.
        counts: Rows of each choice; those about right and wrong only where both have right labels.
        confusion: Rows by label of the first (down) and of the second (across).
        differences: Of each measure that both have.
        mcnemar: Where both have right labels.
    """

    first: Count
    second: Count
    distance: Distance
    amounts: tuple[Annotated[FiniteFloat, Field(ge=0)], ...]
    differ: tuple[bool, ...]
    agreement: Share
    counts: dict[Choice, int]
    confusion: tuple[tuple[int, ...], ...]
    differences: tuple[MeasureDifference, ...] = ()
    mcnemar: McNemar | None = None

    @property
    def sentence(self) -> str:
        """Which of the two is right more often, where labels tell; else how often they agree."""
        found = [one.sentence for one in self.differences if one.measure is Measure.ACCURACY]
        return found[0] if found else f"they agree on {self.agreement:.1%} of {len(self.differ):,} reviews"


class Disagreement(Frozen):
    """What two checkpoints say of one row.

    Attributes:
        row: The review.
        labels: Predicted by the first and the second.
        probabilities: Label to probability, likewise.
        right: Whether each is right, where that is known.
        amount: Their disagreement, in the pair's distance.
        differ: Whether their labels differ.
    """

    row: FileRow
    labels: tuple[str, str]
    probabilities: tuple[dict[str, float], dict[str, float]]
    right: tuple[bool | None, bool | None]
    amount: FiniteFloat
    differ: bool


class WordTotal(Frozen):
    """What one word adds to the difference of two checkpoints, over several reviews.

    Attributes:
        word: In folded case.
        total: Sum of its scores.
        mean: By occurrence.
        count: Occurrences.
        reviews: Reviews in which it occurs.
    """

    word: str
    total: FiniteFloat
    mean: FiniteFloat
    count: Annotated[int, Field(ge=1)]
    reviews: Annotated[int, Field(ge=1)]


class DisagreementWords(Frozen):
    """Which words go with the disagreement of two checkpoints, over the reviews on which they disagree most.

    Attributes:
        pair: Index of the pair.
        target: What was explained of both: ``expected``, ``scale``, or a label that both have.
        method: That explained it.
        seed: Of the method.
        budget: Evaluations of each explanation, where the method has a budget.
        asked: Reviews that were to be explained.
        reviews: Those that were, the most disagreement first; fewer where it was cancelled.
        made: Evaluations made.
        totals: One a word, the largest first; above zero where the word pushes the first above the second.
    """

    pair: Count
    target: str
    method: str
    seed: int
    budget: int | None
    asked: Annotated[int, Field(ge=1)]
    reviews: Annotated[int, Field(ge=1)]
    made: Count
    totals: tuple[WordTotal, ...]
