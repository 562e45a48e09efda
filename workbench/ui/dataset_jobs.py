"""What a data set's words take time for, in the background: explaining more reviews, and testing a word."""

from __future__ import annotations

from workbench import services
from workbench.checkpoints import Checkpoint
from workbench.schema import Frozen, RowFilter, SelectionExplained, WordProbe
from workbench.triage import Dataset
from workbench.ui.background import Background


class SelectionRequest(Frozen):
    """Which reviews are to be explained, and how.

    Attributes:
        folder: Of the data set.
        chosen: Which reviews.
        method: Registered name.
        target: As on the command line.
        unit: What a score belongs to.
        reviews: The most, drawn at random.
        budget: Evaluations of each; none for a method that has no budget.
    """

    folder: str
    chosen: RowFilter
    method: str
    target: str
    unit: str
    reviews: int
    budget: int | None


class SelectionJob(Background):
    """Explains reviews of a data set, which stay in its folder.

    Attributes:
        request: What was asked.
        found: What was done, once it has ended.
    """

    steps = "reviews explained"

    def __init__(self, request: SelectionRequest) -> None:
        super().__init__()
        self.request = request
        self.found: SelectionExplained | None = None

    def work(self, dataset: Dataset, checkpoint: Checkpoint) -> None:
        """Begin, on a thread of its own.

        Args:
            dataset: That of the request.
            checkpoint: That predicted it.
        """
        asked = self.request

        def explain() -> None:
            self.found = services.explain_selection(
                dataset,
                asked.chosen,
                checkpoint,
                [asked.method],
                target=asked.target,
                unit=asked.unit,
                budget=asked.budget,
                limit=asked.reviews,
                progress=self.progress,
                cancelled=self.stopping,
            )

        self.progress(0, asked.reviews)
        self.run(explain)


class ProbeRequest(Frozen):
    """Which word is to be tested.

    Attributes:
        folder: Of the data set.
        chosen: In which reviews.
        word: As typed.
        replace: What takes its place; empty for words that say nothing.
        reviews: The most, drawn at random.
    """

    folder: str
    chosen: RowFilter
    word: str
    replace: tuple[str, ...]
    reviews: int


class ProbeJob(Background):
    """Removes and replaces a word across a data set.

    Attributes:
        request: What was asked.
        found: What that does, once it has ended.
    """

    steps = "evaluations"

    def __init__(self, request: ProbeRequest) -> None:
        super().__init__()
        self.request = request
        self.found: WordProbe | None = None

    def work(self, dataset: Dataset, checkpoint: Checkpoint) -> None:
        """Begin, on a thread of its own.

        Args:
            dataset: That of the request.
            checkpoint: That predicted it.
        """
        asked = self.request

        def probe() -> None:
            self.found = services.probe_word(
                dataset,
                asked.word,
                checkpoint,
                asked.chosen,
                replace=asked.replace,
                limit=asked.reviews,
                progress=self.progress,
                cancelled=self.stopping,
            )

        self.run(probe)
