"""How far the words that a method ranks first carry the target alone."""

from __future__ import annotations

from workbench.schema import Figure
from workbench.trust.base import Family, Metric, register, undefined
from workbench.trust.orders import Walk


@register
class Sufficiency(Metric[Walk]):
    """Mean over k of f(x) - f(only the k first): the area between the insertion curve and f(x)."""

    name = "sufficiency"
    title = "Sufficiency"
    meaning = "How far the target stays below its value, on average, with only the words that the method ranks first."
    family = Family.FAITHFULNESS
    low = None
    high = None
    better = "lower"
    source = "DeYoung et al. 2020, ERASER (arXiv 1911.03429)"

    def measure(self, evidence: Walk) -> Figure:
        """See ``Metric.measure``."""
        return undefined(evidence.obstacle) if evidence.obstacle else Figure(value=evidence.sufficiency)
