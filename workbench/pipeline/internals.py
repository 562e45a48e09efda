"""What the model computed on the way: attention weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from workbench.checkpoints import Checkpoint
from workbench.errors import IncompatibleError
from workbench.pipeline.infer import tensors


def attentions(checkpoint: Checkpoint, inputs: Mapping[str, Sequence[int]]) -> npt.NDArray[np.float32]:
    """Attention weights of one text.

    Args:
        checkpoint: The model; its eager twin is made when first needed, because fused attention returns no weights.
        inputs: As in ``Prediction.inputs``.

    Returns:
        Shape (layers, heads, tokens, tokens); each row adds up to one.

    Raises:
        IncompatibleError: The model has no attention to return.
    """
    import torch

    with torch.inference_mode():
        output = checkpoint.with_attention()(**tensors(checkpoint, inputs), output_attentions=True)
    layers = getattr(output, "attentions", None)
    if not layers:
        raise IncompatibleError(
            f"{checkpoint.name} returns no attentions", "choose a transformer encoder such as stars"
        )
    stacked: npt.NDArray[np.float32] = torch.cat(list(layers)).float().cpu().numpy()
    return stacked
