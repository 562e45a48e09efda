"""What came of recomputing a report."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, FiniteFloat, model_validator

from workbench.schema.base import Frozen

Value = str | bool | int | FiniteFloat | None


class Outcome(StrEnum):
    """What a verification says; where something cannot be recomputed at all, there is an error instead."""

    AGREES = "agrees"
    DIFFERS = "differs"


class Fault(StrEnum):
    """How a value of a report differs from the recomputed one."""

    NUMBER = "number"
    VALUE = "value"
    COUNT = "count"
    MISSING = "missing"
    SURPLUS = "surplus"


class Deviation(Frozen):
    """A value that recomputing does not give.

    Attributes:
        place: Where it stands, such as ``explanations.shap.units[3].score 'loved'``.
        fault: A number beyond the tolerance; another value; a list of another length; a key that the report lacks, or
            has beyond.
        recorded: In the report; of a list its length.
        recomputed: Here and now.
        size: The absolute difference of two numbers.
    """

    place: str
    fault: Fault
    recorded: Value
    recomputed: Value
    size: FiniteFloat | None = None


class PartChecked(Frozen):
    """A part of a report that was recomputed.

    Attributes:
        name: Such as ``explanations.shap``.
        values: How many numbers and words were compared.
        largest: The largest difference of two numbers, within the tolerance or not.
        largest_at: Where that is; none where all numbers are the same.
        beyond: How many deviations there are.
    """

    name: str
    values: Annotated[int, Field(ge=0)]
    largest: Annotated[FiniteFloat, Field(ge=0)]
    largest_at: str | None
    beyond: Annotated[int, Field(ge=0)]


class FoundCheckpoint(Frozen):
    """A checkpoint that a report was recomputed with.

    Attributes:
        recorded: Its name in the report.
        found: The name under which it was found.
        fingerprint: The same for both.
    """

    recorded: str
    found: str
    fingerprint: str


class VersionChange(Frozen):
    """A package that is not the one that the report names.

    Attributes:
        package: Its name.
        recorded: Its version in the report.
        installed: Its version here; none where it is not installed.
    """

    package: str
    recorded: str
    installed: str | None


class Page(StrEnum):
    """Whether a page shows what its data says."""

    SAME = "same"
    DIFFERS = "differs"
    NOT_COMPARED = "not compared"


class Verification(Frozen):
    """What came of recomputing a report.

    Attributes:
        verdict: Whether everything that was compared agrees.
        tolerance: How far two numbers may lie apart; times their size, where that is above one.
        checkpoints: What it was recomputed with.
        parts: What was compared.
        deviations: Everything beyond the tolerance.
        contradictions: Where the report does not agree with itself, one clause each.
        versions: Packages that are not those of the report.
        page: Of a page; none for other files.
        notes: Sentences on what was not compared and why.
        unverifiable: What recomputing cannot tell, by the names of ``docs/verify.md``.
    """

    verdict: Outcome
    tolerance: Annotated[FiniteFloat, Field(ge=0)]
    checkpoints: tuple[FoundCheckpoint, ...]
    parts: tuple[PartChecked, ...]
    deviations: tuple[Deviation, ...]
    contradictions: tuple[str, ...] = ()
    versions: tuple[VersionChange, ...] = ()
    page: Page | None = None
    notes: tuple[str, ...] = ()
    unverifiable: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _follows(self) -> Self:
        differs = bool(self.deviations or self.contradictions or self.page is Page.DIFFERS)
        if differs is not (self.verdict is Outcome.DIFFERS):
            raise ValueError("the verdict does not follow from what was found")
        if sum(part.beyond for part in self.parts) != len(self.deviations):
            raise ValueError("the parts count other deviations than there are")
        return self

    @property
    def agrees(self) -> bool:
        """Whether everything that was compared agrees."""
        return self.verdict is Outcome.AGREES
