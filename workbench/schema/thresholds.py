"""What a threshold on the confidence does: coverage against accuracy, and two piles of rows."""

from __future__ import annotations

from pydantic import FiniteFloat

from workbench.schema.base import Frozen
from workbench.schema.figures import Estimate, Positive
from workbench.schema.file_pair import Share
from workbench.schema.file_source import Count
from workbench.schema.triage import RowFilter


class CoveragePoint(Frozen):
    """What one threshold on the confidence does.

    Attributes:
        threshold: Rows of at least this confidence are left to the checkpoint.
        coverage: Their share of all rows.
        accuracy: Share of those with a right label that is right; none where there are none.
    """

    threshold: FiniteFloat
    coverage: Share
    accuracy: Share | None


class CoverageCurve(Frozen):
    """Coverage against accuracy, from the strictest threshold to none.

    Attributes:
        chosen: Which rows this is of.
        rows: How many.
        labelled: Those with a right label.
        points: At most 200 of the confidences that occur, each exact, evenly spread over the coverage.
        area: Mean error of what is left to the checkpoint, each labelled row's confidence being the threshold once (the
            area under the risk-coverage curve, El-Yaniv & Wiener 2010); lower is better; none without labels.
        best_area: The same if all wrong rows were less confident than all right ones.
        temperature: What logits were divided by before; none where they were not.
    """

    chosen: RowFilter
    rows: Count
    labelled: Count
    points: tuple[CoveragePoint, ...]
    area: Share | None
    best_area: Share | None
    temperature: Positive | None = None


class ThresholdFigures(Frozen):
    """Two piles: what is left to the checkpoint, and what a person looks at.

    Attributes:
        threshold: Least confidence of the first.
        rows: Of both.
        confident: Rows of the first.
        person: Rows of the second.
        coverage: Share of the first.
        accuracy: Of the first, among rows with a right label; none where there are none.
        person_accuracy: Of the second, likewise.
        errors: Wrong rows of both.
        caught: Those of the second.
        confident_rows: Opens the first.
        person_rows: Opens the second.
    """

    threshold: FiniteFloat
    rows: Count
    confident: Count
    person: Count
    coverage: Estimate
    accuracy: Estimate | None
    person_accuracy: Estimate | None
    errors: Count
    caught: Count
    confident_rows: RowFilter
    person_rows: RowFilter
