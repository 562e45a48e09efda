"""Attention rollout: attention multiplied through the layers, from the position that the classifier reads."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from workbench.checkpoints import Checkpoint
from workbench.explainers._attention import attention_obstacle, reading_weights
from workbench.explainers.base import Explainer, Options, register
from workbench.explainers.task import Finding, Task, on_units
from workbench.pipeline import attentions


class RolloutOptions(Options):
    """Attention rollout has nothing to set."""


@register
class AttentionRollout(Explainer[RolloutOptions]):
    """Abnar and Zuidema (2020), Quantifying Attention Flow in Transformers."""

    name = "attention-rollout"
    title = "Attention rollout"
    summary = "The share of each word in what flows to the classifier's position through all layers of attention."
    reads = "Where the model looked, not what it concluded: no direction, the same for every target."
    source = "Abnar & Zuidema 2020 (arXiv 2005.00928); attention of the model itself, through transformers"
    options = RolloutOptions
    signed = False

    def obstacle(self, checkpoint: Checkpoint) -> str | None:
        """See ``Explainer.obstacle``."""
        return attention_obstacle(checkpoint)

    def find(self, task: Task, options: RolloutOptions) -> Finding:
        """See ``Explainer.find``."""
        task.run.expect(1)
        with task.run.turn():
            weights = attentions(task.checkpoint, task.prediction.inputs)
        scores, elsewhere = on_units(task, reading_weights(task) @ rollout(weights))
        value = float(task.run.beside().values([task.prediction.read_text], task.target)[0])
        return Finding(task.spans, scores, None, value, {"on_special_tokens": elsewhere})


def rollout(weights: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Multiply attention through the layers, half of each layer passing straight on.

    Args:
        weights: Shape (layers, heads, tokens, tokens), rows adding up to one.

    Returns:
        Shape (tokens, tokens): row i is where position i of the last layer drew from; rows add up to one.
    """
    identity = np.eye(weights.shape[-1])
    flow = identity
    for layer in weights:
        mixed = 0.5 * layer.mean(axis=0, dtype=np.float64) + 0.5 * identity
        flow = (mixed / mixed.sum(axis=-1, keepdims=True)) @ flow
    return flow
