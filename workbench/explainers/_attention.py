"""What the methods that read attention share: their compatibility check, and where the classifier reads."""

from __future__ import annotations

import numpy as np

from workbench.checkpoints import Checkpoint
from workbench.explainers.task import Floats, Task


def attention_obstacle(checkpoint: Checkpoint) -> str | None:
    """Why there is no attention to read.

    Args:
        checkpoint: The model.

    Returns:
        A clause without full stop, or none if there is attention.
    """
    config = checkpoint.model.config
    if not getattr(config, "num_attention_heads", None) and not getattr(config, "n_heads", None):
        return "it has no attention heads"
    return None


def reading_weights(task: Task) -> Floats:
    """The share of each position's last state in what the classifier reads.

    Args:
        task: What is asked.

    Returns:
        Shape (tokens,), adding up to one: all on the first position for encoders, on the last for decoders, spread
        evenly where the states are averaged.
    """
    count = len(task.prediction.tokens)
    model = task.checkpoint.model
    if getattr(model.config, "classifier_pooling", "") == "mean":
        return np.full(count, 1 / count)
    weights = np.zeros(count)
    weights[-1 if hasattr(model, "score") else 0] = 1.0
    return weights
