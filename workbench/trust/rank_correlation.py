"""Rank correlation of two methods."""

from __future__ import annotations

import numpy as np

from workbench.schema import Figure
from workbench.trust.agreement import Pair
from workbench.trust.base import Family, Metric, register, spearman


@register
class RankCorrelation(Metric[Pair]):
    """Spearman's rho of the scores; of their magnitudes where a method has no direction."""

    name = "rank_correlation"
    title = "Rank correlation"
    meaning = "Whether two methods put the words in the same order: 1 the same, 0 unrelated, -1 reversed."
    family = Family.AGREEMENT
    low = -1.0
    high = 1.0
    better = "higher"
    source = "Spearman 1904; scipy.stats.spearmanr; for explanations Krishna et al. 2022 (arXiv 2202.01602)"

    def measure(self, evidence: Pair) -> Figure:
        """See ``Metric.measure``."""
        if evidence.signed:
            return spearman(evidence.left, evidence.right)
        return spearman(np.abs(evidence.left), np.abs(evidence.right))
