"""Checkpoints: finding, checking and loading them."""

from workbench.checkpoints.architecture import normalises_embeddings
from workbench.checkpoints.describing import describe, disk_bytes
from workbench.checkpoints.fingerprint import fingerprint
from workbench.checkpoints.loading import Checkpoint, guarded, load_checkpoint, ratings_of
from workbench.checkpoints.randomising import DEPTHS, Depth, randomised
from workbench.checkpoints.source import bundled, find, here, locate, title
from workbench.checkpoints.tasks import CheckpointTask, bundled_for, fits, require_task, task_here

__all__ = [
    "DEPTHS",
    "Checkpoint",
    "CheckpointTask",
    "Depth",
    "bundled",
    "bundled_for",
    "describe",
    "disk_bytes",
    "find",
    "fingerprint",
    "fits",
    "guarded",
    "here",
    "load_checkpoint",
    "locate",
    "normalises_embeddings",
    "randomised",
    "ratings_of",
    "require_task",
    "task_here",
    "title",
]
