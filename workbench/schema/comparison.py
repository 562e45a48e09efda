"""Two to four checkpoints on one text: what each says, how far they agree, and why two of them differ."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Annotated, Self

from pydantic import Field, FiniteFloat, model_validator

from workbench.schema.base import Frozen, Span
from workbench.schema.explanation import ADDITIVITY_TOLERANCE, Attribution, Evaluations, Explanation
from workbench.schema.prediction import CheckpointInfo, Prediction, Target
from workbench.schema.trust import Figure

FEWEST, MOST = 2, 4


class Difference(Attribution):
    """Why two checkpoints differ on a text: one game, the target of the first minus the target of the second.

    Both are evaluated on the same texts, with the same words missing. A score above zero pushes the first above the
    second. ``base_value`` and ``full_value`` are differences too; ``evaluations`` are those of both together.

    Attributes:
        checkpoints: The first and the second.
        targets: What is explained of each; the same in meaning.
        evaluations_of: Asked of and made by each.
        beyond: What text that not both of them read adds to the difference of the predictions; the full value is that
            on the text that both read.
    """

    checkpoints: tuple[CheckpointInfo, CheckpointInfo]
    targets: tuple[Target, Target]
    evaluations_of: tuple[Evaluations, Evaluations]
    beyond: FiniteFloat = 0.0

    @model_validator(mode="after")
    def _two(self) -> Self:
        if len({one.fingerprint for one in self.checkpoints}) < 2:
            raise ValueError("a checkpoint does not differ from itself")
        for name in ("asked", "made"):
            if sum(getattr(one, name) for one in self.evaluations_of) != getattr(self.evaluations, name):
                raise ValueError("the evaluations are not the sum of both checkpoints'")
        return self


class Compared(Frozen):
    """One checkpoint of a comparison.

    Attributes:
        prediction: On the whole text, or as much of it as the checkpoint reads.
        explanation: Of its prediction.
        scale: Where each of its labels stands between 0 (worst) and 1 (best), or none where that is not known.
        unread: Units of the text that it did not read, or not whole.
    """

    prediction: Prediction
    explanation: Explanation
    scale: dict[str, Annotated[float, Field(ge=0, le=1)]] | None
    unread: tuple[Span, ...] = ()

    @model_validator(mode="after")
    def _one(self) -> Self:
        if self.explanation.checkpoint != self.checkpoint or self.explanation.text != self.prediction.text:
            raise ValueError("the explanation is not one of this prediction")
        if self.scale is not None and set(self.scale) != set(self.checkpoint.labels):
            raise ValueError("the scale has other labels than the checkpoint")
        if any(span.end > len(self.prediction.text) for span in self.unread):
            raise ValueError("an unread unit lies outside the text")
        return self

    @property
    def checkpoint(self) -> CheckpointInfo:
        """Which one."""
        return self.prediction.checkpoint

    @property
    def scaled(self) -> float | None:
        """Its prediction on the common scale, 0 to 1: the sum of place times probability."""
        if self.scale is None:
            return None
        chances = zip(self.prediction.labels, self.prediction.probabilities, strict=True)
        return sum(self.scale[label] * chance for label, chance in chances)


class Pair(Frozen):
    """Two checkpoints of a comparison.

    Attributes:
        checkpoints: Names of the first and the second.
        signed: Their explanations have directions; else magnitudes are compared.
        units: The units that both read: what they are compared on.
        figures: The metrics of agreement, on those units.
        conflicts: Units that both score clearly, in opposite directions.
        difference: Why they differ; none where that cannot be explained, or was not asked for.
    """

    checkpoints: tuple[str, str]
    signed: bool
    units: tuple[Span, ...]
    figures: dict[str, Figure]
    conflicts: tuple[Span, ...]
    difference: Difference | None = None

    @model_validator(mode="after")
    def _on_units(self) -> Self:
        if not set(self.conflicts) <= set(self.units):
            raise ValueError("a conflict is not one of the units")
        if self.difference and tuple(one.name for one in self.difference.checkpoints) != self.checkpoints:
            raise ValueError("the difference is one of other checkpoints")
        return self


class Comparison(Frozen):
    """Two to four checkpoints on one text.

    Attributes:
        text: As the user gave it.
        checkpoints: In the order in which they were given.
        pairs: Each two of them, in that order.
        comparable: All explanations are about the same thing, so that their scores can be set side by side.
        note: In one sentence, why they are not, or why no difference is explained; else none.
        provenance: Versions of everything that took part.
    """

    text: str
    checkpoints: Annotated[tuple[Compared, ...], Field(min_length=FEWEST, max_length=MOST)]
    pairs: tuple[Pair, ...]
    comparable: bool
    note: str | None = None
    provenance: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _together(self) -> Self:
        infos = [one.checkpoint for one in self.checkpoints]
        if len({one.name for one in infos}) < len(infos) or len({one.fingerprint for one in infos}) < len(infos):
            raise ValueError("a checkpoint is compared with itself")
        if any(one.prediction.text != self.text for one in self.checkpoints):
            raise ValueError("a checkpoint read another text")
        if len({(one.explanation.method, one.explanation.unit) for one in self.checkpoints}) > 1:
            raise ValueError("the explanations are of different methods or units")
        if [pair.checkpoints for pair in self.pairs] != list(combinations((one.name for one in infos), 2)):
            raise ValueError("the pairs are not each two of the checkpoints in their order")
        if not self.comparable and (self.note is None or any(pair.difference for pair in self.pairs)):
            raise ValueError("checkpoints that cannot be compared need a reason, and have no difference")
        for pair in self.pairs:
            self._check_sum(pair)
        return self

    def _check_sum(self, pair: Pair) -> None:
        """The difference of a pair, and what comes from text that not both read, is that of the two predictions."""
        if pair.difference is None:
            return
        first, second = (self.of(name).explanation.full_value for name in pair.checkpoints)
        gap = pair.difference.full_value + pair.difference.beyond - (first - second)
        if abs(gap) > ADDITIVITY_TOLERANCE * max(1.0, abs(first), abs(second)):
            raise ValueError(f"a difference misses that of the explanations by {gap:.2g}")

    def of(self, name: str) -> Compared:
        """One of the checkpoints.

        Args:
            name: Its name.

        Returns:
            What it says.

        Raises:
            KeyError: It takes no part.
        """
        return {one.checkpoint.name: one for one in self.checkpoints}[name]

    def rows(self) -> tuple[tuple[Span, tuple[float | None, ...]], ...]:
        """All units with the score that each checkpoint's explanation gives them, in the order of the text.

        Returns:
            One row a unit; none where a checkpoint did not read it. A unit that only some read whole has a row for each
            form in which it was read.
        """
        scores = [{unit.span: unit.score for unit in one.explanation.units} for one in self.checkpoints]
        spans: Sequence[Span] = sorted({span for each in scores for span in each}, key=lambda one: (one.start, one.end))
        return tuple((span, tuple(each.get(span) for each in scores)) for span in spans)
