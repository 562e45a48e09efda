"""The result types. All frozen, validated when made, and the same again after a round trip through JSON."""

from workbench.schema.attention import AttentionMaps
from workbench.schema.base import NOTEBOOK_VIEWS, Frozen, Span, Unit
from workbench.schema.comparison import Compared, Comparison, Difference, Pair
from workbench.schema.explanation import ADDITIVITY_TOLERANCE, Attribution, Evaluations, Explanation, Score
from workbench.schema.prediction import Activation, Answer, CheckpointInfo, Prediction, Target, Token, Window
from workbench.schema.trust import (
    Agreement,
    Band,
    Baseline,
    BestOrders,
    Faithfulness,
    Figure,
    Flip,
    RandomOrders,
    Reference,
    Replacement,
    Sanity,
    SanityCheck,
    Stability,
    Trust,
    Verdict,
)

__all__ = [
    "ADDITIVITY_TOLERANCE",
    "NOTEBOOK_VIEWS",
    "Activation",
    "Agreement",
    "Answer",
    "AttentionMaps",
    "Attribution",
    "Band",
    "Baseline",
    "BestOrders",
    "CheckpointInfo",
    "Compared",
    "Comparison",
    "Difference",
    "Evaluations",
    "Explanation",
    "Faithfulness",
    "Figure",
    "Flip",
    "Frozen",
    "Pair",
    "Prediction",
    "RandomOrders",
    "Reference",
    "Replacement",
    "Sanity",
    "SanityCheck",
    "Score",
    "Span",
    "Stability",
    "Target",
    "Token",
    "Trust",
    "Unit",
    "Verdict",
    "Window",
]
