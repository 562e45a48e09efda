"""Looking at whole data sets: which rows to look at, how good the predictions are and where they fail."""

from workbench.triage.dataset import Dataset
from workbench.triage.filtering import condition, order

__all__ = ["Dataset", "condition", "order"]
