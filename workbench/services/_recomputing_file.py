"""A comparison on a file again: from the reviews that its report carries, and from the file where it is at hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from workbench.checkpoints import Checkpoint
from workbench.errors import InputError
from workbench.schema import DisagreementWords, FileComparison
from workbench.services.common_target import Places
from workbench.services.comparing_file import compare_file
from workbench.services.comparing_words import most_disagreeing, words_of
from workbench.services.differing import explain_difference
from workbench.tables import Row, Table, read_table, unlabelled


def compared_again(
    recorded: FileComparison,
    checkpoints: Sequence[Checkpoint],
    file: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> FileComparison:
    """A comparison on a file again.

    Args:
        recorded: Of the report.
        checkpoints: Those that it names, under its names.
        file: The file that it was made on, where that is to be read again.
        progress: Called with predictions made and all.

    Returns:
        What recomputing gives; the file's name and notes are those of the report.

    Raises:
        InputError: The file cannot be read, or is another one.
        WorkbenchError: What the report asks for cannot be had here.
    """
    rows: Sequence[Row] = [Row(row.text, row.label, row.text, row.number) for row in recorded.rows]
    source = recorded.source
    if file is not None:
        read = _read_again(recorded, file)
        rows = read.rows[: len(rows)]
        source = read.source.model_copy(
            update={"name": recorded.source.name, "notes": recorded.source.notes} if recorded.source else {}
        )
    scales = _scales(recorded)
    found = compare_file(
        checkpoints,
        rows,
        source=source,
        seed=recorded.seed,
        scales=scales,
        asked=recorded.asked,
        progress=progress,
    )
    words = tuple(_words(one, found, checkpoints, scales) for one in recorded.words)
    return found.model_copy(update={"words": words})


def _read_again(recorded: FileComparison, file: Path) -> Table:
    source = recorded.source
    if source is None:
        raise InputError("the report is of rows that were given from Python, not of a file", "leave out the file")
    read = read_table(file, text=source.text_columns, label=source.label_column, limit=source.kept, seed=recorded.seed)
    if source.sha256 is not None and read.source.sha256 != source.sha256:
        raise InputError(
            f"{file} is not the file of the report (its SHA-256 is {read.source.sha256}; in the report "
            f"{source.sha256[:80]})",
            "name the one that the comparison was made on",
        )
    return read if source.label_column is not None else unlabelled(read)


def _scales(recorded: FileComparison) -> dict[str, Places]:
    return {
        side.name: dict(zip(side.checkpoint.labels, side.places, strict=True))
        for side in recorded.checkpoints
        if side.places is not None
    }


def _words(
    asked: DisagreementWords, found: FileComparison, checkpoints: Sequence[Checkpoint], scales: dict[str, Places]
) -> DisagreementWords:
    pair = found.pairs[asked.pair]
    both = checkpoints[pair.first], checkpoints[pair.second]
    differences = [
        explain_difference(
            both,
            text,
            target=asked.target,
            method=asked.method,
            seed=asked.seed,
            budget=asked.budget,
            scales={name: scales[name] for name in found.names(pair) if name in scales},
        )
        for text in most_disagreeing(found, pair, asked.asked)[: asked.reviews]
    ]
    if not differences:
        raise InputError("the report has words of a disagreement that there is not", "compare again")
    return _in_order(words_of(asked.pair, asked.target, differences, asked.asked), asked)


def _in_order(found: DisagreementWords, asked: DisagreementWords) -> DisagreementWords:
    """The words in the order of the report, where that is by size: the last digits of two totals may change places."""
    places = {one.word: place for place, one in enumerate(asked.totals)}
    sizes = [abs(one.total) for one in asked.totals]
    if set(places) != {one.word for one in found.totals} or sizes != sorted(sizes, reverse=True):
        return found
    return found.model_copy(update={"totals": tuple(sorted(found.totals, key=lambda one: places[one.word]))})
