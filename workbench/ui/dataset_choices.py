"""What a session chooses on the Datasets page."""

from __future__ import annotations

from dataclasses import dataclass, field

from workbench.schema import RowFilter, RowOrder

OVERVIEW, THRESHOLD, REVIEWS, SLICES, WORDS = "Overview", "Threshold", "Reviews", "Slices", "Words"
VIEWS = (OVERVIEW, THRESHOLD, REVIEWS, SLICES, WORDS)
EVERY, CHOSEN = "All rows", "Rows chosen in Reviews"
SCOPES = (EVERY, CHOSEN)


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
        dataset_scope: One of ``SCOPES``: what figures and thresholds are of, where rows were chosen.
        dataset_scaling: A temperature is fitted and its effect is shown.
        dataset_scaled: The threshold is on the confidence that it gives.
        dataset_threshold: Least confidence of what is left to the checkpoint.
        dataset_wanted: Accuracy to be reached by a threshold, in percent.
        dataset_surely: By the lower end of its interval.
        dataset_format: Suffix of the files that the piles are written to.
        dataset_keep_fault: Why the last file could not be made.
    """

    dataset: str = ""
    dataset_view: str = OVERVIEW
    dataset_filter: RowFilter = field(default_factory=RowFilter)
    dataset_order: RowOrder = field(default_factory=RowOrder)
    dataset_page: int = 0
    dataset_row: int | None = None
    dataset_scope: str = EVERY
    dataset_scaling: bool = False
    dataset_scaled: bool = False
    dataset_threshold: float = 0.8
    dataset_wanted: float = 95.0
    dataset_surely: bool = True
    dataset_format: str = ".csv"
    dataset_keep_fault: str = ""
