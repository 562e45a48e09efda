"""Words that two methods score in opposite directions."""

from __future__ import annotations

from workbench.schema import Figure
from workbench.trust.agreement import Pair
from workbench.trust.base import Family, Metric, register, undefined


@register
class SignConflicts(Metric[Pair]):
    """Share of the units that both methods score clearly (at least a tenth of their largest magnitude)."""

    name = "sign_conflicts"
    title = "Sign conflicts"
    meaning = "The share of clearly scored words that one method says push the target up and the other down."
    family = Family.AGREEMENT
    low = 0.0
    high = 1.0
    better = "lower"
    source = "After sign agreement of Krishna et al. 2022 (arXiv 2202.01602), on clear scores only"

    def measure(self, evidence: Pair) -> Figure:
        """See ``Metric.measure``."""
        if not evidence.signed:
            return undefined("a method has no directions")
        clear = int(evidence.clear.sum())
        if not clear:
            return undefined("no unit is scored clearly by both methods")
        return Figure(value=float(evidence.conflicts.sum()) / clear)
