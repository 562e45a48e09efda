"""Two to four checkpoints on one file of reviews: how good each is, and where and how surely they differ."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, FiniteFloat, model_validator

from workbench.schema.base import Frozen
from workbench.schema.file_pair import Choice, Disagreement, DisagreementWords, Measure, PairOnFile, Share
from workbench.schema.file_source import Count, FileRow, FileSource
from workbench.schema.prediction import Activation, CheckpointInfo

Ends = tuple[FiniteFloat, FiniteFloat]


class CalibrationBin(Frozen):
    """Predictions of about the same confidence.

    Attributes:
        low: Least confidence.
        high: Most.
        rows: How many.
        confidence: Their mean; none where there are none.
        accuracy: Share of them that is right; likewise.
    """

    low: Share
    high: Share
    rows: Count
    confidence: Share | None
    accuracy: Share | None


class CheckpointOnFile(Frozen):
    """What one checkpoint says of every row, and how good that is.

    Attributes:
        checkpoint: What predicted.
        activation: How logits became probabilities.
        ratings: The number of stars of each label, where they are ratings.
        places: Where each label lies on a scale from 0 (worst) to 1 (best), where they have an order.
        probabilities: Rows x labels.
        predicted: Index of the predicted label, a row each.
        truth: Index of the right label; none where the file has none, or one that this checkpoint does not know.
        labelled: Rows with a right label: those that the figures are of.
        unknown_labels: The most frequent labels of the file that this checkpoint does not know, with their rows.
        unknown: Rows with such a label.
        figures: Measure to value; empty where no row has a right label.
        intervals: Measure to the ends of its 95% interval; none of a mean of a single row.
        calibration: For a reliability drawing; empty likewise.
        cut: Rows that are longer than the model reads, of which the end was not read.
        parameters: Number of weights.
        disk_bytes: Of the weights on disk, with those of a shared base; none where the folder is gone.
        seconds: Spent on tokens and passes, loading and waiting for the model excluded.
    """

    checkpoint: CheckpointInfo
    activation: Activation
    ratings: tuple[int, ...] | None
    places: tuple[Share, ...] | None
    probabilities: tuple[tuple[Share, ...], ...]
    predicted: tuple[int, ...]
    truth: tuple[int | None, ...]
    labelled: Count
    unknown_labels: dict[str, int] = Field(default_factory=dict)
    unknown: Count = 0
    figures: dict[Measure, FiniteFloat] = Field(default_factory=dict)
    intervals: dict[Measure, Ends] = Field(default_factory=dict)
    calibration: tuple[CalibrationBin, ...] = ()
    cut: Count = 0
    parameters: Count
    disk_bytes: int | None
    seconds: Annotated[FiniteFloat, Field(ge=0)]

    @property
    def name(self) -> str:
        """As the user named it."""
        return self.checkpoint.name

    @property
    def texts_per_second(self) -> float | None:
        """Its speed here; none where no time was measured."""
        return len(self.predicted) / self.seconds if self.seconds else None

    def label(self, row: int) -> str:
        """The predicted label of a row."""
        return self.checkpoint.labels[self.predicted[row]]

    def right(self, row: int) -> bool | None:
        """Whether a row's predicted label is right; none where there is no right label."""
        wanted = self.truth[row]
        return None if wanted is None else wanted == self.predicted[row]


class FileComparison(Frozen):
    """Checkpoints side by side on a file of reviews.

    Attributes:
        form: Name and number of the JSON format; its key there is ``schema``.
        source: Where the rows are from, where that is a file.
        rows: The reviews that every checkpoint has read.
        checkpoints: One each, in the order given.
        pairs: Every two of them.
        asked: Rows to be read.
        partial: Cancelled before all were.
        seed: Of the bootstrap.
        resamples: Of each bootstrap.
        notes: Sentences for the reader.
        provenance: Versions of what computed it.
        words: Which words go with the disagreement of pairs, where that was asked.
    """

    # Not called schema here, as pydantic's models have a method of that name.
    model_config = ConfigDict(populate_by_name=True)

    form: Literal["workbench.file-comparison/1"] = Field(default="workbench.file-comparison/1", alias="schema")
    source: FileSource | None = None
    rows: Annotated[tuple[FileRow, ...], Field(min_length=1)]
    checkpoints: Annotated[tuple[CheckpointOnFile, ...], Field(min_length=2, max_length=4)]
    pairs: tuple[PairOnFile, ...]
    asked: Count
    partial: bool
    seed: int
    resamples: Count
    notes: tuple[str, ...] = ()
    provenance: dict[str, str] = Field(default_factory=dict)
    words: tuple[DisagreementWords, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        rows = len(self.rows)
        for one in self.checkpoints:
            columns = {len(values) for values in one.probabilities}
            if not len(one.probabilities) == len(one.predicted) == len(one.truth) == rows:
                raise ValueError(f"{one.name} has not one answer a row")
            if columns != {len(one.checkpoint.labels)}:
                raise ValueError(f"{one.name} has not one probability a label")
        for pair in self.pairs:
            if not pair.first < pair.second < len(self.checkpoints):
                raise ValueError("a pair is of checkpoints that are not there")
            if not len(pair.amounts) == len(pair.differ) == sum(map(sum, pair.confusion)) == rows:
                raise ValueError("a pair has not one disagreement a row")
        if any(one.pair >= len(self.pairs) for one in self.words):
            raise ValueError("words are of a pair that is not there")
        return self

    def names(self, pair: PairOnFile) -> tuple[str, str]:
        """The names of a pair's checkpoints."""
        return self.checkpoints[pair.first].name, self.checkpoints[pair.second].name

    def pair(self, first: str, second: str) -> PairOnFile:
        """The pair of two names, in either order.

        Raises:
            KeyError: There is no such pair.
        """
        for pair in self.pairs:
            if set(self.names(pair)) == {first, second}:
                return pair
        raise KeyError((first, second))

    def chosen(self, pair: PairOnFile, choice: Choice) -> tuple[int, ...]:
        """Positions of the rows of a choice, the most disagreement first.

        Args:
            pair: One of ``pairs``.
            choice: Which rows.

        Returns:
            Indices into ``rows``; rows of like disagreement in the order of the file.
        """
        places = [place for place in range(len(self.rows)) if self._fits(pair, choice, place)]
        return tuple(sorted(places, key=lambda place: -pair.amounts[place]))

    def disagreement(self, pair: PairOnFile, place: int) -> Disagreement:
        """What a pair says of one row.

        Args:
            pair: One of ``pairs``.
            place: Index into ``rows``.

        Returns:
            Both answers.
        """
        first, second = self.checkpoints[pair.first], self.checkpoints[pair.second]
        return Disagreement(
            row=self.rows[place],
            labels=(first.label(place), second.label(place)),
            probabilities=(
                dict(zip(first.checkpoint.labels, first.probabilities[place], strict=True)),
                dict(zip(second.checkpoint.labels, second.probabilities[place], strict=True)),
            ),
            right=(first.right(place), second.right(place)),
            amount=pair.amounts[place],
            differ=pair.differ[place],
        )

    def _fits(self, pair: PairOnFile, choice: Choice, place: int) -> bool:
        if choice is Choice.ALL:
            return True
        if choice is Choice.DISAGREE:
            return pair.differ[place]
        rights = (self.checkpoints[pair.first].right(place), self.checkpoints[pair.second].right(place))
        wanted = {
            Choice.BOTH_RIGHT: (True, True),
            Choice.ONLY_FIRST: (True, False),
            Choice.ONLY_SECOND: (False, True),
            Choice.BOTH_WRONG: (False, False),
        }
        return rights == wanted[choice]
