"""How much of a method's ranking survives another seed."""

from __future__ import annotations

import numpy as np

from workbench.schema import Figure
from workbench.trust.base import Family, Metric, register, spearman, undefined
from workbench.trust.stability import Repetitions


@register
class SeedCorrelation(Metric[Repetitions]):
    """Spearman's rho of each repetition with the explanation shown, averaged."""

    name = "seed_correlation"
    title = "Rank correlation over seeds"
    meaning = "Whether the method puts the words in the same order with another seed: 1 the same, 0 unrelated."
    family = Family.STABILITY
    low = -1.0
    high = 1.0
    better = "higher"
    source = "Spearman 1904; scipy.stats.spearmanr; for LIME after Visani et al. 2020 (arXiv 2001.11757)"

    def measure(self, evidence: Repetitions) -> Figure:
        """See ``Metric.measure``."""
        if len(evidence.scores) < 2:
            return undefined("the method was not repeated")
        figures = [spearman(evidence.scores[0], other) for other in evidence.scores[1:]]
        values = [figure.value for figure in figures if figure.value is not None]
        if len(values) < len(figures):
            return next(figure for figure in figures if figure.value is None)
        return Figure(value=float(np.mean(values)))
