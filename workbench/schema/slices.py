"""Parts of a data set, and where the predictions are worse than elsewhere."""

from __future__ import annotations

from enum import StrEnum

from pydantic import FiniteFloat

from workbench.schema.base import Frozen
from workbench.schema.figures import Estimate
from workbench.schema.file_pair import Measure, Share
from workbench.schema.file_source import Count
from workbench.schema.triage import RowFilter


class SliceKind(StrEnum):
    """By what rows are taken together."""

    LENGTH = "length"
    TAG = "tag"
    LANGUAGE = "language"
    PREDICTED = "predicted label"
    COLUMN = "column"
    WORD = "word"
    PAIR = "two conditions"


class Slice(Frozen):
    """Rows that meet a condition, against the others.

    Attributes:
        kind: By what they are taken together.
        name: The condition in words.
        chosen: Opens them.
        rows: How many.
        labelled: Those with a right label.
        value: The measure of these.
        rest: That of the other rows.
        difference: ``value - rest``.
        p: How probable at least such a difference is where there is none, two-sided.
        p_corrected: Corrected for all slices looked at (Benjamini & Hochberg).
        worse: By how much it is worse than the rest for sure: the end of the difference's interval that is nearer to
            zero, 0 where that does not show it.
        found: Whether it is worse, at 5% false ones among all that are called so.
    """

    kind: SliceKind
    name: str
    chosen: RowFilter
    rows: Count
    labelled: Count
    value: Estimate
    rest: FiniteFloat
    difference: Estimate
    p: Share
    p_corrected: Share
    worse: FiniteFloat
    found: bool


class SliceSize(Frozen):
    """Rows that meet a condition, where nothing says which are right.

    Attributes:
        kind: By what they are taken together.
        name: The condition in words.
        chosen: Opens them.
        rows: How many.
        confidence: Their mean confidence.
    """

    kind: SliceKind
    name: str
    chosen: RowFilter
    rows: Count
    confidence: FiniteFloat


class Slices(Frozen):
    """The parts of a data set.

    Attributes:
        chosen: Which rows this is of.
        measure: By which slices are judged: accuracy, off by one, or the mean absolute error.
        overall: Of all rows with a right label.
        labelled: How many these are.
        least_rows: Smaller slices, or such with fewer others, are left out.
        looked_at: Slices that were judged, which the p values are corrected for.
        slices: All of them; of words and of pairs of conditions only those of the least p.
        worst: Those that are worse than the rest, the worst first.
        notes: What is not among them, and why.
    """

    chosen: RowFilter
    measure: Measure
    overall: Estimate
    labelled: Count
    least_rows: Count
    looked_at: Count
    slices: tuple[Slice, ...]
    worst: tuple[Slice, ...]
    notes: tuple[str, ...] = ()
