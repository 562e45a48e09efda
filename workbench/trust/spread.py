"""How wide the intervals over seeds are."""

from __future__ import annotations

import numpy as np

from workbench.schema import Figure
from workbench.trust.base import Family, Metric, register, undefined
from workbench.trust.stability import Repetitions


@register
class RelativeSpread(Metric[Repetitions]):
    """Mean half-width of the units' intervals over the largest magnitude shown."""

    name = "relative_spread"
    title = "Spread over seeds"
    meaning = "How far a word's score moves with the seed, on average, as a share of the largest score."
    family = Family.STABILITY
    low = 0.0
    high = None
    better = "lower"
    source = "Own definition: the largest distance of a repetition from the score shown"

    def measure(self, evidence: Repetitions) -> Figure:
        """See ``Metric.measure``."""
        if len(evidence.scores) < 2:
            return undefined("the method was not repeated")
        largest = float(np.abs(evidence.scores[0]).max(initial=0.0))
        if not largest:
            return undefined("all scores are zero")
        return Figure(value=float(evidence.spreads.mean()) / largest)
