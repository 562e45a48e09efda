"""The explanations of a batch: those it made itself, and those of selections that were explained later."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from workbench.schema.batch import EXPLANATIONS, SELECTIONS


def explanation_files(folder: Path) -> tuple[Path, ...]:
    """Shards of explanations.

    Args:
        folder: Of a batch.

    Returns:
        Those of selections last, the newest of them at the end.
    """
    return tuple(file for name in (EXPLANATIONS, SELECTIONS) for file in sorted((folder / name).glob("*.parquet")))


def explained_view(files: Sequence[Path], names: str, row_id: str) -> str:
    """The view ``explained``: a row a review, method, target and unit.

    Args:
        files: At least one, from ``explanation_files``.
        names: The same as a list in SQL.
        row_id: What a row is named by, in SQL.

    Returns:
        A query. Where something was explained twice, that which worked counts, and of these the newest.
    """
    if not any(file.parent.name == SELECTIONS for file in files):
        return f"SELECT {row_id} AS id, * FROM read_parquet({names})"
    source = f"read_parquet({names}, filename = true, file_row_number = true)"
    return f"""
        SELECT {row_id} AS id, * EXCLUDE (filename, file_row_number) FROM {source}
        SEMI JOIN (
            SELECT filename, file_row_number FROM {source}
            QUALIFY row_number() OVER (
                PARTITION BY file, row, method, target, unit
                ORDER BY error IS NOT NULL, list_position({names}, filename) DESC, file_row_number
            ) = 1
        ) USING (filename, file_row_number)
    """
