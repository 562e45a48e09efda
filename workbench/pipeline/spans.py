"""From the tags of tokens to entities: words put together of tokens, and entities of words.

The strategies are those of transformers' ``pipeline("token-classification")``, and give what it gives. Four things are
done otherwise, on purpose:

- Whether a token goes on with a word is told by the tokenizer's mark (``##ing``), not by comparing the lengths of the
  token and of its text: where a normaliser shortens the text (``e`` and a combining accent), transformers takes the
  first token of a word for a part of the word before.
- The schemes ``bioes``, ``bilou`` and ``plain`` (see ``workbench.pipeline.tags``).
- An entity has neither the white space at its ends, nor is it white space alone.
- A combining mark belongs to the letter before it, also where the tokenizer drops it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from unicodedata import category

import numpy as np

from workbench.checkpoints import Checkpoint
from workbench.pipeline.postprocess import Floats
from workbench.pipeline.tags import joined, read_tag
from workbench.schema import OUTSIDE, Entity, Scheme, Strategy, Token


@dataclass(frozen=True)
class Piece:
    """Tokens with one label: a token, or a word.

    Attributes:
        tokens: Their places.
        label: Its place among the labels.
        score: Its probability.
    """

    tokens: tuple[int, ...]
    label: int
    score: float


@dataclass(frozen=True)
class Decoder:
    """What turns tagged tokens into entities.

    Attributes:
        labels: Of the checkpoint.
        scheme: How they are read.
        strategy: How tokens become entities.
    """

    labels: tuple[str, ...]
    scheme: Scheme
    strategy: Strategy

    def entities(self, text: str, tokens: Sequence[Token], goes_on: Sequence[bool], chances: Floats) -> list[Entity]:
        """The entities of a text.

        Args:
            text: The whole.
            tokens: In order; special ones belong to nothing.
            goes_on: Which tokens go on with the word before.
            chances: Shape (tokens, labels).

        Returns:
            In order.
        """
        ordinary = [index for index, token in enumerate(tokens) if token.span]
        found = []
        for group in self._groups(self.pieces(ordinary, goes_on, chances)):
            kind = read_tag(self.labels[group[0].label], self.scheme).type
            if kind == OUTSIDE:
                continue
            members = tuple(token for piece in group for token in piece.tokens)
            span = _visible(text, tokens, members)
            if span:
                score = float(np.mean([piece.score for piece in group]))
                start, end = span
                found.append(Entity(type=kind, start=start, end=end, text=text[start:end], score=score, tokens=members))
        return found

    def pieces(self, ordinary: Sequence[int], goes_on: Sequence[bool], chances: Floats) -> list[Piece]:
        """What gets one label each: tokens or words.

        Args:
            ordinary: Places of the tokens to look at, none of them special.
            goes_on: Which of all tokens go on with the word before.
            chances: Shape (tokens, labels).

        Returns:
            In order.
        """
        if self.strategy in (Strategy.NONE, Strategy.SIMPLE):
            return [_labelled((index,), chances[index]) for index in ordinary]
        words: list[list[int]] = []
        for index in ordinary:
            if words and goes_on[index]:
                words[-1].append(index)
            else:
                words.append([index])
        return [_labelled(tuple(word), self._of_word(chances[word])) for word in words]

    def _of_word(self, rows: Floats) -> Floats:
        """Probabilities of a word's labels from those of its tokens."""
        if self.strategy is Strategy.FIRST:
            chosen: Floats = rows[0]
        elif self.strategy is Strategy.MAX:
            chosen = rows[int(np.argmax(rows.max(axis=1)))]
        else:
            chosen = rows.mean(axis=0)
        return chosen

    def _groups(self, pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
        """Neighbours that are one entity; without aggregation each stands alone."""
        group: list[Piece] = []
        for piece in pieces:
            if group and not self._joined(group[-1], piece):
                yield group
                group = []
            group.append(piece)
        if group:
            yield group

    def _joined(self, before: Piece, after: Piece) -> bool:
        first, second = (read_tag(self.labels[piece.label], self.scheme) for piece in (before, after))
        return self.strategy is not Strategy.NONE and joined(first, second, self.scheme)


def marks_words(checkpoint: Checkpoint) -> bool:
    """Whether the tokenizer marks tokens that go on with a word.

    Args:
        checkpoint: Whose tokenizer.

    Returns:
        True for WordPiece and its kin.
    """
    return bool(_mark(checkpoint))


def goes_on_with_word(
    checkpoint: Checkpoint, text: str, tokens: Sequence[Token], offsets: Sequence[tuple[int, int]]
) -> list[bool]:
    """Which tokens go on with the word of the token before.

    Args:
        checkpoint: Whose tokenizer.
        text: The whole text.
        tokens: Its tokens.
        offsets: Their places as the tokenizer gave them.

    Returns:
        One a token, by the tokenizer's mark. Where it has none (byte pairs, SentencePiece) by the guess of
        transformers: a token goes on with a word where no space stands right before it, nor first in it. An unknown
        token is always a word.
    """
    mark = _mark(checkpoint)
    if mark:
        return [token.text.startswith(mark) and not token.unknown for token in tokens]
    return [
        start > 0 and " " not in text[start - 1 : start + 1] and not token.unknown
        for token, (start, _) in zip(tokens, offsets, strict=True)
    ]


def _mark(checkpoint: Checkpoint) -> str:
    tokenizer: Any = checkpoint.tokenizer
    return getattr(tokenizer.backend_tokenizer.model, "continuing_subword_prefix", None) or ""


def _labelled(tokens: tuple[int, ...], chances: Floats) -> Piece:
    top = int(np.argmax(chances))
    return Piece(tokens, top, float(chances[top]))


def _visible(text: str, tokens: Sequence[Token], members: Sequence[int]) -> tuple[int, int] | None:
    """First character and one past the last of some tokens, or none where they are white space."""
    solid = [span for index in members if (span := tokens[index].span) and span.end > span.start]
    if not solid:
        return None
    end = solid[-1].end
    later = (
        token.span.start for token in tokens[members[-1] + 1 :] if token.span and token.span.end > token.span.start
    )
    limit = next(later, len(text))
    while end < limit and category(text[end]).startswith("M"):
        end += 1
    return solid[0].start, end
