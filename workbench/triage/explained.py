"""The explanations of a batch: those it made itself, and those of selections that were explained later."""

from __future__ import annotations

from pathlib import Path

from workbench.schema.batch import SELECTIONS


def selection_files(folder: Path) -> list[Path]:
    """Shards of selections that were explained later.

    Args:
        folder: Of a batch.

    Returns:
        The newest at the end.
    """
    return sorted(file.absolute() for file in (folder / SELECTIONS).glob("selection-*.parquet"))


def one_of_each(source: str) -> str:
    """Explanations of which one a review, method, target and unit counts.

    Args:
        source: Files in SQL, with their columns ``filename`` and ``file_row_number``.

    Returns:
        A query for the columns of explanations. Of several, those that worked go before those that failed, selections
        before the batch's own, and newer before older: as their names sort.
    """
    return f"""
        SELECT * EXCLUDE (filename, file_row_number) FROM {source}
        SEMI JOIN (
            SELECT filename, file_row_number FROM {source}
            QUALIFY row_number() OVER (
                PARTITION BY file, row, method, target, unit
                ORDER BY error IS NOT NULL, parse_filename(filename) DESC, file_row_number
            ) = 1
        ) USING (filename, file_row_number)
    """
