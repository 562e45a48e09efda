"""Whether two checkpoints really differ on labelled rows: paired bootstrap, McNemar's test, Holm's correction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.measures import bin_places, measure_chances, star_errors, within_one
from workbench.schema import McNemar, Measure, MeasureDifference

Array = npt.NDArray[np.generic]
Floats = npt.NDArray[np.float64]
Statistic = Callable[..., Floats]
Interval = tuple[float | None, float | None]

RESAMPLES = 2_000
# So many rows are sure enough with fewer resamples, which take time and memory with each row.
_MANY_ROWS, _FEW_RESAMPLES = 10_000, 500
_CELLS = 1_000_000  # of a batch of resamples
_LEVEL = 0.05


@dataclass(frozen=True)
class Judged:
    """A checkpoint's answers on rows with right labels.

    Attributes:
        name: The checkpoint.
        chances: Probabilities, shape (rows, labels).
        wanted: Index of the right label, shape (rows,).
        ratings: The number of stars of each label, where they are ratings.
    """

    name: str
    chances: Floats
    wanted: npt.NDArray[np.int64]
    ratings: tuple[int, ...] | None

    @property
    def right(self) -> npt.NDArray[np.bool_]:
        """Which rows are predicted right."""
        return np.asarray(self.chances.argmax(axis=1) == self.wanted)

    def figures(self) -> dict[Measure, float]:
        """All measures of it that there are."""
        if not len(self.wanted):
            return {}
        found = measure_chances(self.name, self.chances, self.wanted, self.ratings).model_dump()
        return {measure: found[measure.value] for measure in Measure if found[measure.value] is not None}


def resamples_for(rows: int) -> int:
    """How many resamples a bootstrap over so many rows takes."""
    return RESAMPLES if rows <= _MANY_ROWS else _FEW_RESAMPLES


def mcnemar(first: npt.NDArray[np.bool_], second: npt.NDArray[np.bool_]) -> McNemar:
    """McNemar's test, exact: on rows where one of two is right, either is right as often where there is no difference.

    Args:
        first: Which rows the one predicts right.
        second: Which rows the other does.

    Returns:
        The discordant rows and the two-sided binomial p.
    """
    from scipy.stats import binomtest

    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    discordant = only_first + only_second
    p = float(binomtest(only_first, discordant, 0.5).pvalue) if discordant else 1.0
    return McNemar(only_first=only_first, only_second=only_second, p=p)


def compare_judged(first: Judged, second: Judged, seed: int) -> list[MeasureDifference]:
    """The differences of two checkpoints on the same rows, p values not yet corrected.

    Args:
        first: The one.
        second: The other.
        seed: Of the bootstrap; all measures see the same resamples.

    Returns:
        One a measure that both have in the same unit.
    """
    ours, theirs = first.figures(), second.figures()
    same_stars = first.ratings is not None and set(first.ratings) == set(second.ratings or ())
    starred = {Measure.OFF_BY_ONE, Measure.MAE}
    found = []
    for measure in (one for one in ours if one in theirs and (same_stars or one not in starred)):
        interval, p = _interval(measure, first, second, seed)
        if measure is Measure.ACCURACY:
            p = mcnemar(first.right, second.right).p
        found.append(
            MeasureDifference(
                measure=measure,
                first=ours[measure],
                second=theirs[measure],
                rows=len(first.wanted),
                value=ours[measure] - theirs[measure],
                low=interval[0],
                high=interval[1],
                p=p,
                p_corrected=p,
                better=None,
                sentence="",
            )
        )
    return found


def concluded(
    difference: MeasureDifference, p_corrected: float | None, names: tuple[str, str], pairs: int
) -> MeasureDifference:
    """A difference with its corrected p and what follows from it.

    Args:
        difference: From ``compare_judged``.
        p_corrected: Over all pairs.
        names: Of the first and the second checkpoint.
        pairs: How many pairs were compared.

    Returns:
        With ``better`` and ``sentence``.
    """
    low, high = difference.low, difference.high
    apart = low is not None and high is not None and (low > 0 or high < 0)
    sure = apart and p_corrected is not None and p_corrected < _LEVEL
    ahead = (difference.value > 0) is not difference.measure.low_is_good
    winner, loser = names if ahead else names[::-1]
    better = winner if sure else None
    sentence = _sentence(difference, winner, loser) if sure else _undecided(difference, apart, pairs)
    return difference.model_copy(update={"p_corrected": p_corrected, "better": better, "sentence": sentence})


def _interval(
    measure: Measure, first: Judged, second: Judged, seed: int
) -> tuple[tuple[float | None, ...], float | None]:
    """Percentiles of the difference over resampled rows, and its two-sided p."""
    from scipy.stats import bootstrap

    rows = len(first.wanted)
    if rows < 2:
        return (None, None), None
    statistics = _statistic(measure, first), _statistic(measure, second)
    ours, theirs = _columns(measure, first), _columns(measure, second)

    def difference(*columns: Array, axis: int) -> Floats:
        return statistics[0](*columns[: len(ours)], axis=axis) - statistics[1](*columns[len(ours) :], axis=axis)

    found = bootstrap(
        (*ours, *theirs),
        difference,
        paired=True,
        vectorized=True,
        method="percentile",
        n_resamples=resamples_for(rows),
        batch=max(1, _CELLS // rows),
        rng=np.random.default_rng(seed),
    )
    drawn = found.bootstrap_distribution
    # The sample itself counts as one of the resamples, so that p is never zero (Davison & Hinkley 1997, 4.2.3).
    tails = [(1 + int(side.sum())) / (1 + len(drawn)) for side in (drawn <= 0, drawn >= 0)]
    ends = found.confidence_interval
    return (float(ends.low), float(ends.high)), min(1.0, 2 * min(tails))


def _columns(measure: Measure, judged: Judged) -> tuple[Array, ...]:
    """What a measure needs of each row."""
    given = judged.chances.argmax(axis=1)
    if measure is Measure.ACCURACY:
        return (judged.right.astype(np.float64),)
    if measure is Measure.MACRO_F1:
        return given.astype(np.int16), judged.wanted.astype(np.int16)
    if measure is Measure.ECE:
        confidence = judged.chances.max(axis=1)
        return bin_places(confidence).astype(np.int16), confidence - judged.right
    if measure is Measure.OFF_BY_ONE:
        return (within_one(given, judged.wanted, judged.ratings or ()).astype(np.float64),)
    return (star_errors(judged.chances, judged.wanted, judged.ratings or ()),)


def _statistic(measure: Measure, judged: Judged) -> Statistic:
    """The measure of columns, along an axis of rows."""
    if measure is Measure.MACRO_F1:
        return lambda given, wanted, axis: _macro_f1(given, wanted, judged.chances.shape[1], axis)
    if measure is Measure.ECE:
        return _calibration_error
    return lambda column, axis: np.asarray(np.mean(column, axis=axis))


def _macro_f1(given: Array, wanted: Array, labels: int, axis: int) -> Floats:
    """As scikit-learn has it: the mean over the labels that are given or wanted at all."""
    total, seen = 0.0, 0.0
    for label in range(labels):
        ours, right = given == label, wanted == label
        size = ours.sum(axis=axis) + right.sum(axis=axis)
        total = total + 2 * (ours & right).sum(axis=axis) / np.maximum(size, 1)
        seen = seen + (size > 0)
    return np.asarray(total / seen)


def _calibration_error(places: Array, gaps: Floats, axis: int) -> Floats:
    total = sum(np.abs(np.where(places == place, gaps, 0.0).sum(axis=axis)) for place in np.unique(places))
    return np.asarray(total / gaps.shape[axis])


def _sentence(difference: MeasureDifference, winner: str, loser: str) -> str:
    measure = difference.measure
    ends = sorted(abs(end) for end in (difference.low, difference.high) if end is not None)
    unit = f" {measure.unit}" if measure.unit else ""
    return (
        f"{winner} is better than {loser} by {abs(difference.value):.3f}{unit} in {measure.phrase} "
        f"(95%: {ends[0]:.3f} to {ends[1]:.3f})"
    )


def _undecided(difference: MeasureDifference, apart: bool, pairs: int) -> str:
    reviews = f"{difference.rows:,} review{'s' if difference.rows != 1 else ''}"
    what = f"no difference in {difference.measure.phrase} that {reviews} can show"
    if difference.low is None or difference.high is None:
        return what
    also = f" once {pairs} pairs are compared" if apart and pairs > 1 else ""
    return f"{what}{also} ({difference.value:+.3f}, 95%: {difference.low:+.3f} to {difference.high:+.3f})"
