"""Looking at whole data sets: which rows to look at, how good the predictions are and where they fail."""

from workbench.triage.dataset import Dataset
from workbench.triage.figures import figures
from workbench.triage.filtering import condition, order
from workbench.triage.listing import count, row, rows, tag_counts
from workbench.triage.probing import probe_word
from workbench.triage.reliability import fit_temperature, reliability, scaling_obstacle
from workbench.triage.shortcuts import shortcut_candidates
from workbench.triage.sizes import slice_sizes
from workbench.triage.slices import slices
from workbench.triage.threshold import Thresholds, thresholds
from workbench.triage.verdicts import shortcut_verdict
from workbench.triage.word_differences import word_differences
from workbench.triage.words import explained_kinds, word_scores

__all__ = [
    "Dataset",
    "Thresholds",
    "condition",
    "count",
    "explained_kinds",
    "figures",
    "fit_temperature",
    "order",
    "probe_word",
    "reliability",
    "row",
    "rows",
    "scaling_obstacle",
    "shortcut_candidates",
    "shortcut_verdict",
    "slice_sizes",
    "slices",
    "tag_counts",
    "thresholds",
    "word_differences",
    "word_scores",
]
