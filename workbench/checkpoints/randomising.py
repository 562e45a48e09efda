"""A checkpoint with shuffled weights, to see what depends on what the model has learned."""

from __future__ import annotations

import copy
import dataclasses
from typing import TYPE_CHECKING, Any, Literal, get_args

from workbench.checkpoints.loading import Checkpoint
from workbench.errors import IncompatibleError

if TYPE_CHECKING:
    from transformers import PreTrainedModel

Depth = Literal["head", "last-layer", "all"]
DEPTHS: tuple[Depth, ...] = get_args(Depth)


def randomised(checkpoint: Checkpoint, depth: Depth, seed: int = 0) -> Checkpoint:
    """A private copy of a checkpoint whose weights are shuffled from the top down.

    Each weight tensor keeps its values and loses their places, as in the cascading test of Adebayo et al. 2018.

    Args:
        checkpoint: The model; it is left as it is.
        depth: ``head``: what stands above the encoder; ``last-layer``: that, the encoder's last layer and what pools
            it; ``all``: every weight.
        seed: Of the shuffling.

    Returns:
        A checkpoint with a fingerprint of its own.

    Raises:
        IncompatibleError: The model has nothing of this depth.
    """
    import torch

    names = shuffled_names(checkpoint.model, depth)
    if not names:
        raise IncompatibleError(
            f"{checkpoint.name} has no weights of depth {depth}", f"choose one of {', '.join(DEPTHS)}"
        )
    model = copy.deepcopy(checkpoint.model)
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if name in names:
                places = torch.randperm(weight.numel(), generator=generator).to(weight.device)
                weight.copy_(weight.flatten()[places].view_as(weight))
    suffix = f"shuffled {depth}, seed {seed}"
    return dataclasses.replace(
        checkpoint,
        name=f"{checkpoint.name} ({suffix})",
        model=model,
        fingerprint=f"{checkpoint.fingerprint}+{suffix.replace(', ', '-').replace(' ', '-')}",
    )


def shuffled_names(model: PreTrainedModel, depth: Depth) -> frozenset[str]:
    """Which weights a depth takes in.

    Args:
        model: Any classifier of transformers.
        depth: How deep.

    Returns:
        Names as in ``named_parameters``.
    """
    names = frozenset(name for name, _ in model.named_parameters())
    if depth == "all":
        return names
    encoder = f"{model.base_model_prefix}."
    head = frozenset(name for name in names if not name.startswith(encoder))
    if depth == "head":
        return head
    last = _last_layer(model)
    return head | {name for name in names if "pooler" in name or (last and name.startswith(last))}


def _last_layer(model: PreTrainedModel) -> str | None:
    """Name prefix of the encoder's last layer: the end of the longest list of modules."""
    from torch.nn import ModuleList

    stacks: list[tuple[str, Any]] = [
        (name, part) for name, part in model.named_modules() if isinstance(part, ModuleList)
    ]
    if not stacks:
        return None
    name, stack = max(stacks, key=lambda pair: len(pair[1]))
    return f"{name}.{len(stack) - 1}."
