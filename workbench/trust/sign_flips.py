"""Words whose direction depends on the seed."""

from __future__ import annotations

from workbench.schema import Figure
from workbench.trust.base import Family, Metric, register, undefined
from workbench.trust.stability import Repetitions


@register
class SignFlips(Metric[Repetitions]):
    """Share of the units whose score is above zero with one seed and below with another."""

    name = "sign_flips"
    title = "Sign flips"
    meaning = "The share of words that the method says push the target up with one seed and down with another."
    family = Family.STABILITY
    low = 0.0
    high = 1.0
    better = "lower"
    source = "Own definition, after Alvarez-Melis & Jaakkola 2018 (arXiv 1806.08049) on robustness"

    def measure(self, evidence: Repetitions) -> Figure:
        """See ``Metric.measure``."""
        if len(evidence.scores) < 2:
            return undefined("the method was not repeated")
        if not evidence.signed:
            return undefined("the method has no directions")
        return Figure(value=float(evidence.flipped.mean()))
