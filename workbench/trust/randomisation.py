"""What is left of a ranking when the model's weights are shuffled."""

from __future__ import annotations

import numpy as np

from workbench.schema import Figure
from workbench.trust.base import Family, Metric, register, spearman
from workbench.trust.sanity import Shuffling

# With five units one ranking in 24 correlates this well by chance, with six one in 120.
FEWEST = 6


@register
class Randomisation(Metric[Shuffling]):
    """Spearman's rho of the magnitudes before and after; 0.9 or more with every weight shuffled is unchanged."""

    name = "randomisation"
    title = "Ranking left after shuffling weights"
    meaning = "How like the ranking still is when the model's weights are shuffled: near 1, it is not about the model."
    family = Family.SANITY
    low = -1.0
    high = 1.0
    better = "lower"
    source = "Adebayo et al. 2018, Sanity Checks for Saliency Maps (arXiv 1810.03292)"

    def measure(self, evidence: Shuffling) -> Figure:
        """See ``Metric.measure``."""
        return spearman(np.abs(evidence.before), np.abs(evidence.after), FEWEST)
