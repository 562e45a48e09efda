"""Attention rollout: attention multiplied through the layers, from the position that the classifier reads."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from workbench.checkpoints import Checkpoint
from workbench.explainers.base import Explainer, Finding, Options, Task, register
from workbench.pipeline import attentions
from workbench.schema import Unit
from workbench.text import overlap


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
    units = (Unit.WORD, Unit.TOKEN)
    signed = False

    def obstacle(self, checkpoint: Checkpoint) -> str | None:
        """See ``Explainer.obstacle``."""
        config = checkpoint.model.config
        if not getattr(config, "num_attention_heads", None) and not getattr(config, "n_heads", None):
            return "it has no attention heads"
        return None

    def find(self, task: Task, options: RolloutOptions) -> Finding:
        """See ``Explainer.find``."""
        task.run.expect(1)
        prediction = task.prediction
        share = rollout(attentions(task.checkpoint, prediction.inputs))[reading_position(task)]
        task.run.count(1)
        placed = [(token.span, weight) for token, weight in zip(prediction.tokens, share, strict=True) if token.span]
        spans = task.spans
        scores = np.array([weight for _, weight in placed]) @ overlap([span for span, _ in placed], spans)
        value = float(task.run.beside().values([prediction.read_text], task.target)[0])
        details: dict[str, float | str] = {"on_special_tokens": float(1 - scores.sum())}
        return Finding(spans, scores, None, value, details)


def rollout(weights: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Multiply attention through the layers, half of each layer passing straight on.

    Args:
        weights: Shape (layers, heads, tokens, tokens), rows adding up to one.

    Returns:
        Shape (tokens, tokens): row i is where position i of the last layer drew from; rows add up to one.
    """
    identity = np.eye(weights.shape[-1])
    flow = identity
    for layer in weights.astype(np.float64).mean(axis=1):
        mixed = 0.5 * layer + 0.5 * identity
        flow = (mixed / mixed.sum(axis=-1, keepdims=True)) @ flow
    return flow


def reading_position(task: Task) -> int:
    """The position whose last state the classifier reads: the first for encoders, the last for decoders."""
    decoder = hasattr(task.checkpoint.model, "score")
    return len(task.prediction.tokens) - 1 if decoder else 0
