"""Parts of a data set on which the predictions are worse than on the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from workbench.errors import InputError
from workbench.measures import Differences, Interval, Sums, benjamini_hochberg, mean_differences, share_differences
from workbench.schema import Estimate, Measure, RowFilter, Slice, SliceKind, Slices
from workbench.triage._columns import mean, proportion
from workbench.triage._conditions import OUTCOMES, Cut, cuts, joined
from workbench.triage._tallies import Membership, Tally, membership, value_of, words
from workbench.triage.figures import ALL_ROWS

if TYPE_CHECKING:
    from workbench.triage.dataset import Dataset

LEAST_ROWS = 30
LEVEL = 0.05
_SHOWN = 50  # words, and pairs
_WORST = 25
_MANY = {SliceKind.WORD, SliceKind.PAIR}


@dataclass(frozen=True)
class _Judged:
    """Slices with what was found of them, in the same order."""

    cuts: Sequence[Cut]
    tally: Tally
    differences: Differences
    rest: npt.NDArray[np.float64]
    p: npt.NDArray[np.float64]

    @property
    def kinds(self) -> set[SliceKind]:
        """By what the rows are taken together."""
        return {cut.kind for cut in self.cuts}

    def worse(self, measure: Measure) -> npt.NDArray[np.float64]:
        """By how much each is worse than the rest for sure, at least 0."""
        surely = self.differences.low if measure.low_is_good else -self.differences.high
        return np.asarray(np.maximum(surely, 0.0))


def slices(
    dataset: Dataset,
    chosen: RowFilter = ALL_ROWS,
    *,
    measure: Measure = Measure.ACCURACY,
    least_rows: int = LEAST_ROWS,
    by_word: bool = True,
    pairs: bool = False,
) -> Slices:
    """How good the predictions are on each part of the rows, and on which they are worse than on the rest.

    Shares have Wilson's intervals and are compared by Fisher's exact test and Newcombe's interval, means by Welch's; p
    values are corrected over all that was looked at (Benjamini & Hochberg). A pair of conditions counts where it is
    worse than the rest of either.

    Args:
        dataset: The batch.
        chosen: Which rows.
        measure: Accuracy, off by one, or the mean absolute error.
        least_rows: With a right label, in a slice and beside it; at least 2.
        by_word: Also look at each word.
        pairs: Also look at each two conditions, words excepted.

    Returns:
        The slices.

    Raises:
        InputError: Too few rows have a right label, or the measure does not fit.
    """
    value_of(measure, dataset.manifest)
    if least_rows < 2:
        raise InputError(f"slices of {least_rows} rows say nothing", "ask for at least 2 rows")
    conditions = cuts(dataset, chosen, least_rows)
    rows = membership(dataset, chosen, measure, conditions)
    every = rows.every()
    if every.rows < 2 * least_rows:
        raise InputError(
            f"{int(every.rows)} rows with a right label are too few for slices of {least_rows}",
            "label more, or ask for smaller slices",
        )
    judge = _Judge(measure, every, least_rows)
    found = [judge.cuts(conditions, rows.tally())]
    if by_word and not chosen.word:
        names, tally = words(dataset, chosen, measure, least_rows)
        found.append(judge.cuts([_word(name) for name in names], tally))
    if pairs:
        found.append(judge.pairs(conditions, rows))
    shown, worst = _told(found, chosen, measure)
    return Slices(
        chosen=chosen,
        measure=measure,
        overall=_overall(rows, measure),
        labelled=int(every.rows),
        least_rows=least_rows,
        looked_at=sum(len(one.p) for one in found),
        slices=tuple(shown),
        worst=tuple(worst),
        notes=_notes(),
    )


@dataclass(frozen=True)
class _Judge:
    """Compares slices with the rest of the rows.

    Attributes:
        measure: By what.
        every: Of all rows.
        least_rows: Of a slice and of the rest.
    """

    measure: Measure
    every: Sums
    least_rows: int

    def differences(self, part: Sums, rest: Sums) -> Differences:
        """By the test that fits the measure."""
        return (mean_differences if self.measure is Measure.MAE else share_differences)(part, rest)

    def large(self, part: Sums, whole: Sums) -> npt.NDArray[np.int64]:
        """Which slices have enough rows, and leave enough."""
        return np.flatnonzero((part.rows >= self.least_rows) & (whole.rows - part.rows >= self.least_rows))

    def cuts(self, conditions: Sequence[Cut], tally: Tally) -> _Judged:
        """Each condition against the rest."""
        which = self.large(tally.sums, self.every)
        tally = tally.among(which)
        rest = self.every.without(tally.sums)
        found = self.differences(tally.sums, rest)
        return _Judged([conditions[place] for place in which], tally, found, rest.mean(), found.p)

    def pairs(self, conditions: Sequence[Cut], rows: Membership) -> _Judged:
        """Each two conditions of different groups against the rest; the p values are against the rest of either."""
        both = [
            (first, second)
            for first, one in enumerate(conditions)
            for second, other in enumerate(conditions[:first])
            if one.group != other.group
        ]
        first, second = np.array(both, dtype=np.int64).reshape(-1, 2).T
        tally, alone = rows.pairs(first, second), rows.tally()
        parents = [alone.among(first).sums, alone.among(second).sums]
        # All of a condition's rows may meet the other: then the pair is nothing new.
        enough = [self.large(tally.sums, whole) for whole in (self.every, *parents)]
        which = np.intersect1d(np.intersect1d(enough[0], enough[1]), enough[2])
        tally = tally.among(which)
        rest = self.every.without(tally.sums)
        found = self.differences(tally.sums, rest)
        p = found.p
        for parent in (alone.among(first[which]).sums, alone.among(second[which]).sums):
            within = self.differences(tally.sums, parent.without(tally.sums))
            same_way = np.sign(within.value) == np.sign(found.value)
            p = np.maximum(p, np.where(same_way, within.p, 1.0))
        named = [_both(conditions[second[place]], conditions[first[place]]) for place in which]
        return _Judged(named, tally, found, rest.mean(), p)


def _told(found: Sequence[_Judged], chosen: RowFilter, measure: Measure) -> tuple[list[Slice], list[Slice]]:
    """The slices to be shown and the worst, their p values corrected together."""
    corrected = benjamini_hochberg(np.concatenate([one.p for one in found]))
    shown: list[Slice] = []
    worst: list[Slice] = []
    start = 0
    for one in found:
        own = corrected[start : start + len(one.p)]
        start += len(one.p)
        worse = one.worse(measure)
        bad = np.flatnonzero((worse > 0) & (own < LEVEL))
        bad = bad[np.argsort(-worse[bad], kind="stable")][:_WORST]
        few = one.kinds.isdisjoint(_MANY)
        told = range(len(one.p)) if few else np.argsort(one.p, kind="stable")[:_SHOWN]
        # Of thousands of words only these become slices, since that takes the time.
        shown += [_slice(one, int(place), own, worse, chosen) for place in told]
        worst += [_slice(one, int(place), own, worse, chosen) for place in bad]
    return shown, sorted(worst, key=lambda one: -one.worse)[:_WORST]


def _slice(
    found: _Judged,
    place: int,
    corrected: npt.NDArray[np.float64],
    worse: npt.NDArray[np.float64],
    chosen: RowFilter,
) -> Slice:
    cut, sums, gap = found.cuts[place], found.tally.sums, found.differences

    def estimate(value: npt.NDArray[np.float64], ends: Interval) -> Estimate:
        return Estimate(value=float(value[place]), low=float(ends[0][place]), high=float(ends[1][place]))

    return Slice(
        kind=cut.kind,
        name=cut.name,
        chosen=joined(chosen, cut.rows),
        rows=int(found.tally.rows[place]),
        labelled=int(sums.rows[place]),
        value=estimate(sums.mean(), gap.inside),
        rest=float(found.rest[place]),
        difference=estimate(gap.value, (gap.low, gap.high)),
        p=float(found.p[place]),
        p_corrected=min(float(corrected[place]), 1.0),
        worse=float(worse[place]),
        found=bool(worse[place] > 0 and corrected[place] < LEVEL),
    )


def _overall(rows: Membership, measure: Measure) -> Estimate:
    known = rows.values[~np.isnan(rows.values)]
    return mean(known) if measure is Measure.MAE else proportion(float(known.sum()), len(known))


def _word(word: str) -> Cut:
    return Cut(SliceKind.WORD, "word", f"with the word “{word[:40]}”", RowFilter(word=word, failed=None))


def _both(first: Cut, second: Cut) -> Cut:
    name = f"{first.name} and {second.name}"
    return Cut(SliceKind.PAIR, "pair", name, joined(first.rows, second.rows))


def _notes() -> tuple[str, ...]:
    named = " and ".join(f"“{tag.value}”" for tag in OUTCOMES)
    return (f"the tags {named} are no slices here, as they say themselves that prediction and label differ",)
