"""How far the answer on a text that says nothing is from neutral."""

from __future__ import annotations

from workbench.schema import Activation, Figure
from workbench.trust.base import Family, Metric, register
from workbench.trust.baselines import Stance

# In ratings: three quarters of a star off the middle, and a text of nothing is as good as rated.
RATING_MARGIN = 0.75
# In probability above what each label would have if none were preferred.
CHANCE_MARGIN = 0.25


@register
class BaselineLean(Metric[Stance]):
    """Distance from neutral over what is still called neutral.

    Ordinal labels: distance of the expected rating from the middle, over 0.75. Other labels: the largest probability
    minus what a label has without preference (1 over the number of labels; one half for independent labels), over 0.25.
    """

    name = "baseline_lean"
    title = "Lean of the baseline"
    meaning = "How far the model leans on a text that says nothing; above 1 it is not neutral."
    family = Family.BASELINE
    low = 0.0
    high = None
    better = "lower"
    source = (
        "Own definition; on the choice of a baseline Sturmfels et al. 2020 (distill.pub/2020/attribution-baselines)"
    )

    def measure(self, evidence: Stance) -> Figure:
        """See ``Metric.measure``."""
        given = evidence.answer
        if evidence.ratings and given.expected_rating is not None:
            middle = (min(evidence.ratings) + max(evidence.ratings)) / 2
            return Figure(value=abs(given.expected_rating - middle) / RATING_MARGIN)
        independent = evidence.activation is Activation.SIGMOID
        even = 0.5 if independent else 1 / len(given.probabilities)
        return Figure(value=max(0.0, max(given.probabilities.values()) - even) / CHANCE_MARGIN)
