"""How well a method's own model fits the samples it was fitted to."""

from __future__ import annotations

from workbench.schema import Figure
from workbench.trust.base import Family, Metric, register, undefined
from workbench.trust.stability import Repetitions


@register
class LocalFit(Metric[Repetitions]):
    """Weighted R2 of LIME's linear model, as the library gives it."""

    name = "local_fit"
    title = "Local fit (R2)"
    meaning = "How much of what the model does around this review the method's linear model reproduces; 1 is all."
    family = Family.STABILITY
    low = None
    high = 1.0
    better = "higher"
    source = "Ribeiro et al. 2016 (arXiv 1602.04938); lime, Explanation.score"

    def measure(self, evidence: Repetitions) -> Figure:
        """See ``Metric.measure``."""
        return undefined("the method fits no model") if evidence.r2 is None else Figure(value=evidence.r2)
