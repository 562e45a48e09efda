"""Attention maps of one prediction: computed on the tokens that the model read, kept as half floats."""

from __future__ import annotations

import numpy as np

from workbench.checkpoints import Checkpoint
from workbench.errors import IncompatibleError, InputError
from workbench.pipeline.internals import attentions
from workbench.schema import AttentionMaps, Prediction


def attention_maps(checkpoint: Checkpoint, prediction: Prediction) -> AttentionMaps:
    """Attention of all layers and heads.

    Args:
        checkpoint: The model that predicted.
        prediction: Whose tokens and input rows are used.

    Returns:
        Maps whose weights have the shape (layers, heads, tokens, tokens), float16.

    Raises:
        InputError: The text was read in windows; each has attention of its own.
        IncompatibleError: The model returns no attentions, or not one weight for every pair of tokens.
    """
    if prediction.windows:
        raise InputError(
            "attention is within one pass of the model, and this text was read in several", "choose a window"
        )
    remedy = "choose an encoder with full attention, such as stars"
    try:
        with checkpoint.turn:
            weights = attentions(checkpoint, prediction.inputs, np.float16)
    except (TypeError, ValueError, RuntimeError) as error:
        # What transformers raises for a model without eager attention, torch for layers that differ in shape.
        raise IncompatibleError(f"{checkpoint.name} returns no attentions ({str(error)[:120]})", remedy) from error
    count = len(prediction.tokens)
    if weights.ndim != 4 or weights.shape[2:] != (count, count):
        raise IncompatibleError(
            f"{checkpoint.name} returns attentions of shape {weights.shape} for {count} tokens", remedy
        )
    return AttentionMaps(
        text=prediction.text,
        checkpoint=prediction.checkpoint,
        tokens=prediction.tokens,
        weights=weights,
    )
