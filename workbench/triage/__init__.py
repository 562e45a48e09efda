"""Looking at whole data sets: which rows to look at, how good the predictions are and where they fail."""

from workbench.triage.dataset import Dataset
from workbench.triage.filtering import condition, order
from workbench.triage.probing import probe_word
from workbench.triage.shortcuts import shortcut_candidates
from workbench.triage.word_differences import word_differences
from workbench.triage.words import explained_kinds, word_scores

__all__ = [
    "Dataset",
    "condition",
    "explained_kinds",
    "order",
    "probe_word",
    "shortcut_candidates",
    "word_differences",
    "word_scores",
]
