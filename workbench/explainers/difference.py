"""The game of two checkpoints: what the one says of a text minus what the other says of it, word by word.

``v(S) = target of the first (text with the units S kept) - target of the second (the same text)``

A method that asks for nothing but evaluations of such texts explains this game like that of a single checkpoint. Both
see the same words missing: deleted ones are the same string for both; for a masked one each puts its own mask token in
the same place, so the strings are those that the explanation of each checkpoint alone evaluates as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Self

import numpy as np

from workbench.checkpoints import Checkpoint
from workbench.explainers.task import SPLITTERS, Floats, Task, unit_spans
from workbench.pipeline import Precision, mask_of, target_values
from workbench.schema import Evaluations, Prediction, Span, Target, Unit
from workbench.scoring import Run

# The first of the signs that Unicode leaves to private use: one that a text does not hold stands for the mask.
_PRIVATE = 0xE000


@dataclass(frozen=True)
class DifferenceTask(Task):
    """What a method is asked about two checkpoints.

    The fields of ``Task`` are those of the first; its prediction is cut to the text that both read.

    Attributes:
        second_target: What is explained of the second.
        second_run: The door to it.
    """

    second_target: Target
    second_run: Run

    @property
    def checkpoints(self) -> tuple[Checkpoint, ...]:
        """The first and the second."""
        return (self.run.checkpoint, self.second_run.checkpoint)

    @property
    def evaluations(self) -> Evaluations:
        """Those of both."""
        both = (self.run.evaluations, self.second_run.evaluations)
        return Evaluations(asked=sum(one.asked for one in both), made=sum(one.made for one in both))

    @property
    def mask_text(self) -> str:
        """A sign that the text does not hold; each checkpoint reads its own mask token there."""
        return next(chr(code) for code in count(_PRIVATE) if chr(code) not in self.prediction.text)

    def expect(self, total: int) -> None:
        """See ``Task.expect``; both evaluate every text."""
        self.run.expect(total)
        self.second_run.expect(total)

    def expect_no_more(self) -> None:
        """See ``Task.expect_no_more``."""
        for run in (self.run, self.second_run):
            run.expect(run.asked_in_part)

    def at(self, precision: Precision) -> Self:
        """See ``Task.at``."""
        return replace(self, run=self.run.at(precision), second_run=self.second_run.at(precision))

    def error(self) -> tuple[float, int]:
        """See ``Task.error``; that of both together, which the error of the difference does not exceed."""
        first, second = self.run.error(self.target), self.second_run.error(self.second_target)
        return first[0] + second[0], min(first[1], second[1])

    def outputs(self, texts: Sequence[str]) -> tuple[Floats, Floats]:
        """The difference itself, so that a method that looks closer where more happens looks at the difference."""
        sides = ((self.run, self.target), (self.second_run, self.second_target))
        first, second = (self._side(run, target, texts) for run, target in sides)
        return (first - second)[:, None], np.ones(1)

    def beside(self) -> Self:
        """See ``Task.beside``."""
        return replace(self, run=self.run.beside(), second_run=self.second_run.beside())

    def _side(self, run: Run, target: Target, texts: Sequence[str]) -> Floats:
        own = [str(text).replace(self.mask_text, mask_of(run.checkpoint)) for text in texts]
        return target_values(run.checkpoint, target, run.logits(own))


def shared_units(predictions: Sequence[Prediction], unit: Unit) -> tuple[Span, ...]:
    """The units that all checkpoints read whole.

    Args:
        predictions: Of one text.
        unit: Word or sentence.

    Returns:
        Spans in order.
    """
    first, *others = ([*unit_spans(prediction, unit)] for prediction in predictions)
    common = set(first).intersection(*others)
    return tuple(span for span in first if span in common)


def unread_units(prediction: Prediction, unit: Unit) -> tuple[Span, ...]:
    """The units of the whole text that a checkpoint did not read, or not whole.

    Args:
        prediction: Of the text.
        unit: Word or sentence.

    Returns:
        Spans in order.
    """
    if prediction.unread_from is None:
        return ()
    read = set(SPLITTERS[unit](prediction.read_text))
    return tuple(span for span in SPLITTERS[unit](prediction.text) if span not in read)


def shared_reading(first: Prediction, second: Prediction, unit: Unit) -> Prediction:
    """The first prediction, as far as both checkpoints read the text.

    Args:
        first: Of the text.
        second: Of the same text by the other checkpoint.
        unit: Word or sentence.

    Returns:
        ``first``, read up to the end of the last unit that both read; as it is where both read the same.
    """
    units = shared_units([first, second], unit)
    if first.read_text == second.read_text:
        return first
    end = units[-1].end if units else 0
    return first.model_copy(update={"unread_from": end})


Watch = Callable[[int, int], None]


def side_by_side(progress: Watch) -> tuple[Watch, Watch]:
    """Progress of two runs that are shown as one.

    Args:
        progress: Called with evaluations done and expected, of both together.

    Returns:
        What each run calls.
    """
    seen = [(0, 0), (0, 0)]

    def watch(index: int) -> Watch:
        def note(done: int, total: int) -> None:
            seen[index] = (done, total)
            progress(sum(one for one, _ in seen), sum(total for _, total in seen))

        return note

    return watch(0), watch(1)
