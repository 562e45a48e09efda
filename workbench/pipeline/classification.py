"""The pipeline whole: preprocess, infer, postprocess."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from workbench.checkpoints import Checkpoint, require_task
from workbench.pipeline.infer import infer
from workbench.pipeline.postprocess import predict_one
from workbench.pipeline.preprocess import preprocess
from workbench.pipeline.windows import stitched, window_spans
from workbench.schema import Prediction
from workbench.text import check_text

# On a CPU about so many positions keep the activations in its cache; a GPU wants as many as its memory holds.
_CPU_POSITIONS = 1024
_GPU_POSITIONS = 131_072
_GPU_SHARE = 0.5


def classify_many(
    checkpoint: Checkpoint, texts: Sequence[str], *, normalise: bool = False, windows: bool = False
) -> list[Prediction]:
    """Predict many texts.

    Args:
        checkpoint: The model.
        texts: Any number.
        normalise: Fold runs of white space first.
        windows: Read texts that are longer than the model reads at once whole, in overlapping windows.

    Returns:
        One prediction a text, in order.

    Raises:
        TextError: A text is empty or cannot be encoded.
        IncompatibleError: The model tags tokens, or reads too few of them at once for windows.
    """
    require_task(checkpoint, "classification")
    if not windows:
        return _read(checkpoint, texts, normalise)
    laid = [window_spans(checkpoint, check_text(text)) for text in texts]
    pieces = [span.of(text) for text, spans in zip(texts, laid, strict=True) for span in spans]
    parts = iter(_read(checkpoint, pieces, normalise))
    return [
        stitched(checkpoint, text, spans, [next(parts) for _ in spans]) for text, spans in zip(texts, laid, strict=True)
    ]


def classify(checkpoint: Checkpoint, text: str, *, normalise: bool = False, windows: bool = False) -> Prediction:
    """Predict one text.

    Args:
        checkpoint: The model.
        text: The text.
        normalise: Fold runs of white space first.
        windows: Read a text that is longer than the model reads at once whole, in overlapping windows.

    Returns:
        The prediction.

    Raises:
        TextError: The text is empty or cannot be encoded.
        IncompatibleError: The model tags tokens, or reads too few of them at once for windows.
    """
    return classify_many(checkpoint, [text], normalise=normalise, windows=windows)[0]


def _read(checkpoint: Checkpoint, texts: Sequence[str], normalise: bool) -> list[Prediction]:
    """Each text as one pass reads it."""
    if not texts:
        return []
    encoded = preprocess(checkpoint, texts, normalise=normalise)
    logits = np.zeros((len(encoded), len(checkpoint.labels)), dtype=np.float32)
    for chosen in batches([len(item) for item in encoded], batch_positions(checkpoint)):
        with checkpoint.turn:
            logits[chosen] = infer(checkpoint, [encoded[index].inputs["input_ids"] for index in chosen])
    return [predict_one(checkpoint, item, row) for item, row in zip(encoded, logits, strict=True)]


def batches(lengths: Sequence[int], positions: int) -> list[npt.NDArray[np.int64]]:
    """Group rows of like length so that no padded batch has more than so many positions.

    Args:
        lengths: Of each row, in tokens.
        positions: The most positions of a batch, padding included; a longer row stands alone.

    Returns:
        Index arrays, the longest rows first.
    """
    order = np.argsort(-np.asarray(lengths, dtype=np.int64), kind="stable")
    groups: list[npt.NDArray[np.int64]] = []
    start = 0
    while start < len(order):
        size = max(1, positions // max(1, int(lengths[order[start]])))
        groups.append(order[start : start + size])
        start += size
    return groups


def batch_positions(checkpoint: Checkpoint) -> int:
    """How many positions of a batch suit the device.

    Args:
        checkpoint: Where it is and how wide.

    Returns:
        Positions, padding included.
    """
    if checkpoint.device.type != "cuda":
        return _CPU_POSITIONS
    import torch

    config = checkpoint.model.config
    # Of one position: a dozen states of the layer's width, two of the feed-forward's, attention of a row of 512.
    width, inner = getattr(config, "hidden_size", 1024), getattr(config, "intermediate_size", 4096)
    heads = getattr(config, "num_attention_heads", 16)
    size = 4 * (12 * width + 2 * inner + 512 * heads)
    free, _ = torch.cuda.mem_get_info(checkpoint.device)
    return max(_CPU_POSITIONS, min(_GPU_POSITIONS, int(_GPU_SHARE * free / size)))
