"""Looking at whole data sets: which rows to look at, how good the predictions are and where they fail."""

from workbench.triage.dataset import Dataset
from workbench.triage.figures import figures
from workbench.triage.filtering import condition, order
from workbench.triage.reliability import fit_temperature, reliability, scaling_obstacle
from workbench.triage.slices import slices
from workbench.triage.threshold import Thresholds, thresholds

__all__ = [
    "Dataset",
    "Thresholds",
    "condition",
    "figures",
    "fit_temperature",
    "order",
    "reliability",
    "scaling_obstacle",
    "slices",
    "thresholds",
]
