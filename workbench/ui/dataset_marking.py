"""What is said of the labels of rows on the Datasets page, from callbacks; a fault is told when the page is drawn."""

from __future__ import annotations

from collections.abc import Callable

from workbench.errors import WorkbenchError
from workbench.schema import TriageRow
from workbench.services import triaging
from workbench.triage import Dataset
from workbench.ui import dataset_rows
from workbench.ui.state import choices


def relabel(dataset: Dataset, row_id: int, label: str, note: str) -> None:
    """Mark a row for another label, and go on where that is wished; from a callback."""
    _mark(dataset, row_id, lambda: triaging.relabel(dataset, {row_id: label}, note))


def confirm(dataset: Dataset, row_id: int, note: str) -> None:
    """Say of a row that its label is right, and go on where that is wished; from a callback."""
    _mark(dataset, row_id, lambda: triaging.confirm_labels(dataset, [row_id], note))


def undo(dataset: Dataset, row_id: int) -> None:
    """Take back what was said about a row; from a callback."""
    dataset_rows.press(dataset, row_id)
    _tried(lambda: triaging.take_back(dataset, [row_id]))


def annotate(dataset: Dataset, row: TriageRow, note: str) -> None:
    """Change the note of a row that was marked; from a callback."""
    label = row.correction
    if label is not None and note != row.note:
        _tried(lambda: triaging.relabel(dataset, {row.id: label}, note))


def _mark(dataset: Dataset, row_id: int, work: Callable[[], object]) -> None:
    dataset_rows.press(dataset, row_id)
    if _tried(work) and choices().dataset_onwards:
        dataset_rows.go(dataset, 1)


def _tried(work: Callable[[], object]) -> bool:
    try:
        work()
    except WorkbenchError as error:
        choices().dataset_keep_fault = str(error)
        return False
    return True
