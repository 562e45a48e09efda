"""How far to trust a checkpoint and what explains it."""

from workbench.trust.accuracy import Accuracy, measure

__all__ = ["Accuracy", "measure"]
