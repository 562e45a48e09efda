"""Attention times its gradient, gathered through the layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from workbench.checkpoints import Checkpoint
from workbench.errors import IncompatibleError
from workbench.explainers._attention import attention_obstacle, reading_weights
from workbench.explainers.base import Explainer, Options, register
from workbench.explainers.task import Finding, Floats, Task, on_units
from workbench.pipeline import EmbeddingDoor, embedding_obstacle, target_tensor

if TYPE_CHECKING:
    import torch

Singles = npt.NDArray[np.float32]


class AttentionXGradientOptions(Options):
    """Attention times gradient has nothing to set."""


@register
class AttentionXGradient(Explainer[AttentionXGradientOptions]):
    """Chefer, Gur and Wolf (2021), Generic Attention-model Explainability, for models of self-attention alone.

    Their equations 5 and 6: in each layer the positive part of attention times its gradient, averaged over the heads,
    is added to the relevance of what it attends to. What is read off is the row of the position that the classifier
    reads, without the share that it has in itself from the start. The negative part is dropped, so there is no sign.
    """

    name = "attention-x-gradient"
    title = "Attention × gradient"
    summary = "The attention that raises the target, followed through all layers to the words it comes from."
    reads = "Where the model looked for this target; only what raises it counts, so there is no direction."
    source = "Chefer et al. 2021 (arXiv 2103.15679), self-attention; computed here through transformers and torch"
    options = AttentionXGradientOptions
    signed = False
    cost = 3

    def obstacle(self, checkpoint: Checkpoint) -> str | None:
        """See ``Explainer.obstacle``."""
        return attention_obstacle(checkpoint) or embedding_obstacle(checkpoint)

    def find(self, task: Task, options: AttentionXGradientOptions) -> Finding:
        """See ``Explainer.find``."""
        task.run.expect(1)
        weights, gradients = _attention_and_gradients(task)
        own = reading_weights(task)
        scores, elsewhere = on_units(task, own @ relevance(weights, gradients) - own)
        value = float(task.run.beside().values([task.prediction.read_text], task.target)[0])
        return Finding(task.spans, scores, None, value, {"on_special_tokens": elsewhere})


def relevance(weights: Sequence[Singles], gradients: Sequence[Singles]) -> Floats:
    """Gather attention times gradient through the layers.

    Args:
        weights: Of each layer, shape (heads, tokens, tokens).
        gradients: Of the target with respect to them, same shapes.

    Returns:
        Shape (tokens, tokens), not negative: row i is what position i of the last layer draws on, itself included.
    """
    gathered: Floats = np.eye(weights[0].shape[-1])
    for attention, gradient in zip(weights, gradients, strict=True):
        gathered = gathered + np.maximum(attention * gradient, 0.0).mean(axis=0, dtype=np.float64) @ gathered
    return gathered


def _attention_and_gradients(task: Task) -> tuple[list[Singles], list[Singles]]:
    import torch

    door = EmbeddingDoor(task.checkpoint, task.prediction.inputs, attention=True)
    with task.run.turn():
        # Attention only has a gradient where something before it asks for one.
        output = door(door.embeddings.clone().requires_grad_())
        layers: Sequence[torch.Tensor] = getattr(output, "attentions", None) or ()
        value = target_tensor(task.checkpoint, task.target, output.logits)[0]
        found = torch.autograd.grad(value, layers, allow_unused=True) if layers else ()
    slopes = [slope for slope in found if slope is not None]
    if not layers or len(slopes) < len(layers):
        raise IncompatibleError(f"{task.checkpoint.name} returns no attentions", "choose another method")
    return [_array(layer) for layer in layers], [_array(slope) for slope in slopes]


def _array(tensor: torch.Tensor) -> Singles:
    """Shape (1, heads, tokens, tokens) to (heads, tokens, tokens), as exact as it was computed."""
    result: Singles = tensor[0].detach().float().cpu().numpy()
    return result
