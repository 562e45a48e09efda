"""What a report says, free of any format: sections of blocks, told once and written by every format.

A format writes each kind of block in its own way. All text here is plain and hostile: escaping is the format's task.
Colours are shares of a scale; the palette turns them into colours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Tone(StrEnum):
    """How a paragraph is meant."""

    PLAIN = "plain"
    SMALL = "small"
    LEAD = "lead"
    WARNING = "warning"


@dataclass(frozen=True)
class Paragraph:
    """Running text."""

    text: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True)
class Facts:
    """Names with their values.

    Attributes:
        rows: Name and value.
    """

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Rating:
    """A verdict.

    Attributes:
        label: What was predicted, in words.
        phrases: Confidence, margin, expected rating: each a short phrase.
        stars: How many of how many, where the labels are stars.
    """

    label: str
    phrases: tuple[str, ...]
    stars: tuple[int, int] | None = None


@dataclass(frozen=True)
class Bar:
    """One bar.

    Attributes:
        name: What of.
        share: Its length, 0 to 1.
        shown: The number as written.
        chosen: It is the one that counts.
    """

    name: str
    share: float
    shown: str
    chosen: bool = False


@dataclass(frozen=True)
class Bars:
    """Bars on one scale."""

    title: str
    bars: tuple[Bar, ...]


class ChipKind(StrEnum):
    """What a token is."""

    PLAIN = "plain"
    SPECIAL = "special"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Chip:
    """A token with its vocabulary id."""

    text: str
    id: int
    kind: ChipKind = ChipKind.PLAIN


@dataclass(frozen=True)
class Chips:
    """Tokens in their order.

    Attributes:
        chips: Those shown.
        left_out: How many more there are.
    """

    chips: tuple[Chip, ...]
    left_out: int = 0


class PieceKind(StrEnum):
    """What a piece of a marked text is.

    ``SCORED`` has a score of its own, ``PHRASE`` shares one with what lies inside, ``FLIPPED`` has a sign that hangs on
    the seed, ``BETWEEN`` has none (white space), ``UNREAD`` was not read by the model.
    """

    SCORED = "scored"
    PHRASE = "phrase"
    FLIPPED = "flipped"
    BETWEEN = "between"
    UNREAD = "unread"


@dataclass(frozen=True)
class Piece:
    """A piece of a marked text.

    Attributes:
        text: The piece.
        kind: What it is.
        strength: Score over the scale's top, -1 to 1; zero where it has none.
        score: The number, for whoever asks.
    """

    text: str
    kind: PieceKind = PieceKind.BETWEEN
    strength: float = 0.0
    score: float | None = None


@dataclass(frozen=True)
class HeatRow:
    """A text marked by the scores of one explanation.

    Attributes:
        name: Whose scores.
        notes: What else there is to say of it, each a short phrase.
        pieces: The whole text, in order.
        signed: The sign of a score means a direction.
    """

    name: str
    notes: tuple[str, ...]
    pieces: tuple[Piece, ...]
    signed: bool = True


@dataclass(frozen=True)
class Heat:
    """Marked texts on one scale, with the legend that they share.

    Attributes:
        rows: One an explanation.
        down: What a negative score means, in words.
        up: What a positive score means.
        unsigned: What a score without direction means, where a row has such scores.
    """

    rows: tuple[HeatRow, ...]
    down: str
    up: str
    unsigned: str | None = None


@dataclass(frozen=True)
class Cell:
    """A cell of a table.

    Attributes:
        text: As written.
        value: What it is sorted by where that is a number.
        strength: Length and direction of a bar beside the number, -1 to 1; none for no bar.
        signed: The direction of the bar means something.
        mark: A word that sets it apart (``signs differ``, ``predicted``).
        doubt: The mark is a reason to be careful.
    """

    text: str
    value: float | None = None
    strength: float | None = None
    signed: bool = True
    mark: str | None = None
    doubt: bool = False


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        header: Names of the columns.
        rows: As many cells each.
        sortable: Readers may want another order, where the format can.
        left_out: How many more rows there are.
        matrix: The strength of a cell is a shade of it, not a bar.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    sortable: bool = False
    left_out: int = 0
    matrix: bool = False


@dataclass(frozen=True)
class Chart:
    """A drawing.

    Attributes:
        title: What it shows, in words: also what a reader hears who does not see it.
        svg: The drawing for a light page; it holds no script and loads nothing.
        dark: The same for a dark page.
    """

    title: str
    svg: str
    dark: str


@dataclass(frozen=True)
class View:
    """A view that needs a browser; other formats say that it is left out.

    Attributes:
        title: What it shows.
        html: A document of its own, which loads nothing.
    """

    title: str
    html: str


Block = Paragraph | Facts | Rating | Bars | Chips | Heat | Table | Chart | View


@dataclass(frozen=True)
class Section:
    """A part under its own title.

    Attributes:
        title: In words.
        blocks: Its content.
        level: 2 for a part of the document, 3 for a part of a part.
    """

    title: str
    blocks: tuple[Block, ...]
    level: int = 2


@dataclass(frozen=True)
class Document:
    """A report.

    Attributes:
        title: What it is about, in words; the review stands in the blocks.
        subtitle: Checkpoint, date and the like.
        sections: In the order to be read.
        data: The JSON form of the same result: what a verifier recomputes.
    """

    title: str
    subtitle: str
    sections: tuple[Section, ...]
    data: Mapping[str, Any] = field(default_factory=dict)
