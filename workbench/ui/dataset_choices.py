"""What a session chooses on the Datasets page."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from workbench.schema import RowFilter, RowOrder
from workbench.ui.file_choice import NO_COLUMN

OVERVIEW, THRESHOLD, REVIEWS, SLICES, WORDS = "Overview", "Threshold", "Reviews", "Slices", "Words"
ADDRESS = "batch"  # in the address of the page: which batch is open
VIEWS = (OVERVIEW, THRESHOLD, REVIEWS, SLICES, WORDS)
NEW, BATCHES, FOLDER = "New batch", "Batches", "Finished folder"
UPLOAD, PATH = "Upload", "File on this machine"


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
        dataset_batch: Id of the batch that is open or, where nothing is, of the one that opens once it is done.
        dataset_lost: What the page's address names and is not there.
        dataset_fault: Why what was last asked for was not done, in one line.
        dataset_box: Whether the box to choose a data set is shown although one is open.
        dataset_way: ``NEW``, ``BATCHES`` or ``FOLDER``: what that box shows.
        dataset_from: ``UPLOAD`` or ``PATH``: where the file of a new batch comes from.
        dataset_upload: The file that was uploaded, as it is kept.
        dataset_path: A file or folder on the machine of the app.
        dataset_text: Position of the column of the text; ``NO_COLUMN`` for none.
        dataset_label: Position of the column of the label; ``NO_COLUMN`` for none.
        dataset_extra: Positions of the columns that are taken over.
        dataset_checkpoint: What predicts.
        dataset_explain: Whether each review is to be explained too.
        dataset_methods: With what.
        dataset_budget: Evaluations a review and method; none for the usual ones.
        dataset_name: Of the new batch.
        dataset_started: Ids of the batches of this session whose end it has not been told yet.
        dataset_asked: How many batches this session has put into the queue.
        dataset_removing: Id of the batch that is removed once that is confirmed.
        dataset_folder: Folder of a finished batch, as typed.
    """

    dataset: str = ""
    dataset_view: str = OVERVIEW
    dataset_filter: RowFilter = field(default_factory=RowFilter)
    dataset_order: RowOrder = field(default_factory=RowOrder)
    dataset_page: int = 0
    dataset_row: int | None = None
    dataset_batch: str = ""
    dataset_lost: str = ""
    dataset_fault: str = ""
    dataset_box: bool = False
    dataset_way: str = NEW
    dataset_from: str = UPLOAD
    dataset_upload: Path | None = None
    dataset_path: str = ""
    dataset_text: int = NO_COLUMN
    dataset_label: int = NO_COLUMN
    dataset_extra: list[int] = field(default_factory=list)
    dataset_checkpoint: str = ""
    dataset_explain: bool = False
    dataset_methods: list[str] = field(default_factory=list)
    dataset_budget: int | None = None
    dataset_name: str = ""
    dataset_started: list[str] = field(default_factory=list)
    dataset_asked: int = 0
    dataset_removing: str = ""
    dataset_folder: str = ""
