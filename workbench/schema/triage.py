"""Which rows of a batch are looked at, and in which order."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, FiniteFloat

from workbench.schema.base import Frozen
from workbench.schema.file_pair import Share
from workbench.schema.file_source import Count


class Tag(StrEnum):
    """What is remarkable about a row; how each is computed is said where it is computed."""

    CONFIDENT_WRONG = "confident and wrong"
    NEAR_TIE = "near tie"
    TRUNCATED = "truncated"
    VERY_LONG = "very long"
    UNKNOWN_TOKENS = "mostly unknown tokens"
    OTHER_LANGUAGE = "other language"
    DUPLICATE = "duplicate"
    LABEL_ISSUE = "label may be wrong"


class RowFilter(Frozen):
    """Rows that meet all of these; what is none, or empty, is not asked for.

    Attributes:
        text: In the review, whatever the case.
        word: Likewise, as a word of its own.
        predicted: Index of the predicted label.
        truth: Index of the right label.
        right: Whether the prediction is; rows without a right label are neither.
        tags: All of these.
        confidence: Least, and below what.
        words: Least and most words.
        temperature: What logits are divided by before a confidence is asked for; for softmax alone.
        extra: Columns of the file with the value that they have; none where they have none.
        extra_ranges: Columns of the file that hold numbers, with the least and the greatest.
        language: As guessed.
        failed: Whether the row could not be predicted; by default only those that could.
        corrected: Whether it was marked for another label than the file gives it.
        marked: Whether anything was said about its label, also that it is right.
    """

    text: str = ""
    word: str = ""
    predicted: Count | None = None
    truth: Count | None = None
    right: bool | None = None
    tags: tuple[Tag, ...] = ()
    confidence: tuple[Share, FiniteFloat] | None = None
    words: tuple[Count, Count] | None = None
    temperature: Annotated[FiniteFloat, Field(gt=0)] | None = None
    extra: tuple[tuple[str, str | None], ...] = ()
    extra_ranges: tuple[tuple[str, FiniteFloat, FiniteFloat], ...] = ()
    language: str | None = None
    failed: bool | None = False
    corrected: bool | None = None
    marked: bool | None = None


class RowOrder(Frozen):
    """By which column rows are sorted; the order of the file breaks ties.

    Attributes:
        column: ``file`` for the order of the file; ``tags`` for how many there are; ``correction``; else a column of
            the predictions, or of the file, before whose name ``extra:`` may stand.
        descending: Greatest first; nulls are always last.
    """

    column: str = "file"
    descending: bool = False


class RowPage(Frozen):
    """Which part of the rows is shown.

    Attributes:
        number: The first is 0.
        size: Rows a page.
    """

    number: Count = 0
    size: Annotated[int, Field(ge=1, le=1_000)] = 50


class TagRules(Frozen):
    """From where on a row gets a tag.

    Attributes:
        confident: Least confidence of a wrong prediction.
        tie: The margin lies below it.
        long_quantile: Of the words of the data set's rows: more than that is very long.
        long_words: Fewer are never very long.
        unknown: Least share of unknown tokens among those read.
        language: Least share of certainty about the other language.
        language_words: Fewer say nothing sure about the language.
    """

    confident: Share = 0.8
    tie: Share = 0.1
    long_quantile: Share = 0.99
    long_words: Count = 200
    unknown: Share = 0.3
    language: Share = 0.9
    language_words: Count = 5


class Correction(Frozen):
    """What somebody said about the label of a row.

    Attributes:
        id: The row's number over all files.
        label: The one that it should have, which may be the one that it has; none takes an earlier mark back.
        note: Why.
    """

    id: Count
    label: Annotated[str, Field(min_length=1)] | None
    note: str = ""


class TriageRow(Frozen):
    """A row of a data set, as it is shown.

    Attributes:
        id: Its number over all files.
        file: Name of its file.
        row: Number in that file; see ``RowFault``.
        text: The review, or its beginning.
        cut: Whether it goes on.
        error: Why it was not predicted; what belongs to the prediction is none then.
        given: Label as the file has it.
        right_label: What that means: a label of the checkpoint, or the same where it means nothing to it.
        right: Whether the prediction is; none where that cannot be said.
        label: As predicted.
        confidence: Its probability.
        margin: Before the runner-up.
        expected: Expected rating in stars.
        probabilities: In the order of the labels.
        characters: Of the whole text.
        words: Likewise.
        tokens: Likewise, with the special ones.
        tokens_read: Those that the model read.
        unknown: Of those, the ones that it does not know.
        language: As guessed.
        language_share: How sure that is.
        unread_from: Character where reading stopped.
        tags: In the order of ``Tag``.
        correction: The label that somebody said it should have.
        note: What they wrote with it.
        extras: Columns of the file that were taken over.
    """

    id: Count
    file: str
    row: Count
    text: str
    cut: bool = False
    error: str | None = None
    given: str | None = None
    right_label: str | None = None
    right: bool | None = None
    label: str | None = None
    confidence: FiniteFloat | None = None
    margin: FiniteFloat | None = None
    expected: FiniteFloat | None = None
    probabilities: tuple[FiniteFloat, ...] = ()
    characters: Count | None = None
    words: Count | None = None
    tokens: Count | None = None
    tokens_read: Count | None = None
    unknown: Count | None = None
    language: str | None = None
    language_share: FiniteFloat | None = None
    unread_from: Count | None = None
    tags: tuple[Tag, ...] = ()
    correction: str | None = None
    note: str = ""
    extras: tuple[tuple[str, str | None], ...] = ()

    @property
    def relabelled(self) -> bool:
        """Whether it was marked for another label than the file gives it."""
        return self.correction is not None and self.correction != self.right_label


class RowsPage(Frozen):
    """A part of the rows that meet a filter.

    Attributes:
        rows: In the order that was asked for.
        total: How many meet it.
        page: Which part this is.
    """

    rows: tuple[TriageRow, ...]
    total: Count
    page: RowPage

    @property
    def pages(self) -> int:
        """How many there are; one where no row meets the filter."""
        return max(1, -(-self.total // self.page.size))


class ColumnValues(Frozen):
    """What a column of the file holds, to choose a filter from.

    Attributes:
        name: As the file has it.
        numbers: The least and the greatest, where it holds many different numbers.
        values: The most frequent ones with the number of their rows, the most frequent first; none for a missing one.
        others: How many further values there are.
    """

    name: str
    numbers: tuple[FiniteFloat, FiniteFloat] | None = None
    values: tuple[tuple[str | None, Count], ...] = ()
    others: Count = 0
