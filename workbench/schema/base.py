"""What all result types are made of: immutable, closed, validated; and character spans."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

# Filled by the module that draws results, so that the types stay free of markup.
NOTEBOOK_VIEWS: dict[type, Callable[[Any], str]] = {}


class Frozen(BaseModel):
    """Base of all result types: immutable, closed, validated."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def _repr_html_(self) -> str | None:
        """What a notebook shows, where a view of this type is registered."""
        draw = NOTEBOOK_VIEWS.get(type(self))
        return draw(self) if draw else None


class Unit(StrEnum):
    """What one score belongs to."""

    TOKEN = "token"
    WORD = "word"
    SENTENCE = "sentence"


class Span(Frozen):
    """A half-open range of character offsets into the text as the user gave it."""

    start: Annotated[int, Field(ge=0)]
    end: int

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.end < self.start:
            raise ValueError(f"a span ends before it starts: {self.start}..{self.end}")
        return self

    def of(self, text: str) -> str:
        """The piece of ``text`` under this span."""
        return text[self.start : self.end]

    def moved(self, by: int) -> Span:
        """The same stretch in a text that has so many characters before it."""
        return Span(start=self.start + by, end=self.end + by)
