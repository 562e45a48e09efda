"""The game of one entity: how probable its type stays while words of the text are missing.

``v(S)`` on the text with the units S kept is the mean, over the words of the span, of the summed probability of the
labels of its type at each word's first token.

The words of the span have to be found again whatever is missing. So a method is given the text with each unit written
as a run of a sign of its own, as long as the unit: what it makes of that tells which units it kept, and where each of
them stands. A unit of the span that is missing has the mask token in its place, where others are deleted too: without a
place it would have no probability.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NoReturn, Self

import numpy as np
import numpy.typing as npt

from workbench.errors import InputError
from workbench.explainers.task import Floats, Task, unit_spans
from workbench.pipeline import Precision, encode_placed, mask_of, probabilities
from workbench.schema import Activation, Span

# Private signs beyond the basic plane: all that is visible lies in a unit, and so does any such sign of the user's.
_FIRST = 0xF0000
_MASK = chr(0x10FFFD)
_ITEM = re.compile(f"{_MASK}|([{chr(_FIRST)}-{chr(0x10FFFC)}])\\1*")


@dataclass(frozen=True)
class Placed:
    """A text with units missing.

    Attributes:
        text: As the model reads it.
        words: Where the words of the span stand in it, or the masks in their place.
    """

    text: str
    words: tuple[Span, ...]


@dataclass(frozen=True)
class EntityTask(Task):
    """What a method is asked about an entity.

    The prediction is that on the question whether the span has this type; see ``workbench.services``.

    Attributes:
        columns: The labels of the type.
        words: The words of the span.
    """

    columns: tuple[int, ...]
    words: tuple[Span, ...]

    @cached_property
    def spans(self) -> tuple[Span, ...]:
        """See ``Task.spans``."""
        return unit_spans(self.prediction, self.unit)

    @cached_property
    def text(self) -> str:
        """The text that was read, each unit a run of its own sign."""
        pieces, position = [], 0
        read = self.prediction.read_text
        for number, unit in enumerate(self.spans):
            pieces += [read[position : unit.start], chr(_FIRST + number) * (unit.end - unit.start)]
            position = unit.end
        return "".join([*pieces, read[position:]])

    @property
    def repeats_words(self) -> bool:
        """See ``Task.repeats_words``; no sign stands twice."""
        return False

    @property
    def mask_text(self) -> str:
        """A sign of its own, too."""
        return _MASK

    def at(self, precision: Precision) -> Self:
        """Entities are explained exactly.

        Args:
            precision: Another one.

        Raises:
            InputError: Always.
        """
        raise InputError(f"an entity is not explained in {precision}", "leave the precision exact")

    def error(self) -> NoReturn:
        """There is no other precision; see ``at``."""
        raise InputError("an entity is explained exactly", "leave the precision exact")

    def outputs(self, texts: Sequence[str]) -> tuple[Floats, Floats]:
        """The probability that the span has the type, as the one output."""
        placed = [self.placed(str(text)) for text in texts]
        rows = encode_placed(self.checkpoint, [one.text for one in placed])
        logits = self.run.row_logits([ids for ids, _ in rows])
        values = [
            self._value(probabilities(each, Activation.SOFTMAX), offsets, one)
            for each, (_, offsets), one in zip(logits, rows, placed, strict=True)
        ]
        return np.array(values, dtype=np.float64)[:, None], np.ones(1)

    def placed(self, written: str) -> Placed:
        """The text behind what a method wrote.

        Args:
            written: ``text`` with units deleted or masked.

        Returns:
            The same of the user's words.
        """
        units = self.spans
        items = list(_ITEM.finditer(written))
        if len(items) == len(units):
            return self._in_order(written, items)
        return self._without({ord(item.group()[0]) - _FIRST for item in items})

    def _in_order(self, written: str, items: Sequence[re.Match[str]]) -> Placed:
        """From a text that has a run or a mask for each unit."""
        out, position = "", 0
        starts: list[tuple[int, bool]] = []
        for item, unit in zip(items, self.spans, strict=True):
            out += written[position : item.start()]
            kept = item.group() != _MASK
            starts.append((len(out), kept))
            out += unit.of(self.prediction.read_text) if kept else mask_of(self.checkpoint)
            position = item.end()
        return Placed(out + written[position:], self._words(starts))

    def _without(self, kept: set[int]) -> Placed:
        """The text with all other units deleted, those of the span masked."""
        read, mask = self.prediction.read_text, mask_of(self.checkpoint)
        watched = {self._unit_of(word) for word in self.words}
        out, position = "", 0
        starts: list[tuple[int, bool]] = []
        for number, unit in enumerate(self.spans):
            out += read[position : unit.start]
            starts.append((len(out), number in kept))
            out += unit.of(read) if number in kept else mask if number in watched else ""
            position = unit.end
        return Placed(out + read[position:], self._words(starts))

    def _words(self, starts: Sequence[tuple[int, bool]]) -> tuple[Span, ...]:
        """The places of the span's words, from those of all units and whether each was kept."""
        found = []
        for word in self.words:
            number = self._unit_of(word)
            start, kept = starts[number]
            if kept:
                found.append(word.moved(start - self.spans[number].start))
            else:
                found.append(Span(start=start, end=start + len(mask_of(self.checkpoint))))
        return tuple(found)

    def _unit_of(self, word: Span) -> int:
        return next(number for number, unit in enumerate(self.spans) if unit.start <= word.start < unit.end)

    def _value(self, chances: Floats, offsets: npt.NDArray[np.int64], placed: Placed) -> float:
        """The mean over the words; a word that the model did not read adds nothing."""
        total = 0.0
        for word in placed.words:
            under = np.flatnonzero(
                (offsets[:, 0] < word.end) & (offsets[:, 1] > word.start) & (offsets[:, 1] > offsets[:, 0])
            )
            if len(under):
                total += float(chances[under[0], list(self.columns)].sum())
        return total / len(placed.words)
