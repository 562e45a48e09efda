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
        corrected: Whether it was marked for another label.
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


class RowOrder(Frozen):
    """By which column rows are sorted; the order of the file breaks ties.

    Attributes:
        column: ``file`` for the order of the file, else a column of the predictions or of the file.
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
