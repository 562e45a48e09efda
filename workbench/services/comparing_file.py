"""Two to four checkpoints on a file of reviews: how good each is, and where and how surely they differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import combinations

import numpy as np

from workbench.checkpoints import Checkpoint, disk_bytes
from workbench.errors import Cancelled, InputError, TextError
from workbench.measures import calibration_bins, holm
from workbench.pipeline import Reading, read_chances
from workbench.schema import (
    CheckpointOnFile,
    FileComparison,
    FileRow,
    FileSource,
    Measure,
    MeasureDifference,
    PairOnFile,
)
from workbench.services._disagreeing import amounts_of, confusion_of, counts_of, differ_of, distance_of
from workbench.services._judging import Judged, compare_judged, concluded, mcnemar, resamples_for
from workbench.services._ranging import intervals_of
from workbench.services.common_target import Places, scales_for
from workbench.services.running import provenance
from workbench.tables import Row, match_labels
from workbench.text import check_text

MOST_CHECKPOINTS = 4
_CHUNK = 128  # rows that all checkpoints read before the next ones
_UNKNOWN_SHOWN = 20


def compare_file(
    checkpoints: Sequence[Checkpoint],
    rows: Sequence[Row],
    *,
    source: FileSource | None = None,
    seed: int = 0,
    scales: Mapping[str, Places] | None = None,
    asked: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> FileComparison:
    """Put checkpoints side by side on a file of reviews.

    Args:
        checkpoints: Two to four, with different names.
        rows: From ``read_table`` or ``read_rows``; labels may be missing, or mean nothing to some checkpoint.
        source: Where the rows are from.
        seed: Of the bootstrap.
        scales: Name of a checkpoint to where its labels stand between 0 (worst) and 1 (best); by default what the names
            of the labels say.
        asked: How many rows were to be read, where these are only the first of them.
        progress: Called with predictions made and all.
        cancelled: Asked between batches; true stops, and the result is of the rows that all checkpoints have read.

    Returns:
        Figures of each checkpoint, and differences and disagreement of each two.

    Raises:
        InputError: There are no rows, or too few or too many checkpoints, or two of one name; or a scale is given for
            none of them.
        TargetError: A scale does not fit the labels.
        TextError: A text is empty or cannot be encoded.
        Cancelled: The caller asked to stop before all checkpoints had read some row.
    """
    _check(checkpoints, rows)
    places = scales_for(checkpoints, scales)
    readings, done = _read(checkpoints, rows, progress, cancelled)
    if not done:
        raise Cancelled
    read = rows[:done]
    wanted = max(asked or 0, len(rows))
    sides = tuple(_side(*each, read, seed) for each in zip(checkpoints, readings, places, strict=True))
    pairs, resamples = _pairs(sides, seed)
    return FileComparison(
        source=source,
        rows=tuple(
            FileRow(number=row.number or place, text=row.text, label=row.label) for place, row in enumerate(read, 1)
        ),
        checkpoints=sides,
        pairs=pairs,
        asked=wanted,
        partial=done < wanted,
        seed=seed,
        resamples=resamples,
        notes=_notes(sides, pairs, done, wanted, any(row.label for row in read)),
        provenance=provenance(),
    )


def _check(checkpoints: Sequence[Checkpoint], rows: Sequence[Row]) -> None:
    if not 2 <= len(checkpoints) <= MOST_CHECKPOINTS:
        raise InputError(
            f"{len(checkpoints)} checkpoint{'s' * (len(checkpoints) != 1)} cannot be compared",
            f"name two to {MOST_CHECKPOINTS}",
        )
    (name, times), *_ = Counter(one.name for one in checkpoints).most_common(1)
    if times > 1:
        raise InputError(f"the checkpoint {name} is named {times} times", "name each once")
    if not rows:
        raise InputError("there are no reviews to compare on", "give a file with texts")
    for place, row in enumerate(rows, 1):
        try:
            check_text(row.text)
        except TextError as error:
            raise TextError(f"row {row.number or place}: {error.what}", error.remedy) from None


def _read(
    checkpoints: Sequence[Checkpoint],
    rows: Sequence[Row],
    progress: Callable[[int, int], None] | None,
    cancelled: Callable[[], bool] | None,
) -> tuple[list[list[Reading]], int]:
    """The answers of each checkpoint, chunk by chunk, and how many rows all of them have read."""
    readings: list[list[Reading]] = [[] for _ in checkpoints]
    total = len(rows) * len(checkpoints)
    for start in range(0, len(rows), _CHUNK):
        texts = [row.text for row in rows[start : start + _CHUNK]]
        chunk: list[Reading] = []
        for checkpoint in checkpoints:
            try:
                chunk.append(read_chances(checkpoint, texts, cancelled=cancelled))
            except Cancelled:
                return readings, start
            if progress:
                progress(start * len(checkpoints) + len(texts) * len(chunk), total)
        for own, reading in zip(readings, chunk, strict=True):
            own.append(reading)
    return readings, len(rows)


def _side(
    checkpoint: Checkpoint, readings: Sequence[Reading], scale: Places | None, rows: Sequence[Row], seed: int
) -> CheckpointOnFile:
    chances = np.concatenate([reading.chances for reading in readings])
    given = chances.argmax(axis=1)
    meanings = match_labels((row.label for row in rows if row.label), checkpoint.labels)
    named = [meanings[row.label] if row.label else None for row in rows]
    truth = tuple(None if label is None else checkpoint.labels.index(label) for label in named)
    unknown = Counter(row.label for row in rows if row.label and meanings[row.label] is None)
    judged = _judged(checkpoint.name, chances, truth, checkpoint.ratings, [label is not None for label in named])
    confidence = judged.chances.max(axis=1)
    return CheckpointOnFile(
        checkpoint=checkpoint.info,
        activation=checkpoint.activation,
        ratings=checkpoint.ratings,
        places=None if scale is None else tuple(scale[label] for label in checkpoint.labels),
        probabilities=tuple(map(tuple, chances.tolist())),
        predicted=tuple(given.tolist()),
        truth=truth,
        labelled=len(judged.wanted),
        unknown_labels={label: count for label, count in unknown.most_common(_UNKNOWN_SHOWN) if label},
        unknown=unknown.total(),
        figures=judged.figures(),
        intervals=intervals_of(judged, seed),
        calibration=calibration_bins(confidence, judged.right) if len(judged.wanted) else (),
        cut=sum(reading.cut for reading in readings),
        parameters=checkpoint.parameters,
        disk_bytes=disk_bytes(checkpoint.name),
        seconds=sum(reading.seconds for reading in readings),
    )


def _judged(
    name: str,
    chances: np.ndarray,
    truth: Sequence[int | None],
    ratings: tuple[int, ...] | None,
    known: Sequence[bool],
) -> Judged:
    """Answers on the rows that are known."""
    wanted = [label for label, there in zip(truth, known, strict=True) if there]
    return Judged(name, chances[np.array(known, dtype=bool)], np.array(wanted, dtype=np.int64), ratings)


def _pairs(sides: Sequence[CheckpointOnFile], seed: int) -> tuple[tuple[PairOnFile, ...], int]:
    """Every two checkpoints, and how many resamples were drawn."""
    pairs = [_pair(sides, first, second, seed) for first, second in combinations(range(len(sides)), 2)]
    judged = max((one.rows for pair in pairs for one in pair.differences), default=0)
    return _corrected(pairs, [side.name for side in sides]), resamples_for(judged) if judged > 1 else 0


def _pair(sides: Sequence[CheckpointOnFile], first: int, second: int, seed: int) -> PairOnFile:
    ours, theirs = sides[first], sides[second]
    known = [None not in both for both in zip(ours.truth, theirs.truth, strict=True)]
    judged = [_judged(one.name, np.array(one.probabilities), one.truth, one.ratings, known) for one in (ours, theirs)]
    distance, differ = distance_of(ours, theirs), differ_of(ours, theirs)
    rights = [[side.right(row) for row in range(len(known))] for side in (ours, theirs)]
    return PairOnFile(
        first=first,
        second=second,
        distance=distance,
        amounts=tuple(amounts_of(ours, theirs, distance).tolist()),
        differ=tuple(differ.tolist()),
        agreement=float(1 - differ.mean()),
        counts=counts_of(rights[0], rights[1], differ),
        confusion=confusion_of(ours, theirs),
        differences=tuple(compare_judged(judged[0], judged[1], seed)) if any(known) else (),
        mcnemar=mcnemar(judged[0].right, judged[1].right) if any(known) else None,
    )


def _corrected(pairs: Sequence[PairOnFile], names: Sequence[str]) -> tuple[PairOnFile, ...]:
    """The pairs with p values corrected, measure by measure, for the number of pairs."""
    corrected: dict[tuple[int, Measure], float] = {}
    for measure in Measure:
        raw = {
            place: one.p
            for place, pair in enumerate(pairs)
            for one in pair.differences
            if one.measure is measure and one.p is not None
        }
        corrected |= {(place, measure): p for place, p in zip(raw, holm(list(raw.values())), strict=True)}

    def settled(place: int, pair: PairOnFile, one: MeasureDifference) -> MeasureDifference:
        both = names[pair.first], names[pair.second]
        compared = sum(measure is one.measure for _, measure in corrected)
        return concluded(one, corrected.get((place, one.measure)), both, compared)

    return tuple(
        pair.model_copy(update={"differences": tuple(settled(place, pair, one) for one in pair.differences)})
        for place, pair in enumerate(pairs)
    )


def _notes(
    sides: Sequence[CheckpointOnFile], pairs: Sequence[PairOnFile], done: int, asked: int, labelled: bool
) -> tuple[str, ...]:
    """What a reader has to know, one sentence each."""
    notes = [f"cancelled: {done:,} of {asked:,} rows were read by all checkpoints"] if done < asked else []
    if not labelled:
        notes.append("the rows have no labels, so only the checkpoints' agreement is shown")
    for side in sides:
        if side.unknown:
            notes.append(_unknown(side))
        if side.cut:
            notes.append(f"{side.name} reads {side.cut:,} of the rows only in part, as they are too long for it")
    if sum(bool(pair.differences) for pair in pairs) > 1:
        notes.append(
            f"{len(pairs)} pairs are compared: p values are corrected for that (Holm); the 95% intervals are not"
        )
    return tuple(notes)


def _unknown(side: CheckpointOnFile) -> str:
    shown = ", ".join(repr(label[:40]) for label in list(side.unknown_labels)[:5])
    more = ", ..." if len(side.unknown_labels) > 5 else ""
    what = f"{side.name} does not know the label of {side.unknown:,} row{'s' * (side.unknown != 1)} ({shown}{more})"
    return f"{what}, so there are no figures of it" if not side.labelled else f"{what}; its figures are of the others"
