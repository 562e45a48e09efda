"""Query and key vectors of a model, read off the model itself while it runs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from workbench.checkpoints import Checkpoint
from workbench.errors import IncompatibleError
from workbench.pipeline import private_view
from workbench.pipeline.infer import tensors

if TYPE_CHECKING:
    import torch

Floats = npt.NDArray[np.float32]

# How far softmax(q k / sqrt(size)) may be from the attention that the model returns.
TOLERANCE = 1e-4
# Names of the two linear maps: in BERT and its kin, in DistilBERT, in DeBERTa, in MPNet.
_PAIRS = (("query", "key"), ("q_lin", "k_lin"), ("query_proj", "key_proj"), ("q", "k"))
_REMEDY = "choose a checkpoint such as BERT, RoBERTa or DistilBERT, or the head view"


@dataclass(frozen=True, eq=False)
class Neurons:
    """What the neuron view shows, for the layers and heads asked for.

    Attributes:
        queries: Shape (layers, heads, tokens, size).
        keys: Same shape.
        attention: Shape (layers, heads, tokens, tokens).
    """

    queries: Floats
    keys: Floats
    attention: Floats


def neurons(
    checkpoint: Checkpoint, inputs: Mapping[str, Sequence[int]], layers: Sequence[int], heads: Sequence[int]
) -> Neurons:
    """Query and key vectors of one text, and the attention that follows from them.

    Args:
        checkpoint: The model.
        inputs: As in ``Prediction.inputs``.
        layers: Which layers, from zero.
        heads: Which heads, from zero.

    Returns:
        The vectors; ``softmax(q k / sqrt(size))`` is the model's attention to ``TOLERANCE``.

    Raises:
        IncompatibleError: The model has no such vectors, or its attention is not made from them alone.
    """
    import torch

    queries, keys, attention = _run(checkpoint, inputs)
    if not attention or not queries:
        raise IncompatibleError(f"{checkpoint.name} has no query and key maps that can be read", _REMEDY)
    mixed = IncompatibleError(f"the attention of {checkpoint.name} is not made of query and key alone", _REMEDY)
    # DeBERTa runs its maps on relative positions too.
    if not len(queries) == len(keys) == len(attention):
        raise mixed
    count, kept = attention[0].shape[1], list(heads)
    triples = [(_split(queries[i], count)[kept], _split(keys[i], count)[kept], attention[i][0, kept]) for i in layers]
    if any(_gap(*triple) > TOLERANCE for triple in triples):
        raise mixed
    return Neurons(*(torch.stack(parts).float().cpu().numpy() for parts in zip(*triples, strict=True)))


def _run(
    checkpoint: Checkpoint, inputs: Mapping[str, Sequence[int]]
) -> tuple[list[torch.Tensor], list[torch.Tensor], tuple[torch.Tensor, ...]]:
    """Outputs of all query and key maps in the order in which they were called, and the attentions."""
    import torch

    queries: list[torch.Tensor] = []
    keys: list[torch.Tensor] = []
    model = private_view(checkpoint.with_attention())
    for query, key in _pairs(model):
        query.register_forward_hook(lambda _module, _args, output: queries.append(output))
        key.register_forward_hook(lambda _module, _args, output: keys.append(output))
    with checkpoint.turn, torch.inference_mode():
        output: Any = model(**tensors(checkpoint, inputs), output_attentions=True)
    return queries, keys, tuple(getattr(output, "attentions", None) or ())


def _pairs(model: torch.nn.Module) -> list[tuple[torch.nn.Module, torch.nn.Module]]:
    import torch

    found: list[tuple[torch.nn.Module, torch.nn.Module]] = []
    for module in model.modules():
        for names in _PAIRS:
            query, key = (getattr(module, name, None) for name in names)
            if isinstance(query, torch.nn.Linear) and isinstance(key, torch.nn.Linear):
                found.append((query, key))
    return found


def _split(vectors: torch.Tensor, heads: int) -> torch.Tensor:
    """Shape (1, tokens, heads * size) to (heads, tokens, size)."""
    return vectors[0].reshape(vectors.shape[1], heads, -1).transpose(0, 1)


def _gap(queries: torch.Tensor, keys: torch.Tensor, attention: torch.Tensor) -> float:
    """How far the attention of one layer is from what its vectors give; infinite where they do not fit together."""
    if queries.shape != keys.shape or attention.shape[-1] != keys.shape[-2]:
        return math.inf
    scores = queries @ keys.transpose(-1, -2) / math.sqrt(queries.shape[-1])
    return float((scores.softmax(dim=-1) - attention).abs().max())
