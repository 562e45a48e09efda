"""Where a comparison on a file is from, and which rows were left out."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from workbench.reports.document import Block, Cell, Facts, Paragraph, Table, Tone
from workbench.reports.telling.provenance import checkpoint_facts, speakable, version_facts
from workbench.reports.telling.wording import counted
from workbench.schema import CheckpointOnFile, FileComparison, FileSource
from workbench.tables.rows import LABEL_NAMES

# Rows that are listed, and labels.
_MOST_FAULTS, _MOST_LABELS = 50, 60
# What stands in the command for names that cannot be typed.
_FILE, _COLUMN = "REVIEWS", "COLUMN"


def left_out_blocks(comparison: FileComparison) -> Iterator[Block]:
    """Rows that could not be used, and labels that a checkpoint does not know.

    Args:
        comparison: What is told.

    Yields:
        Blocks; none where there are no such rows.
    """
    source = comparison.source
    if source is not None and source.fault_counts:
        whole = sum(source.fault_counts.values())
        yield Paragraph(f"{counted(whole, 'row')} of {source.seen:,} could not be used.")
        reasons = ((Cell(reason), Cell(f"{count:,}", value=count)) for reason, count in source.fault_counts.items())
        yield Table(("Reason", "Rows"), tuple(reasons), sortable=True)
        shown = source.faults[:_MOST_FAULTS]
        rows = tuple((Cell(str(one.number), value=one.number), Cell(one.reason)) for one in shown)
        yield Table(("Row", "Reason"), rows, sortable=True, left_out=whole - len(shown))
    unknown = [
        (Cell(label), Cell(side.name), Cell(f"{count:,}", value=count))
        for side in comparison.checkpoints
        for label, count in side.unknown_labels.items()
    ]
    if unknown:
        yield Paragraph("Labels of the file that a checkpoint does not know; its figures leave these rows out.")
        yield Table(("Label of the file", "Not known by", "Rows"), tuple(unknown), sortable=True)


def file_provenance(comparison: FileComparison) -> Iterator[Block]:
    """Where a comparison on a file is from.

    Args:
        comparison: What is told.

    Yields:
        Blocks.
    """
    yield Facts(tuple(row for side in comparison.checkpoints for row in checkpoint_facts(side.checkpoint)))
    if comparison.source is not None:
        yield Facts(tuple(_file(comparison.source)))
        yield from (Paragraph(f"{note[:1].upper()}{note[1:]}.", Tone.SMALL) for note in comparison.source.notes)
    yield Paragraph("What the labels mean: stars, and places on the scale from 0 (worst) to 1 (best).", Tone.SMALL)
    yield _scale(comparison.checkpoints)
    drawn = f"{comparison.resamples:,} draws" if comparison.resamples else "none drawn"
    yield Facts((("Seed", str(comparison.seed)), ("Bootstrap", drawn)))
    yield from version_facts(comparison.provenance)
    yield from _commands(comparison)


def file_command(comparison: FileComparison) -> str | None:
    """The command that makes a comparison on a file again, in the folder of the file.

    Args:
        comparison: What it made.

    Returns:
        One line for a POSIX shell; none where the rows are from no file.
    """
    source = comparison.source
    if source is None:
        return None
    words = ["workbench", "compare", "--file", source.name if speakable(source.name) else _FILE]
    for column in source.text_columns:
        words += ["--text-column", column if speakable(column) else _COLUMN]
    if source.label_column is not None:
        words += ["--label-column", source.label_column if speakable(source.label_column) else _COLUMN]
    words += ["--limit", str(source.kept), "--seed", str(comparison.seed)]
    for side in comparison.checkpoints:
        words += ["--checkpoint", side.name]
    for side in comparison.checkpoints:
        words += _scale_words(side)
    if comparison.words:
        words += ["--words", str(max(one.asked for one in comparison.words))]
    return shlex.join([*words, "--output", "again.json"])


def _scale_words(side: CheckpointOnFile) -> list[str]:
    """The places of labels, where their names do not tell them."""
    from workbench.pipeline import known_places

    labels = side.checkpoint.labels
    if side.places is None or dict(zip(labels, side.places, strict=True)) == known_places(labels):
        return []
    places = ",".join(f"{label}={place!r}" for label, place in zip(labels, side.places, strict=True))
    return ["--scale", f"{side.name}:{places}"]


def _file(source: FileSource) -> Iterator[tuple[str, str]]:
    yield "File", source.name
    yield "SHA-256", source.sha256 or "not kept"
    yield "Read as", f"{source.form}{f', {source.encoding}' if source.encoding else ''}"
    yield "Text", ", ".join(source.text_columns)
    yield "Label", source.label_column or "none"
    drawn = f"; {source.good:,} could be used" if source.good != source.kept else ""
    yield "Rows", f"{source.kept:,} of {source.seen:,} read{drawn}"


def _scale(sides: tuple[CheckpointOnFile, ...]) -> Table:
    rows = [
        (
            Cell(label),
            Cell(side.name),
            Cell("none") if side.ratings is None else Cell(str(side.ratings[place]), value=side.ratings[place]),
            Cell("none") if side.places is None else Cell(f"{side.places[place]:g}", value=side.places[place]),
        )
        for side in sides
        for place, label in enumerate(side.checkpoint.labels)
    ]
    header = ("Label", "Checkpoint", "Stars", "Place on the scale")
    return Table(header, tuple(rows[:_MOST_LABELS]), left_out=max(0, len(rows) - _MOST_LABELS))


def _commands(comparison: FileComparison) -> Iterator[Block]:
    command, source = file_command(comparison), comparison.source
    made = "the rows were given from Python" if command is None else command
    yield Facts((("Make it again", made), ("Verify this file", "workbench verify FILE")))
    if source is None:
        return
    notes = ["Made again in the folder of the file."]
    if not all(map(speakable, [source.name, *source.text_columns, source.label_column or ""])):
        notes.append(f"{_FILE} and {_COLUMN} stand for names with signs that a terminal would act on or hide.")
    usual = [one for one in source.columns if one.strip().casefold() in LABEL_NAMES and one not in source.text_columns]
    if source.label_column is None and usual:
        notes.append(f"The labels of “{usual[0]}”, left out here, are read then.")
    if comparison.partial:
        notes.append("All rows are read then; this comparison was cancelled before.")
    if any(one.method != "occlusion" for one in comparison.words) or len(comparison.words) < len(comparison.pairs) > 1:
        notes.append("The words are then those of occlusion, of each two.")
    notes.append("To verify, the reviews are those that this file carries; with --file F the file is read again too.")
    yield Paragraph(" ".join(notes), Tone.SMALL)
