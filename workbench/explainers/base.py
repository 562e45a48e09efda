"""What every method has: options, a compatibility check, units, and one call that gives an ``Explanation``."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import ClassVar, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from workbench.checkpoints import Checkpoint
from workbench.errors import IncompatibleError, InputError, TextError
from workbench.registry import Registry
from workbench.schema import Explanation, Frozen, Prediction, Score, Span, Target, Unit
from workbench.scoring import Run
from workbench.text import overlap, sentences, words

Floats = npt.NDArray[np.float64]

# Units that are found in the text itself; tokens come from the tokenizer.
SPLITTERS: dict[Unit, Callable[[str], tuple[Span, ...]]] = {Unit.WORD: words, Unit.SENTENCE: sentences}


class Options(Frozen):
    """Base of a method's options: typed fields with titles, descriptions and bounds; forms are made from them."""


O = TypeVar("O", bound=Options)  # noqa: E741 - a type variable, not a zero


@dataclass(frozen=True)
class Task:
    """What a method is asked.

    Attributes:
        prediction: Of the text to explain.
        target: What to explain.
        unit: What one score belongs to.
        seed: Of whatever is random.
        run: The door to the model.
    """

    prediction: Prediction
    target: Target
    unit: Unit
    seed: int
    run: Run

    @property
    def checkpoint(self) -> Checkpoint:
        """The model."""
        return self.run.checkpoint

    @property
    def spans(self) -> tuple[Span, ...]:
        """The units of the text that the model read."""
        return unit_spans(self.prediction, self.unit)

    @property
    def mask_text(self) -> str:
        """What stands for a piece of the text that is masked."""
        return str(self.checkpoint.tokenizer.mask_token or "...")


@dataclass(frozen=True)
class Finding:
    """What a method found: the part of an ``Explanation`` that only the method knows.

    Attributes:
        spans: Units in the order of the text.
        scores: Shape (units,).
        base_value: The target on the baseline, or none.
        full_value: The target on the text.
        details: What else was measured.
        unresolved: Phrases of several units that share one value because they were never told apart.
    """

    spans: Sequence[Span]
    scores: Floats
    base_value: float | None
    full_value: float
    details: dict[str, float | str] = field(default_factory=dict)
    unresolved: Sequence[Span] = ()


class Explainer(ABC, Generic[O]):
    """A method that explains one prediction. One file each; registered with ``METHODS``.

    Attributes:
        name: What users type.
        title: What readers see.
        summary: One sentence: what its scores are.
        reads: One sentence: how to read them, and what they do not tell.
        source: Paper and library.
        options: Its options.
        units: What it can score.
        additive: Its scores add up to ``full_value - base_value``.
        signed: The sign of a score means a direction.
        draws: The library has a plot of its own.
        cost: About how many evaluations it takes; cheaper methods run first.
        packages: Distributions whose versions decide the result.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    reads: ClassVar[str]
    source: ClassVar[str]
    options: type[O]
    units: ClassVar[tuple[Unit, ...]] = (Unit.WORD, Unit.TOKEN, Unit.SENTENCE)
    additive: ClassVar[bool] = False
    signed: ClassVar[bool] = True
    draws: ClassVar[bool] = False
    cost: ClassVar[int] = 1
    packages: ClassVar[tuple[str, ...]] = ()

    def obstacle(self, checkpoint: Checkpoint) -> str | None:
        """Why the method cannot run on a checkpoint.

        Args:
            checkpoint: The model.

        Returns:
            A clause without full stop, or none if it can run.
        """
        return None

    @abstractmethod
    def find(self, task: Task, options: O) -> Finding:
        """Compute the scores.

        Args:
            task: What is asked.
            options: The method's options.

        Returns:
            Units, scores and what goes with them.
        """

    def sampled(self, explanation: Explanation) -> bool:
        """Whether another seed would give other scores.

        Args:
            explanation: Made by this method.

        Returns:
            False unless the method draws at random.
        """
        return False

    def native_html(self, explanation: Explanation, prediction: Prediction) -> str | None:
        """The library's own plot of an explanation, as a document without outside requests.

        Args:
            explanation: Made by this method.
            prediction: What it explains.

        Returns:
            HTML with all text escaped, or none if the library draws nothing.
        """
        return None

    def explain(self, task: Task, options: O | None = None) -> Explanation:
        """Explain one prediction.

        Args:
            task: What is asked.
            options: The method's options; by default its defaults.

        Returns:
            The explanation.

        Raises:
            IncompatibleError: The method cannot run on this checkpoint.
            InputError: It has no scores for this unit.
            TextError: There is nothing to explain.
            Cancelled: The caller asked to stop.
        """
        self.check(task)
        chosen = options if options is not None else self.options()
        started = time.perf_counter()
        finding = self._find(task, chosen)
        text = task.prediction.text
        return Explanation(
            method=self.name,
            target=task.target,
            unit=task.unit,
            text=text,
            checkpoint=task.checkpoint.info,
            units=tuple(
                Score(text=span.of(text), start=span.start, end=span.end, score=float(score))
                for span, score in zip(finding.spans, finding.scores, strict=True)
            ),
            base_value=finding.base_value,
            full_value=finding.full_value,
            additive=self.additive,
            signed=self.signed,
            seed=task.seed,
            options=chosen.model_dump(mode="json"),
            evaluations=task.run.evaluations,
            seconds=time.perf_counter() - started,
            details=finding.details,
            unresolved=tuple(finding.unresolved),
            provenance={name: version(name) for name in ("torch", "transformers", *self.packages)},
        )

    def _find(self, task: Task, options: O) -> Finding:
        from workbench.explainers._windows import find_in_windows

        if task.prediction.windows:
            return find_in_windows(task, lambda part: self.find(part, options))
        return self.find(task, options)

    def check(self, task: Task) -> None:
        """Refuse a task that the method cannot do.

        Args:
            task: What is asked.

        Raises:
            IncompatibleError: The method cannot run on this checkpoint.
            InputError: It has no scores for this unit.
            TextError: There is nothing to explain.
        """
        obstacle = self.obstacle(task.checkpoint)
        if obstacle:
            raise IncompatibleError(
                f"{self.title} cannot run on {task.checkpoint.name}: {obstacle}", "choose another method"
            )
        if task.unit not in self.units:
            raise InputError(f"{self.title} has no scores for a {task.unit}", f"choose one of {', '.join(self.units)}")
        if not task.spans:
            raise TextError("the model read no word of the text", "give a text with letters or signs that it knows")


METHODS: Registry[Explainer[Options]] = Registry("method")


def register(explainer: type[Explainer[O]]) -> type[Explainer[O]]:
    """Register a method; used as a decorator.

    Args:
        explainer: The class.

    Returns:
        The same class.
    """
    METHODS.add(explainer.name, explainer())  # type: ignore[arg-type]
    return explainer


def unit_spans(prediction: Prediction, unit: Unit) -> tuple[Span, ...]:
    """The units of the text that the model read.

    Args:
        prediction: What is explained.
        unit: Word, token or sentence.

    Returns:
        Spans in order, not overlapping. Tokens that share characters (bytes of one emoji) make one unit.
    """
    if unit in SPLITTERS:
        return SPLITTERS[unit](prediction.read_text)
    return merge_overlapping(
        [token.span for token in prediction.tokens if token.span and token.span.end > token.span.start]
    )


def on_units(task: Task, values: Floats) -> tuple[Floats, float]:
    """Values of the input positions, summed onto the units of the text.

    Args:
        task: What is asked.
        values: Shape (tokens,), special tokens included.

    Returns:
        Shape (units,), and what fell on special tokens and white space instead.
    """
    placed = [(token.span, value) for token, value in zip(task.prediction.tokens, values, strict=True) if token.span]
    scores = np.array([value for _, value in placed]) @ overlap([span for span, _ in placed], task.spans)
    return scores, float(values.sum() - scores.sum())


def merge_overlapping(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Join spans that share characters.

    Args:
        spans: In order of their start.

    Returns:
        Spans that do not overlap and cover the same characters.
    """
    merged: list[Span] = []
    for span in spans:
        if merged and span.start < merged[-1].end:
            merged[-1] = Span(start=merged[-1].start, end=max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return tuple(merged)
