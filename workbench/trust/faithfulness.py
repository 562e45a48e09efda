"""Comprehensiveness and sufficiency in one number."""

from __future__ import annotations

from workbench.schema import Figure
from workbench.trust.base import Family, Metric, register, undefined
from workbench.trust.orders import Walk


@register
class OverallFaithfulness(Metric[Walk]):
    """Mean of comprehensiveness and sufficiency, each placed between random orders (0) and the best one (1)."""

    name = "faithfulness"
    title = "Faithfulness"
    meaning = "How far the prediction really hangs on the words that the method ranks first: 0 as random, 1 the best."
    family = Family.FAITHFULNESS
    low = None
    high = 1.0
    better = "higher"
    source = "Mean of the two placed metrics; both ways of walking, because each alone can be gamed"

    def measure(self, evidence: Walk) -> Figure:
        """See ``Metric.measure``."""
        left, right = evidence.placed()
        if left.value is None or right.value is None:
            return undefined(left.reason or right.reason or "")
        return Figure(value=(left.value + right.value) / 2)
