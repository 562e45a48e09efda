"""Checkpoints: finding, checking and loading them."""

from workbench.checkpoints.describing import describe
from workbench.checkpoints.fingerprint import fingerprint
from workbench.checkpoints.loading import Checkpoint, guarded, load_checkpoint, ratings_of
from workbench.checkpoints.randomising import DEPTHS, Depth, randomised
from workbench.checkpoints.source import bundled, find, here, locate, title

__all__ = [
    "DEPTHS",
    "Checkpoint",
    "Depth",
    "bundled",
    "describe",
    "find",
    "fingerprint",
    "guarded",
    "here",
    "load_checkpoint",
    "locate",
    "randomised",
    "ratings_of",
    "title",
]
