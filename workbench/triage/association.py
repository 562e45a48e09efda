"""Which words go with which label: log odds with an informative Dirichlet prior."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

SURE = 1.96  # standard errors


def log_odds(counts: npt.ArrayLike) -> Floats:
    """How surely a word is more frequent under one label than under all others.

    The z scores of Monroe, Colaresi and Quinn (2008, "Fightin' Words", Political Analysis 16, equations 15, 16, 20 to
    22). What is counted is reviews that have the word, as its occurrences in one review are not independent; the prior
    has one pseudo-count a word, spread as the words are over all labels, so that rare words are drawn towards none.

    Args:
        counts: Reviews by word and label, shape (words, labels).

    Returns:
        Shape (words, labels); positive where the word goes with the label.
    """
    here = np.asarray(counts, dtype=np.float64)
    of_word = here.sum(axis=1, keepdims=True)
    if not here.size or not of_word.sum():
        return np.zeros_like(here)
    prior = len(here) * of_word / of_word.sum()
    there = of_word - here
    share, other = (_odds(one, prior) for one in (here, there))
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (share - other) / np.sqrt(1 / (here + prior) + 1 / (there + prior))
    scores: Floats = np.nan_to_num(z, nan=0.0, posinf=0.0, neginf=0.0)
    return scores


def _odds(counts: Floats, prior: Floats) -> Floats:
    """Log odds of each word among all words of a label; shape as ``counts``."""
    smooth = counts + prior
    with np.errstate(divide="ignore"):
        odds: Floats = np.log(smooth) - np.log(smooth.sum(axis=0) - smooth)
    return odds
