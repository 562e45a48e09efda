"""What every method has: options, a compatibility check, units, and one call that gives an ``Explanation``."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from functools import cache
from importlib.metadata import version
from typing import Any, ClassVar, Generic, TypeVar

from workbench.checkpoints import Checkpoint
from workbench.errors import IncompatibleError, InputError, TextError
from workbench.explainers._windows import find_in_windows
from workbench.explainers.difference import DifferenceTask
from workbench.explainers.entity import EntityTask
from workbench.explainers.task import Finding, Task
from workbench.pipeline import Precision
from workbench.registry import Registry
from workbench.schema import Difference, Explanation, Frozen, Prediction, Score, Unit


class Options(Frozen):
    """Base of a method's options: typed fields with titles, descriptions and bounds; forms are made from them."""


# Read from a file otherwise, which takes as long as a short text.
_version = cache(version)

O = TypeVar("O", bound=Options)  # noqa: E741 - a type variable, not a zero


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
        asks_texts_only: It needs nothing but evaluations of texts with units missing, all asked through the task's
            ``outputs`` and ``values``; so it can explain the difference of two
            checkpoints, and an entity.
        draws: The library has a plot of its own.
        plot_note: What the reader of that plot should know, in one sentence.
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
    asks_texts_only: ClassVar[bool] = False
    draws: ClassVar[bool] = False
    plot_note: ClassVar[str] = ""
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
        return Explanation(
            target=task.target, checkpoint=task.checkpoint.info, **self._attribution(task, options or self.options())
        )

    def explain_difference(self, task: DifferenceTask, options: O | None = None) -> Difference:
        """Explain why two checkpoints differ.

        Args:
            task: What is asked of both.
            options: The method's options; by default its defaults.

        Returns:
            The scores of the difference.

        Raises:
            IncompatibleError: The method cannot do that, or cannot run on one of them.
            InputError: It has no scores for this unit.
            TextError: There is nothing to explain.
            Cancelled: The caller asked to stop.
        """
        if not self.asks_texts_only:
            raise IncompatibleError(
                f"{self.title} does not explain the difference of two checkpoints", f"choose {able_methods()}"
            )
        found = self._attribution(task, options or self.options())
        first, second = task.checkpoints
        return Difference(
            checkpoints=(first.info, second.info),
            targets=(task.target, task.second_target),
            evaluations_of=(task.run.evaluations, task.second_run.evaluations),
            **found,
        )

    def explain_entity(self, task: EntityTask, options: O | None = None) -> Explanation:
        """Explain why a span has its type.

        Args:
            task: What is asked.
            options: The method's options; by default its defaults.

        Returns:
            The explanation.

        Raises:
            IncompatibleError: The method cannot do that, or cannot run on this checkpoint.
            InputError: It has no scores for this unit.
            TextError: There is nothing to explain.
            Cancelled: The caller asked to stop.
        """
        obstacle = self.entity_obstacle()
        if obstacle:
            raise IncompatibleError(f"{self.title} does not explain entities: {obstacle}", f"choose {able_methods()}")
        if task.unit is Unit.TOKEN:
            raise InputError("an entity is explained by words or sentences", "choose the unit word or sentence")
        return self.explain(task, options)

    def entity_obstacle(self) -> str | None:
        """Why the method cannot explain an entity.

        Returns:
            A clause without full stop, or none if it can.
        """
        if self.asks_texts_only:
            return None
        return "it follows one answer for the whole text through the model, and here each token has its own"

    def _attribution(self, task: Task, options: O) -> dict[str, Any]:
        """The fields of an ``Attribution``."""
        self.check(task)
        started = time.perf_counter()
        precision: Precision = getattr(options, "precision", "exact")
        if precision != "exact":
            task = task.at(precision)
        finding = self._find(task, options)
        details = dict(finding.details)
        if precision != "exact":
            details["precision_error"], details["precision_texts"] = task.error()
        text = task.prediction.text
        return {
            "method": self.name,
            "unit": task.unit,
            "text": text,
            "units": tuple(
                Score(text=span.of(text), start=span.start, end=span.end, score=float(score))
                for span, score in zip(finding.spans, finding.scores, strict=True)
            ),
            "base_value": finding.base_value,
            "full_value": finding.full_value,
            "additive": self.additive,
            "signed": self.signed,
            "seed": task.seed,
            "options": options.model_dump(mode="json"),
            "evaluations": task.evaluations,
            "seconds": time.perf_counter() - started,
            "details": details,
            "unresolved": tuple(finding.unresolved),
            "provenance": {name: _version(name) for name in ("torch", "transformers", *self.packages)},
        }

    def _find(self, task: Task, options: O) -> Finding:
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
        for checkpoint in task.checkpoints:
            obstacle = self.obstacle(checkpoint)
            if obstacle:
                raise IncompatibleError(
                    f"{self.title} cannot run on {checkpoint.name}: {obstacle}", "choose another method"
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


def able_methods() -> str:
    """Names of the methods that can explain the difference of two checkpoints, or an entity."""
    return ", ".join(name for name in METHODS if METHODS[name].asks_texts_only)
