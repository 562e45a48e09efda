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
    """

    dataset: str = ""
    dataset_view: str = OVERVIEW
    dataset_filter: RowFilter = field(default_factory=RowFilter)
    dataset_order: RowOrder = field(default_factory=RowOrder)
    dataset_page: int = 0
    dataset_row: int | None = None
