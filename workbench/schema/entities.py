"""The named entities that a checkpoint finds in a text, and what it says of every token on the way there."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from workbench.schema.base import Frozen, Span
from workbench.schema.explanation import Explanation
from workbench.schema.prediction import CheckpointInfo, Target, Token

# The label of a token that belongs to no entity.
OUTSIDE = "O"

Share = Annotated[float, Field(ge=0, le=1)]


class Scheme(StrEnum):
    """How the labels of tokens mark where entities begin and end."""

    BIO = "bio"
    IOB1 = "iob1"
    BIOES = "bioes"
    BILOU = "bilou"
    PLAIN = "plain"


class Strategy(StrEnum):
    """How tokens become entities, by the names that transformers gives these ways."""

    NONE = "none"
    SIMPLE = "simple"
    FIRST = "first"
    AVERAGE = "average"
    MAX = "max"


class Entity(Frozen):
    """A piece of the text that has a type.

    Attributes:
        type: Such as ``PER``, without the mark of its place in the entity.
        start: First character.
        end: One past the last character.
        text: The piece.
        score: Mean probability, over its tokens or words, of the label that each was given.
        tokens: Places of its tokens in the prediction.
    """

    type: str
    start: Annotated[int, Field(ge=0)]
    end: int
    text: str
    score: Share
    tokens: Annotated[tuple[int, ...], Field(min_length=1)]

    @property
    def span(self) -> Span:
        """Its span."""
        return Span(start=self.start, end=self.end)

    @property
    def target(self) -> Target:
        """The question why it has its type."""
        return Target(kind="entity", label=self.type, span=self.span)


class EntityWindow(Frozen):
    """A stretch of a long text that the model read by itself.

    Attributes:
        start: First character.
        end: One past the last character.
        first: From this character on, tokens and entities are taken from this window.
        last: Up to this one.
    """

    start: Annotated[int, Field(ge=0)]
    end: int
    first: int
    last: int

    @model_validator(mode="after")
    def _inside(self) -> Self:
        if not self.start <= self.first <= self.last <= self.end:
            raise ValueError("a window is taken beyond its own text")
        return self

    @property
    def span(self) -> Span:
        """What was read."""
        return Span(start=self.start, end=self.end)


class EntityPrediction(Frozen):
    """What a checkpoint that tags tokens says of one text.

    Attributes:
        text: The text as the user gave it.
        checkpoint: What predicted; its labels are the tags.
        tokens: Stage one; special tokens included unless the text was read in windows.
        probabilities: Of each label, for each token.
        scheme: How the labels were read.
        strategy: How tokens became entities.
        entities: In the order of the text.
        unread_from: Character offset where reading stopped, or none when all was read.
        token_limit: The most tokens the model reads at once.
        windows: Where the text was longer than that and read whole, in overlapping windows: those.
    """

    text: str
    checkpoint: CheckpointInfo
    tokens: tuple[Token, ...]
    probabilities: tuple[tuple[Share, ...], ...]
    scheme: Scheme
    strategy: Strategy
    entities: tuple[Entity, ...]
    unread_from: int | None
    token_limit: int
    windows: tuple[EntityWindow, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len(self.probabilities) != len(self.tokens):
            raise ValueError("tokens and probabilities differ in length")
        if any(len(row) != len(self.labels) or abs(sum(row) - 1) > 1e-3 for row in self.probabilities):
            raise ValueError("the probabilities of a token are not one for each label that add up to one")
        if any(token.span and token.span.end > len(self.text) for token in self.tokens):
            raise ValueError("a token lies outside the text")
        start = 0
        for entity in self.entities:
            if entity.start < start or not entity.text or entity.span.of(self.text) != entity.text:
                raise ValueError(f"entity {entity.text!r} does not stand at {entity.start}..{entity.end}")
            if max(entity.tokens) >= len(self.tokens):
                raise ValueError(f"entity {entity.text!r} has tokens that are not there")
            start = entity.start
        return self

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of tokens, in the order of the probabilities."""
        return self.checkpoint.labels

    @property
    def read_text(self) -> str:
        """The part of the text that the model saw."""
        return self.text if self.unread_from is None else self.text[: self.unread_from]

    @property
    def tags(self) -> tuple[str, ...]:
        """The most probable label of each token."""
        return tuple(self.labels[max(range(len(row)), key=row.__getitem__)] for row in self.probabilities)

    @property
    def types(self) -> tuple[str, ...]:
        """The types found, each once, in the order of the text."""
        return tuple(dict.fromkeys(entity.type for entity in self.entities))

    def window_of(self, entity: Entity) -> Span:
        """The stretch of text that the model read when it found an entity.

        Args:
            entity: One of ``entities``.

        Returns:
            A window, or all that was read.
        """
        holders = [window for window in self.windows if window.first <= entity.start < window.last]
        return holders[0].span if holders else Span(start=0, end=len(self.read_text))


class EntityReport(Frozen):
    """A text with its entities and, where one was asked about, why that one was given its type.

    Attributes:
        prediction: All entities.
        entity: Place of the explained one among them, from 0; none where none is explained.
        explanations: One a method.
        provenance: Versions of everything that took part.
    """

    prediction: EntityPrediction
    entity: Annotated[int, Field(ge=0)] | None = None
    explanations: tuple[Explanation, ...] = ()
    provenance: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if self.entity is None:
            if self.explanations:
                raise ValueError("there are explanations of no entity")
            return self
        if self.entity >= len(self.prediction.entities):
            raise ValueError("there is no such entity")
        said = (self.prediction.text, self.prediction.checkpoint, self.explained.target)
        if any((one.text, one.checkpoint, one.target) != said for one in self.explanations):
            raise ValueError("an explanation is not one of this entity")
        return self

    @property
    def explained(self) -> Entity:
        """The entity that is explained; only where ``entity`` names one."""
        if self.entity is None:
            raise ValueError("no entity is explained")
        return self.prediction.entities[self.entity]
