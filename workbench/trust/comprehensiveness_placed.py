"""Comprehensiveness between random orders and the best one."""

from __future__ import annotations

from workbench.schema import Figure
from workbench.trust.base import Family, Metric, register
from workbench.trust.orders import Walk


@register
class ComprehensivenessPlaced(Metric[Walk]):
    """Comprehensiveness C between random orders and the best one: (C - random) / (best - random)."""

    name = "comprehensiveness_placed"
    title = "Comprehensiveness, random 0 to best 1"
    meaning = "Comprehensiveness on a scale where 0 is a random order and 1 the best; negative is worse than random."
    family = Family.FAITHFULNESS
    low = None
    high = 1.0
    better = "higher"
    source = "Comprehensiveness as above, placed between two bounds measured on the same review"

    def measure(self, evidence: Walk) -> Figure:
        """See ``Metric.measure``."""
        return evidence.placed()[0]
