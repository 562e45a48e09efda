"""A comparison of checkpoints on a file told."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.file_view import (
    as_sentence,
    best_of,
    cancelled_line,
    figures_of,
    labelled_line,
    measure_title,
    other_notes,
    reviews,
    short_names,
    source_line,
)
from workbench.reports.document import Block, Cell, Document, Paragraph, Section, Table, Tone
from workbench.reports.file_comparison import file_document
from workbench.reports.reliability_chart import reliability_chart
from workbench.reports.telling.file_pairs import pair_sections, word_sections
from workbench.reports.telling.file_provenance import file_provenance, left_out_blocks
from workbench.reports.telling.wording import listed
from workbench.schema import CalibrationBin, CheckpointOnFile, FileComparison, Measure, MeasureDifference, PairOnFile

_INTERVALS = "In brackets where a figure lies with 95%, each checkpoint by itself."
_PAIRED = (
    "Each difference is the first minus the second on the same reviews, with its 95% interval by paired bootstrap. "
    "One is called better where its p is below 0.05 and the interval leaves out zero."
)
_RELIABILITY = (
    "On the dotted line a checkpoint is right as often as it says; below, it is too sure. The larger a dot, the more "
    "reviews."
)


def tell_file(comparison: FileComparison) -> Document:
    """What a comparison on a file says.

    Args:
        comparison: What is told.

    Returns:
        The document.
    """
    names = [side.name for side in comparison.checkpoints]
    judged = [side for side in comparison.checkpoints if side.calibration]
    left_out = tuple(left_out_blocks(comparison))
    sections = [
        Section("Verdict", tuple(_verdict(comparison))),
        Section("How good each is", tuple(_figures(comparison))),
        *([Section("How surely they differ", tuple(_differences(comparison)))] if _differing(comparison) else []),
        *(
            [Section("How far their confidence can be believed", tuple(_reliability(comparison, judged)))]
            if judged
            else []
        ),
        *pair_sections(comparison),
        *word_sections(comparison),
        *([Section("Rows left out", left_out)] if left_out else []),
        Section("Provenance", tuple(file_provenance(comparison))),
    ]
    version = comparison.provenance.get("workbench")
    source = f" on {comparison.source.name}" if comparison.source else ""
    return Document(
        title=f"{listed(names)} compared{source}",
        subtitle=f"On {reviews(len(comparison.rows))}{f', by Workbench {version}' if version else ''}",
        sections=tuple(sections),
        data=file_document(comparison),
    )


def _verdict(comparison: FileComparison) -> Iterator[Block]:
    if comparison.partial:
        yield Paragraph(cancelled_line(comparison), Tone.WARNING)
    for pair in comparison.pairs:
        better = any(one.better for one in pair.differences if one.measure is Measure.ACCURACY)
        named = "" if len(comparison.pairs) == 1 else f"{' − '.join(comparison.names(pair))}: "
        yield Paragraph(f"{named}{as_sentence(pair.sentence)}", Tone.LEAD if better else Tone.PLAIN)
        others = (one for one in pair.differences if one.better and one.measure is not Measure.ACCURACY)
        yield from (Paragraph(as_sentence(one.sentence)) for one in others)
    yield from (Paragraph(note, Tone.SMALL) for note in other_notes(comparison))
    yield Paragraph(f"{source_line(comparison)}.", Tone.SMALL)


def _figures(comparison: FileComparison) -> Iterator[Block]:
    """Figures down, checkpoints across, so that four of them fit on paper."""
    sides = comparison.checkpoints
    rows = [(Cell("Reviews"), *(Cell(labelled_line(side, len(comparison.rows))) for side in sides))]
    for figure in figures_of(sides):
        best = best_of(sides, figure)
        cells = []
        for side, leads in zip(sides, best, strict=True):
            value, ends = figure.value(side), side.intervals.get(figure.measure) if figure.measure else None
            shown = "none" if value is None else figure.shown(value)
            range_ = f" ({figure.shown(ends[0])} to {figure.shown(ends[1])})" if ends else ""
            cells.append(Cell(f"{shown}{range_}", value=value, mark=figure.mark if leads else None))
        rows.append((Cell(f"{figure.title}{', lower is better' if figure.low and figure.judged else ''}"), *cells))
    if any(side.cut for side in sides):
        rows.append((Cell("Reviews read only in part"), *(Cell(f"{side.cut:,}", value=side.cut) for side in sides)))
    yield Table(("Figure", *short_names(comparison)), tuple(rows))
    if any(side.intervals for side in sides):
        yield Paragraph(_INTERVALS, Tone.SMALL)


def _differing(comparison: FileComparison) -> list[tuple[PairOnFile, MeasureDifference]]:
    return [(pair, one) for pair in comparison.pairs for one in pair.differences]


def _differences(comparison: FileComparison) -> Iterator[Block]:
    several, names = len(comparison.pairs) > 1, short_names(comparison)
    short = dict(zip((side.name for side in comparison.checkpoints), names, strict=True))
    rows = []
    for pair, one in _differing(comparison):
        first, second = names[pair.first], names[pair.second]
        rows.append(
            (
                Cell(measure_title(one.measure)),
                *([Cell(f"{first} − {second}")] if several else []),
                Cell(f"{one.first:.3f}", value=one.first),
                Cell(f"{one.second:.3f}", value=one.second),
                Cell(f"{one.value:+.3f}", value=one.value),
                Cell("none" if one.low is None or one.high is None else f"{one.low:+.3f} to {one.high:+.3f}"),
                _p(one.p_corrected if several else one.p),
                Cell(f"{one.rows:,}", value=one.rows),
                Cell(f"better: {short.get(one.better, one.better)}" if one.better else "not shown"),
            )
        )
    heads = ("Checkpoints", "First", "Second") if several else names
    p = "p, corrected" if several else "p"
    yield Table(("Figure", *heads, "Difference", "95%", p, "Reviews", "Outcome"), tuple(rows))
    correction = " p values are corrected for the number of pairs (Holm), the intervals are not." if several else ""
    yield Paragraph(f"{_PAIRED}{correction}", Tone.SMALL)


def _p(value: float | None) -> Cell:
    return Cell("none") if value is None else Cell(f"{value:.3g}" if value >= 0.001 else "under 0.001", value=value)


def _reliability(comparison: FileComparison, sides: list[CheckpointOnFile]) -> Iterator[Block]:
    yield reliability_chart(sides)
    yield Paragraph(_RELIABILITY, Tone.SMALL)
    bins = zip(*(side.calibration for side in sides), strict=True)
    rows = tuple(
        (Cell(f"{row[0].low:.2f} to {row[0].high:.2f}", value=row[0].low), *map(_right, row))
        for row in bins
        if any(one.rows for one in row)
    )
    named = zip(short_names(comparison), comparison.checkpoints, strict=True)
    yield Table(("Confidence", *(f"{name}: right" for name, side in named if side in sides)), rows)


def _right(one: CalibrationBin) -> Cell:
    return Cell("") if one.accuracy is None else Cell(f"{one.accuracy:.2f} of {one.rows:,}", value=one.accuracy)
