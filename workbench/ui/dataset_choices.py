"""What a session chooses on the Datasets page."""

from __future__ import annotations

from dataclasses import dataclass, field

from workbench.schema import RowFilter, RowOrder

OVERVIEW, THRESHOLD, REVIEWS, SLICES, WORDS = "Overview", "Threshold", "Reviews", "Slices", "Words"
VIEWS = (OVERVIEW, THRESHOLD, REVIEWS, SLICES, WORDS)


@dataclass
class DatasetChoices:
    """The choices of the Datasets page.

    Attributes:
        dataset: Folder of the batch that is open; empty for none.
        dataset_view: One of ``VIEWS``.
        dataset_filter: Which rows are listed.
        dataset_order: In which order.
        dataset_page: Which page of them, from zero.
        dataset_row: Id of the row that is shown whole; none where none is.
        dataset_place: Where in the list it stood when it was picked, from zero; it may have left the list since.
        dataset_moved: A button was pressed in this run, so that what the table reports is of before.
        dataset_onwards: After a mark the next row is shown.
        dataset_more: The fields of rarer conditions are shown.
        dataset_column: The column of the file that is chosen from.
        dataset_fault: Why the last mark or file was not made, in one line.
    """

    dataset: str = ""
    dataset_view: str = OVERVIEW
    dataset_filter: RowFilter = field(default_factory=RowFilter)
    dataset_order: RowOrder = field(default_factory=RowOrder)
    dataset_page: int = 0
    dataset_row: int | None = None
    dataset_place: int = 0
    dataset_moved: bool = False
    dataset_onwards: bool = True
    dataset_more: bool = False
    dataset_column: str | None = None
    dataset_fault: str = ""
