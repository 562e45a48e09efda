"""Checkpoints: finding, checking and loading them."""

from workbench.checkpoints.describing import describe
from workbench.checkpoints.fingerprint import fingerprint
from workbench.checkpoints.loading import Checkpoint, guarded, load_checkpoint, ratings_of
from workbench.checkpoints.source import bundled, find

__all__ = ["Checkpoint", "bundled", "describe", "find", "fingerprint", "guarded", "load_checkpoint", "ratings_of"]
