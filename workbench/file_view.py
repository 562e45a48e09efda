"""A comparison on a file as people read it, whatever draws it: which figures, which is best, and sentences."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from workbench.schema import CheckpointOnFile, FileComparison, Measure

# Of the sentences that do not begin with a checkpoint's name.
_BEGINNINGS = ("no difference ", "they agree ", "the rows ")
_CANCELLED = "cancelled: "
_NAME = 28  # signs
_TITLES = {
    Measure.ACCURACY: ("Accuracy", "share of reviews with exactly the right label; higher is better"),
    Measure.OFF_BY_ONE: ("Within one star", "share of reviews at most one star off; higher is better"),
    Measure.MAE: ("Stars off", "mean absolute error of the expected rating, in stars; lower is better"),
    Measure.MACRO_F1: ("Macro F1", "F1 averaged over the labels; higher is better"),
    Measure.ECE: ("Calibration error", "how far confidence is from the share that is right; lower is better"),
}


@dataclass(frozen=True)
class FileFigure:
    """A figure of checkpoints on a file.

    Attributes:
        title: Its name.
        tip: What it is.
        value: Of a checkpoint.
        shown: How a value is written.
        low: Less is better.
        judged: It is of the rows with a right label, so that it can be ranked only where these are the same.
        mark: What stands beside the best.
        measure: Where it is one.
    """

    title: str
    tip: str
    value: Callable[[CheckpointOnFile], float | None]
    shown: Callable[[float], str]
    low: bool = False
    judged: bool = False
    mark: str = "best"
    measure: Measure | None = None


def measure_title(measure: Measure) -> str:
    """A measure as a column or row is called."""
    return _TITLES[measure][0]


def figures_of(sides: Sequence[CheckpointOnFile]) -> list[FileFigure]:
    """What is said of each checkpoint.

    Args:
        sides: Checkpoints on one file.

    Returns:
        Measures that one of them has, then speed and size.
    """

    def measured(measure: Measure) -> Callable[[CheckpointOnFile], float | None]:
        return lambda side: side.figures.get(measure)

    judged = [
        FileFigure(
            *_TITLES[measure], measured(measure), "{:.3f}".format, measure.low_is_good, judged=True, measure=measure
        )
        for measure in Measure
        if any(measure in side.figures for side in sides)
    ]
    speed = "texts a second on this machine, now; higher is better"
    disk = "the weights, with those of a shared base"
    return [
        *judged,
        FileFigure("Reviews/s", speed, lambda side: side.texts_per_second, _rate),
        FileFigure("Parameters", "number of weights", lambda side: side.parameters, _count, low=True, mark="least"),
        FileFigure("On disk", disk, lambda side: side.disk_bytes, _megabytes, low=True, mark="least"),
    ]


def best_of(sides: Sequence[CheckpointOnFile], figure: FileFigure) -> list[bool]:
    """Which checkpoints have the best value of a figure; nothing is best where all are written the same.

    Args:
        sides: Checkpoints on one file.
        figure: From ``figures_of``.

    Returns:
        One a checkpoint.
    """
    values = [figure.value(side) for side in sides]
    written = ["" if one is None else figure.shown(one) for one in values]
    known = [one for one in values if one is not None]
    fair = not figure.judged or len({side.labelled for side in sides if side.labelled}) == 1
    if not (fair and len(set(filter(None, written))) > 1):
        return [False] * len(sides)
    best = figure.shown((min if figure.low else max)(known))
    return [one == best for one in written]


def short_names(comparison: FileComparison) -> tuple[str, ...]:
    """The names of checkpoints for heads of tables: of long ones the end, where paths differ.

    Args:
        comparison: On a file.

    Returns:
        One a checkpoint; whole, where the ends would be the same.
    """
    names = tuple(side.name for side in comparison.checkpoints)
    ends = tuple(name if len(name) <= _NAME else f"…{name[1 - _NAME :]}" for name in names)
    return ends if len(set(ends)) == len(names) else names


def reviews(count: int) -> str:
    """A number of reviews in words."""
    return f"{count:,} review{'' if count == 1 else 's'}"


def source_line(comparison: FileComparison) -> str:
    """What was compared on."""
    rows, source = reviews(len(comparison.rows)), comparison.source
    if source is None:
        return rows
    label = f", labels in “{source.label_column}”" if source.label_column else ""
    return f"{rows} of {source.name}: text in “{', '.join(source.text_columns)}”{label}"


def labelled_line(side: CheckpointOnFile, rows: int) -> str:
    """How many of the rows a checkpoint's figures are of."""
    return f"{side.labelled:,} of {rows:,} with a label it knows" if side.labelled != rows else reviews(rows)


def cancelled_line(comparison: FileComparison) -> str:
    """What a reader has to know of a comparison that was stopped; empty for others."""
    if not comparison.partial:
        return ""
    return (
        f"Cancelled: {len(comparison.rows):,} of {comparison.asked:,} reviews were read by all "
        "checkpoints; everything below is of these alone."
    )


def other_notes(comparison: FileComparison) -> list[str]:
    """Sentences for the reader, but for that it was cancelled, which ``cancelled_line`` says."""
    return [as_sentence(note) for note in comparison.notes if not note.startswith(_CANCELLED)]


def as_sentence(text: str) -> str:
    """A clause as a sentence; the name of a checkpoint, where it begins with one, stays as it is."""
    begun = text[:1].upper() + text[1:] if text.startswith(_BEGINNINGS) else text
    return begun if begun.endswith(".") else f"{begun}."


def _rate(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def _count(value: float) -> str:
    return f"{value / 1e6:,.1f} M" if value >= 1e6 else f"{value:,.0f}"


def _megabytes(value: float) -> str:
    return f"{value / 1e6:,.1f} MB"
