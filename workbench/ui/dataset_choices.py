"""What a session chooses on the Datasets page."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from workbench.schema import Measure, RowFilter, RowOrder, Unit, WordGroups, WordMeasure
from workbench.schema.words import PREDICTED
from workbench.ui.dataset_jobs import ProbeJob, SelectionJob
from workbench.ui.file_choice import NO_COLUMN
from workbench.ui.train_choices import UPLOAD

OVERVIEW, THRESHOLD, REVIEWS, SLICES, WORDS = "Overview", "Threshold", "Reviews", "Slices", "Words"
ADDRESS = "batch"  # in the address of the page: which batch is open
VIEWS = (OVERVIEW, THRESHOLD, REVIEWS, SLICES, WORDS)
ALL, SELECTION = "All reviews", "The selection"
NEW, BATCHES, FOLDER = "New batch", "Batches", "Finished folder"


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
        dataset_scaling: A temperature is fitted and its effect is shown.
        dataset_scaled: The threshold is on the confidence that it gives.
        dataset_threshold: Least confidence of what is left to the checkpoint.
        dataset_wanted: Accuracy to be reached by a threshold, in percent.
        dataset_surely: By the lower end of its interval.
        dataset_format: Suffix of the files that the piles are written to.
        dataset_scope: Whether figures, slices and words are of ``ALL`` rows or of the ``SELECTION`` that is listed.
        slices_measure: By what slices are judged, a ``Measure``.
        slices_least: The least rows of a slice.
        slices_pairs: Two conditions at once are looked at too.
        slices_all: All of the worst slices are listed.
        slices_by: Which kind of slices the table shows, as it calls them.
        slices_sort: How these are sorted.
        words_part: Which part of the view Words.
        words_kind: Which explanations are added up, as the choice calls them.
        words_groups: What reviews are told apart by, a ``WordGroups``.
        words_sort: A ``WordMeasure``.
        words_ascending: The least first.
        words_search: Letters that the words hold.
        words_least: The least reviews of a word.
        words_page: Which page of words, from zero.
        pairs_page: Which page of words that differ between right and wrong, from zero.
        explain_method: Registered name of the method that explains more reviews.
        explain_target: What of them.
        explain_unit: What a score belongs to.
        explain_count: How many reviews.
        explain_budget: Evaluations of each, where the method has a budget.
        explaining: Explains more reviews, or did last.
        probe_word: The word to be tested.
        probe_instead: What takes its place, with commas between.
        probe_limit: The most reviews.
        probe_wanted: The test is to start with the next run of the page.
        probe: Tests a word, or did last.
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
        dataset_wish: Which of them the button was pressed for last, until it is there.
        dataset_removing: Id of the batch that is removed once that is confirmed.
        dataset_folder: Folder of a finished batch, as typed.
        dataset_place: Where in the list it stood when it was picked, from zero; it may have left the list since.
        dataset_moved: A button was pressed in this run, so that what the table reports is of before.
        dataset_onwards: After a mark the next row is shown.
        dataset_more: The fields of rarer conditions are shown.
        dataset_column: The column of the file that is chosen from.
        dataset_keep_fault: Why the last mark or file was not made, in one line.
    """

    dataset: str = ""
    dataset_view: str = OVERVIEW
    dataset_filter: RowFilter = field(default_factory=RowFilter)
    dataset_order: RowOrder = field(default_factory=RowOrder)
    dataset_page: int = 0
    dataset_row: int | None = None
    dataset_scaling: bool = False
    dataset_scaled: bool = False
    dataset_threshold: float = 0.8
    dataset_wanted: float = 95.0
    dataset_surely: bool = True
    dataset_format: str = ".csv"
    dataset_scope: str = ALL
    slices_measure: str = Measure.ACCURACY.value
    slices_least: int = 30
    slices_pairs: bool = False
    slices_all: bool = False
    slices_by: str = "length"
    slices_sort: str = "In order"
    words_part: str = "What words do"
    words_kind: str = ""
    words_groups: str = WordGroups.NONE.value
    words_sort: str = WordMeasure.WEIGHT.value
    words_ascending: bool = False
    words_search: str = ""
    words_least: int = 2
    words_page: int = 0
    pairs_page: int = 0
    explain_method: str = "occlusion"
    explain_target: str = PREDICTED
    explain_unit: str = Unit.WORD.value
    explain_count: int = 100
    explain_budget: int = 200
    explaining: SelectionJob | None = None
    probe_word: str = ""
    probe_instead: str = ""
    probe_limit: int = 300
    probe_wanted: bool = False
    probe: ProbeJob | None = None
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
    dataset_wish: int | None = None
    dataset_removing: str = ""
    dataset_folder: str = ""
    dataset_place: int = 0
    dataset_moved: bool = False
    dataset_onwards: bool = True
    dataset_more: bool = False
    dataset_column: str | None = None
    dataset_keep_fault: str = ""
