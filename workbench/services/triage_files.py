"""Rows of a data set as files: any selection, the piles of a threshold, corrections, all with corrected labels."""

from __future__ import annotations

from pathlib import Path

from workbench.schema import RowFilter, RowOrder
from workbench.services._writing import placed
from workbench.triage import Dataset
from workbench.triage.exporting import Content, chosen_rows, corrected_rows, marked_rows, pile, write


def export_rows(dataset: Dataset, path: Path, chosen: RowFilter | None = None, by: RowOrder | None = None) -> int:
    """Write rows that meet a filter, with tags and marks.

    Args:
        dataset: An opened batch.
        path: ``.csv``, ``.jsonl`` or ``.parquet``.
        chosen: The filter; by default every row that was predicted.
        by: The order; by default that of the file.

    Returns:
        How many.

    Raises:
        InputError: The filter or the order names a column that is not there, or the file cannot be written.
    """
    return _export(dataset, path, chosen_rows(dataset, chosen or RowFilter(), by or RowOrder()))


def export_piles(
    dataset: Dataset, threshold: float, confident: Path, doubtful: Path, chosen: RowFilter | None = None
) -> tuple[int, int]:
    """Write both piles of a threshold.

    Args:
        dataset: An opened batch.
        threshold: Least confidence of what need not be looked at.
        confident: File of those.
        doubtful: File of those for a person to look at, the least sure first; with rows that could not be predicted.
        chosen: Which rows; by default all.

    Returns:
        How many are in each.

    Raises:
        InputError: The filter names a column that is not there, or a file cannot be written.
    """
    return (
        export_pile(dataset, threshold, confident, confident=True, chosen=chosen),
        export_pile(dataset, threshold, doubtful, confident=False, chosen=chosen),
    )


def export_pile(
    dataset: Dataset, threshold: float, path: Path, *, confident: bool, chosen: RowFilter | None = None
) -> int:
    """Write one pile of a threshold.

    Args:
        dataset: An opened batch.
        threshold: Least confidence of what need not be looked at.
        path: ``.csv``, ``.jsonl`` or ``.parquet``.
        confident: That pile; else what a person is to look at, as ``export_piles`` has it.
        chosen: Which rows; by default all.

    Returns:
        How many.

    Raises:
        InputError: The filter names a column that is not there, or the file cannot be written.
    """
    return _export(dataset, path, pile(dataset, threshold, confident, chosen or RowFilter()))


def export_corrections(dataset: Dataset, path: Path) -> int:
    """Write the rows about whose label something was said; ``workbench train`` reads ``text`` and ``label``.

    Args:
        dataset: An opened batch.
        path: ``.csv``, ``.jsonl`` or ``.parquet``.

    Returns:
        How many.

    Raises:
        InputError: The file cannot be written.
    """
    return _export(dataset, path, marked_rows(dataset))


def export_corrected(dataset: Dataset, path: Path) -> int:
    """Write all rows with corrected labels; ``workbench train`` reads ``text`` and ``label``.

    Args:
        dataset: An opened batch.
        path: ``.csv``, ``.jsonl`` or ``.parquet``.

    Returns:
        How many.

    Raises:
        InputError: The file cannot be written.
    """
    return _export(dataset, path, corrected_rows(dataset))


def _export(dataset: Dataset, path: Path, content: Content) -> int:
    with placed(path) as beside:
        return write(dataset, content, path.suffix.lower(), beside)
