"""Comparisons on a file in the background, and where they are kept so that a reload of the page finds them again."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from workbench import services
from workbench.checkpoints import Checkpoint
from workbench.errors import Cancelled
from workbench.schema import Difference, FileComparison, Frozen
from workbench.tables import Table
from workbench.ui.background import Background

# More would hold too many texts and probabilities in memory.
MOST_KEPT = 12


class FileRequest(Frozen):
    """What was asked for with the button.

    Attributes:
        checkpoints: Names, in order.
        file: Its name.
        digest: Of its content.
        text: Column of the text, or none to look for it.
        label: Column of the label, or none.
        limit: The most rows.
    """

    checkpoints: tuple[str, ...]
    file: str
    digest: str
    text: str | None
    label: str | None
    limit: int


class WordsRequest(Frozen):
    """Which words are asked for.

    Attributes:
        pair: Which two of a comparison's checkpoints.
        target: What is explained of each.
        method: Registered name.
        reviews: How many, those of the most disagreement.
    """

    pair: int
    target: str
    method: str
    reviews: int


class WordsJob(Background):
    """Explanations of why two checkpoints differ, over the reviews on which they disagree most.

    Attributes:
        request: What was asked.
        found: One a review, as they come in.
    """

    def __init__(self, request: WordsRequest) -> None:
        super().__init__()
        self.request = request
        self.found: list[Difference] = []

    def work(self, texts: Sequence[str], checkpoints: tuple[Checkpoint, Checkpoint], budget: int) -> None:
        """Explain one text after the other, on the job's thread.

        Args:
            texts: The reviews.
            checkpoints: The first and the second.
            budget: Evaluations of each explanation, where the method has a budget.
        """
        self.progress(0, len(texts))

        def each() -> None:
            for text in texts:
                if self.stopping():
                    raise Cancelled
                self.found.append(
                    services.explain_difference(
                        checkpoints,
                        text,
                        target=self.request.target,
                        method=self.request.method,
                        budget=budget,
                        cancelled=self.stopping,
                    )
                )
                self.done += 1

        self.run(each)


class FileJob(Background):
    """A comparison on a file.

    Attributes:
        request: What was asked.
        table: The rows, and what became of the others.
        key: Under which it is kept.
        found: The result, once there.
        words: The words that go with a disagreement, where asked for.
    """

    def __init__(self, request: FileRequest, table: Table) -> None:
        super().__init__()
        self.request = request
        self.table = table
        self.key = secrets.token_urlsafe(12)
        self.found: FileComparison | None = None
        self.words: WordsJob | None = None

    def work(self, checkpoints: Sequence[Checkpoint]) -> None:
        """Compare, on the job's thread.

        Args:
            checkpoints: Those of the request.
        """

        def compare() -> None:
            self.found = services.compare_file(
                checkpoints,
                self.table.rows,
                source=self.table.source,
                progress=self.progress,
                cancelled=self.stopping,
            )

        self.progress(0, len(self.table.rows) * len(checkpoints))
        self.run(compare)

    @property
    def told(self) -> FileComparison | None:
        """The result with the words that go with a disagreement, as far as these are there."""
        words = self.words
        if self.found is None or words is None or words.running or not words.found:
            return self.found
        asked = words.request
        kept = services.words_of(asked.pair, asked.target, words.found, words.total)
        return self.found.model_copy(update={"words": (kept,)})

    def ask_words(
        self, request: WordsRequest, checkpoints: tuple[Checkpoint, Checkpoint], budget: int
    ) -> WordsJob | None:
        """Begin to explain why two checkpoints differ; another such job is stopped.

        Args:
            request: What is asked.
            checkpoints: The first and the second of the pair.
            budget: Evaluations of each explanation, where the method has a budget.

        Returns:
            The job, running; none where there is no comparison yet, or no disagreement.
        """
        if self.words is not None:
            self.words.cancel()
        self.words = None
        if self.found is not None:
            texts = services.most_disagreeing(self.found, self.found.pairs[request.pair], request.reviews)
            if texts:
                self.words = WordsJob(request)
                self.words.work(texts, checkpoints, budget)
        return self.words


@dataclass
class Kept:
    """The comparisons of all sessions, so many that memory stays bounded.

    Attributes:
        most: So many.
    """

    most: int = MOST_KEPT
    _jobs: dict[str, FileJob] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, job: FileJob) -> None:
        """Keep a job, and drop the oldest where there are too many: one that has ended, if there is any.

        Args:
            job: Running or ended.
        """
        with self._lock:
            self._jobs[job.key] = job
            while len(self._jobs) > self.most:
                others = [one for one in self._jobs.values() if one is not job]
                oldest = next((one for one in others if not one.running), others[0])
                oldest.cancel()
                del self._jobs[oldest.key]

    def get(self, key: str) -> FileJob | None:
        """The job of a key.

        Args:
            key: From an address.

        Returns:
            It, or none where it is not kept (any more).
        """
        with self._lock:
            return self._jobs.get(key)


def start(request: FileRequest, table: Table, checkpoints: Sequence[Checkpoint], kept: Kept) -> FileJob:
    """Begin to answer a request on a thread of its own.

    Args:
        request: What is asked.
        table: The rows.
        checkpoints: Those of the request, loaded.
        kept: Where the job is kept.

    Returns:
        The job, running.
    """
    job = FileJob(request, table)
    job.work(checkpoints)
    kept.put(job)
    return job
