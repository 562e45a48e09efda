"""Parts of a data set on which the predictions are worse than on the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from workbench.errors import InputError
from workbench.measures import Differences, Sums, benjamini_hochberg, mean_differences, share_differences
from workbench.schema import Estimate, Measure, RowFilter, Slice, SliceKind, Slices
from workbench.triage._conditions import OUTCOMES, Cut, cuts, joined
from workbench.triage._columns import mean, proportion
from workbench.triage._tallies import Membership, Tally, membership, value_of, words
from workbench.triage.figures import ALL_ROWS

if TYPE_CHECKING:
    from workbench.triage.dataset import Dataset

LEAST_ROWS = 30
LEVEL = 0.05
_SHOWN = 50  # words, and pairs
_WORST = 25


@dataclass(frozen=True)
class _Judged:
    """Slices with what was found of them, in the same order."""

    cuts: Sequence[Cut]
    tally: Tally
    differences: Differences
    rest: npt.NDArray[np.float64]
    p: npt.NDArray[np.float64]


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
    shown = _told(found, chosen, measure)
    return Slices(
        chosen=chosen,
        measure=measure,
        overall=_overall(rows, measure),
        labelled=int(every.rows),
        least_rows=least_rows,
        looked_at=len(shown),
        slices=_kept(shown),
        worst=tuple(sorted((one for one in shown if one.found), key=lambda one: -one.worse)[:_WORST]),
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


def _told(found: Sequence[_Judged], chosen: RowFilter, measure: Measure) -> list[Slice]:
    """All slices, their p values corrected together."""
    corrected = benjamini_hochberg(np.concatenate([one.p for one in found]))
    told, start = [], 0
    for one in found:
        told += [
            _slice(one, place, float(corrected[start + place]), chosen, measure) for place in range(len(one.cuts))
        ]
        start += len(one.cuts)
    return told


def _slice(found: _Judged, place: int, corrected: float, chosen: RowFilter, measure: Measure) -> Slice:
    cut, sums, gap = found.cuts[place], found.tally.sums, found.differences
    low, high = float(gap.low[place]), float(gap.high[place])
    worse = max(low if measure.low_is_good else -high, 0.0)
    ends = gap.inside
    return Slice(
        kind=cut.kind,
        name=cut.name,
        chosen=joined(chosen, cut.rows),
        rows=int(found.tally.rows[place]),
        labelled=int(sums.rows[place]),
        value=Estimate(value=float(sums.mean()[place]), low=float(ends[0][place]), high=float(ends[1][place])),
        rest=float(found.rest[place]),
        difference=Estimate(value=float(gap.value[place]), low=low, high=high),
        p=float(found.p[place]),
        p_corrected=min(corrected, 1.0),
        worse=worse,
        found=worse > 0 and corrected < LEVEL,
    )


def _kept(shown: Sequence[Slice]) -> tuple[Slice, ...]:
    many = {
        kind: sorted((one for one in shown if one.kind is kind), key=lambda one: (one.p, one.name))[:_SHOWN]
        for kind in (SliceKind.WORD, SliceKind.PAIR)
    }
    return (*(one for one in shown if one.kind not in many), *many[SliceKind.WORD], *many[SliceKind.PAIR])


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
