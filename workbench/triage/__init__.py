"""Looking at whole data sets: which rows to look at, how good the predictions are and where they fail."""

from workbench.triage.dataset import Dataset
from workbench.triage.filtering import condition, order
from workbench.triage.listing import count, row, rows, tag_counts

__all__ = ["Dataset", "condition", "count", "order", "row", "rows", "tag_counts"]
