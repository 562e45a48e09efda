"""Looking at whole data sets: which rows to look at, how good the predictions are and where they fail."""

from workbench.triage.dataset import Dataset
from workbench.triage.figures import figures
from workbench.triage.filtering import condition, order
from workbench.triage.listing import count, row, rows, tag_counts
from workbench.triage.reliability import fit_temperature, reliability, scaling_obstacle
from workbench.triage.slices import slices
from workbench.triage.threshold import Thresholds, thresholds

__all__ = [
    "Dataset",
    "Thresholds",
    "condition",
    "count",
    "figures",
    "fit_temperature",
    "order",
    "reliability",
    "row",
    "rows",
    "scaling_obstacle",
    "slices",
    "tag_counts",
    "thresholds",
]
