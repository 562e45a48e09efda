"""How far to trust a checkpoint and what explains it. Metrics: one file each, discovered by themselves."""

from importlib import import_module
from pkgutil import iter_modules

from workbench.trust.agreement import agreement
from workbench.trust.base import METRICS, Family, Floats, Metric
from workbench.trust.baselines import audit
from workbench.trust.counterfactual import smallest_flip
from workbench.trust.orders import Contest, contest
from workbench.trust.removal import Game, Removal
from workbench.trust.replacing import replacements
from workbench.trust.sanity import sanity
from workbench.trust.stability import stability, with_spread
from workbench.trust.units import common_units, scores_on
from workbench.trust.verdict import Findings, decide

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = [
    "METRICS",
    "Contest",
    "Family",
    "Findings",
    "Floats",
    "Game",
    "Metric",
    "Removal",
    "agreement",
    "audit",
    "common_units",
    "contest",
    "decide",
    "replacements",
    "sanity",
    "scores_on",
    "smallest_flip",
    "stability",
    "with_spread",
]
