"""Checkpoints: finding, checking and loading them."""

from workbench.checkpoints.architecture import normalises_embeddings
from workbench.checkpoints.describing import describe, disk_bytes
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
    "disk_bytes",
    "find",
    "fingerprint",
    "guarded",
    "here",
    "load_checkpoint",
    "locate",
    "normalises_embeddings",
    "randomised",
    "ratings_of",
    "title",
]
