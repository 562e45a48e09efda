"""What every metric has: what it is called, how to read it, and one call that gives a figure or why there is none."""

from __future__ import annotations

from abc import ABC, abstractmethod
from enum import StrEnum
from typing import Any, ClassVar, Generic, Literal, TypeVar

import numpy as np
import numpy.typing as npt

from workbench.registry import Registry
from workbench.schema import Figure

Floats = npt.NDArray[np.float64]
Masks = npt.NDArray[np.bool_]

E = TypeVar("E")


class Family(StrEnum):
    """What a metric is measured on."""

    AGREEMENT = "agreement"
    FAITHFULNESS = "faithfulness"
    STABILITY = "stability"
    BASELINE = "baseline"
    SANITY = "sanity"


class Metric(ABC, Generic[E]):
    """A figure about explanations. One file each; registered in ``METRICS``.

    Attributes:
        name: Its key in results.
        title: What readers see.
        meaning: One sentence: what it means.
        family: What it is measured on; all metrics of a family take the same evidence.
        low: The lowest possible value, or none where there is no bound.
        high: The highest, likewise.
        better: Which direction is good.
        source: Where it comes from.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    meaning: ClassVar[str]
    family: ClassVar[Family]
    low: ClassVar[float | None]
    high: ClassVar[float | None]
    better: ClassVar[Literal["higher", "lower"]]
    source: ClassVar[str]

    @abstractmethod
    def measure(self, evidence: E) -> Figure:
        """Compute the figure.

        Args:
            evidence: What the family is measured on.

        Returns:
            The value, or the reason why it is undefined.
        """


METRICS: Registry[Metric[Any]] = Registry("metric")


def register(kind: type[Metric[E]]) -> type[Metric[E]]:
    """Register a metric; used as a decorator.

    Args:
        kind: The class.

    Returns:
        The same class.
    """
    METRICS.add(kind.name, kind())
    return kind


def measure_all(family: Family, evidence: object) -> dict[str, Figure]:
    """All metrics of one family.

    Args:
        family: Which.
        evidence: What that family is measured on.

    Returns:
        Name to figure.
    """
    return {name: METRICS[name].measure(evidence) for name in METRICS if METRICS[name].family is family}


def undefined(reason: str) -> Figure:
    """A figure that does not exist.

    Args:
        reason: Why, a clause.

    Returns:
        The figure.
    """
    return Figure(value=None, reason=reason)


def constant(scores: Floats) -> bool:
    """Whether all scores are the same up to rounding, so that they rank nothing.

    Args:
        scores: Shape (units,).

    Returns:
        True also for a single score.
    """
    return bool(np.ptp(scores) <= 1e-12 * max(1.0, float(np.abs(scores).max()))) if len(scores) else True


def spearman(left: Floats, right: Floats, fewest: int = 3) -> Figure:
    """Spearman's rank correlation, where it is defined.

    Args:
        left: Shape (units,).
        right: Same shape.
        fewest: With fewer units it says nothing.

    Returns:
        From -1 to 1, or the reason.
    """
    from scipy.stats import spearmanr

    if len(left) < fewest:
        return undefined(f"there are fewer than {fewest} units")
    if constant(left) or constant(right):
        return undefined("all scores of a method are equal")
    return Figure(value=float(np.clip(spearmanr(left, right).statistic, -1.0, 1.0)))
