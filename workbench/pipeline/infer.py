"""Stage two: token ids to logits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from workbench.checkpoints import Checkpoint
from workbench.pipeline.precision import Precision, forward_at


def infer(
    checkpoint: Checkpoint, rows: Sequence[Sequence[int]], precision: Precision = "exact"
) -> npt.NDArray[np.float32]:
    """Run one padded batch through the model.

    Args:
        checkpoint: The model.
        rows: Token ids of each text, special tokens included; any lengths.
        precision: Of the arithmetic; anything but ``exact`` gives other logits.

    Returns:
        Logits, shape (rows, labels), float32.
    """
    import torch

    longest = max(len(row) for row in rows)
    pad = checkpoint.tokenizer.pad_token_id or 0
    ids = torch.full((len(rows), longest), pad, dtype=torch.long)
    mask = torch.zeros((len(rows), longest), dtype=torch.long)
    for index, row in enumerate(rows):
        ids[index, : len(row)] = torch.as_tensor(row)
        mask[index, : len(row)] = 1
    with torch.inference_mode():
        logits = forward_at(checkpoint, precision)(ids.to(checkpoint.device), mask.to(checkpoint.device))
    result: npt.NDArray[np.float32] = logits.float().cpu().numpy()
    return result


def tensors(checkpoint: Checkpoint, inputs: Mapping[str, Sequence[int]]) -> dict[str, object]:
    """Input rows of one text as a batch of one.

    Args:
        checkpoint: Whose device.
        inputs: As in ``Prediction.inputs``.

    Returns:
        Name to tensor of shape (1, tokens).
    """
    import torch

    return {name: torch.tensor([list(row)], device=checkpoint.device) for name, row in inputs.items()}
