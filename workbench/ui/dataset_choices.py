"""What a session chooses on the Datasets page."""

from __future__ import annotations

from dataclasses import dataclass, field

from workbench.schema import Measure, RowFilter, RowOrder, Unit, WordGroups, WordMeasure
from workbench.schema.words import PREDICTED
from workbench.ui.dataset_jobs import ProbeJob, SelectionJob

OVERVIEW, THRESHOLD, REVIEWS, SLICES, WORDS = "Overview", "Threshold", "Reviews", "Slices", "Words"
VIEWS = (OVERVIEW, THRESHOLD, REVIEWS, SLICES, WORDS)
ALL, SELECTION = "All reviews", "The selection"


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
        dataset_keep_fault: Why the last file could not be made.
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
    dataset_keep_fault: str = ""
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
