"""What a reader is taught about one prediction, with the text and the numbers of that very prediction."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from workbench.schema.base import Frozen


class Lesson(Frozen):
    """One step of the guided tour.

    Attributes:
        title: What it is about, in a few words.
        paragraphs: Plain text, which holds pieces of the user's own.
        header: Names of the columns of a small table; empty for none.
        rows: Its rows, as many cells each.
        left_out: How many more rows there are.
    """

    title: str
    paragraphs: tuple[str, ...]
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    left_out: int = 0

    @model_validator(mode="after")
    def _even(self) -> Self:
        if any(len(row) != len(self.header) for row in self.rows):
            raise ValueError("a row has another number of cells than the header")
        return self
