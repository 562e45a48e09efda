"""How far the target falls without the words that a method ranks first."""

from __future__ import annotations

from workbench.schema import Figure
from workbench.trust.base import Family, Metric, register, undefined
from workbench.trust.orders import Walk


@register
class Comprehensiveness(Metric[Walk]):
    """Mean over k of f(x) - f(x without the k first): the area over the deletion curve."""

    name = "comprehensiveness"
    title = "Comprehensiveness"
    meaning = "How far the target falls, on average, when the words that the method ranks first are removed."
    family = Family.FAITHFULNESS
    low = None
    high = None
    better = "higher"
    source = (
        "DeYoung et al. 2020, ERASER (arXiv 1911.03429); area over the curve of Samek et al. 2017 (arXiv 1509.06321)"
    )

    def measure(self, evidence: Walk) -> Figure:
        """See ``Metric.measure``."""
        return undefined(evidence.obstacle) if evidence.obstacle else Figure(value=evidence.comprehensiveness)
