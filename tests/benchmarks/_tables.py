"""Figures against targets, as Markdown tables between markers of a document."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Goal:
    """What a figure should be.

    Attributes:
        bound: The figure at least or at most.
        least: The bound is a lower one.
        unit: Behind the figure.
    """

    bound: float
    least: bool = False
    unit: str = ""

    def met(self, figure: float) -> bool:
        """Whether a figure reaches it."""
        return figure >= self.bound if self.least else figure <= self.bound

    def verdict(self, figure: float) -> str:
        """The target and whether a figure reaches it, for a cell."""
        sign = "≥" if self.least else "≤"
        return f"{sign} {self.bound:g}{self.unit}: {'met' if self.met(figure) else 'not met'}"


@dataclass(frozen=True)
class Section:
    """What one part of the benchmark found.

    Attributes:
        name: One of the sections.
        figures: Everything measured, raw times too, for JSON.
        tables: As Markdown.
        notes: How it was measured, one sentence each.
        faults: What must not be so, such as values that differ from the stock library's.
    """

    name: str
    figures: dict[str, Any]
    tables: Sequence[str]
    notes: Sequence[str] = ()
    faults: Sequence[str] = field(default=())

    def markdown(self, caption: str) -> str:
        """Tables, notes and where it was measured.

        Args:
            caption: The machine.

        Returns:
            Paragraphs.
        """
        return "\n\n".join([*self.tables, *(["\n".join(self.notes)] if self.notes else []), caption])


def verdict(goal: Goal | None, figure: float) -> str:
    """What stands in the column of targets: nothing where none was set."""
    return goal.verdict(figure) if goal else ""


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table.

    Args:
        head: Names of the columns; those of numbers end in none.
        rows: Cells, written as they are.

    Returns:
        Lines.
    """
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)


def seconds(value: float) -> str:
    """A time as it is read: three digits, milliseconds when short."""
    return f"{1000 * value:.3g} ms" if value < 0.9995 else f"{_three(value)} s"


def times(value: float) -> str:
    """A ratio as it is read."""
    return f"{_three(value)}×"


def megabytes(value: float) -> str:
    """A number of bytes as it is read."""
    return f"{value / 1e6:.0f} MB"


def has_place(document: str, name: str) -> bool:
    """Whether a document has the markers of a section."""
    return _pattern(name).search(document) is not None


def replaced(document: str, name: str, content: str) -> str:
    """A document with one section's content replaced.

    Args:
        document: Markdown with ``<!-- NAME -->`` and ``<!-- /NAME -->`` on lines of their own.
        name: Of the section.
        content: What goes between.

    Returns:
        The document; all else is as it was.

    Raises:
        ValueError: It has no such markers.
    """
    changed, count = _pattern(name).subn(lambda found: f"{found[1]}\n\n{content}\n\n{found[2]}", document)
    if count != 1:
        raise ValueError(f"{count} places for {name}")
    return changed


def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(rf"^(<!-- {re.escape(name)} -->)$.*?^(<!-- /{re.escape(name)} -->)$", re.MULTILINE | re.DOTALL)


def _three(value: float) -> str:
    """Three digits, none of them an exponent."""
    return f"{value:.3g}" if value < 1000 else f"{value:.0f}"
