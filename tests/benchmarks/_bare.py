"""The floor: the passes that a method cannot do without, through the bare model in good batches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from _timing import timed

from workbench.checkpoints import Checkpoint
from workbench.pipeline import tensors
from workbench.schema import Explanation, Prediction

Rows = Sequence[Sequence[int]]

# Positions of a batch, of which the best is taken.
CANDIDATES = {"cpu": (512, 1024, 2048, 4096, 8192), "cuda": (4096, 16384, 65536)}
GRADIENT_CANDIDATES = {"cpu": (256, 1024, 4096), "cuda": (1024, 4096, 16384)}


def grouped(rows: Rows, positions: int) -> list[Rows]:
    """Batches of rows of like length.

    Args:
        rows: The longest first.
        positions: The most positions of a batch, padding included; one row at least.

    Returns:
        The batches.
    """
    groups: list[Rows] = []
    start = 0
    while start < len(rows):
        size = max(1, positions // len(rows[start]))
        groups.append(rows[start : start + size])
        start += size
    return groups


def forward_floor(checkpoint: Checkpoint, rows: Rows) -> tuple[Callable[[], None], str]:
    """Different inputs through the bare model.

    Args:
        checkpoint: Whose model.
        rows: Token ids, the longest first.

    Returns:
        What runs them, tensors being ready, in the batches that were best; and that in words.
    """

    def runner(chosen: Rows, positions: int) -> Callable[[], None]:
        ready = [_padded(checkpoint, group) for group in grouped(chosen, positions)]
        return lambda: _forward(checkpoint, ready)

    sizes = CANDIDATES[checkpoint.device.type]
    # Tried on inputs of all lengths, as many as fill the largest batch once.
    few = rows[:: max(1, sum(map(len, rows)) // sizes[-1])]
    best = _quickest({size: runner(few, size) for size in sizes})
    told = f"batches of {best} positions" if len(grouped(rows, best)) > 1 else "one batch"
    return runner(rows, best), f"{len(rows)} forward in {told}"


def method_floor(
    checkpoint: Checkpoint, prediction: Prediction, explanation: Explanation, rows: Rows
) -> tuple[Callable[[], None], str]:
    """The passes that one explanation takes.

    Args:
        checkpoint: The model.
        prediction: What was explained.
        explanation: Whose passes; those outside the scorer are known by its count.
        rows: The different inputs that went through the scorer, the longest first.

    Returns:
        What makes them, and what they are in words.
    """
    parts: list[tuple[Callable[[], None], str]] = []
    # Of integrated gradients: the text and its baseline are evaluated on their own.
    plain = 2 if explanation.method == "integrated-gradients" else 0
    rows = [*rows, *[prediction.inputs["input_ids"]] * plain]
    if explanation.method in _WITH_GRADIENT:
        passes = explanation.evaluations.made - plain
        parts.append((_gradient_floor(checkpoint, prediction, passes), f"{passes} forward and backward"))
    elif explanation.method in _WITH_ATTENTION:
        run, told = _WITH_ATTENTION[explanation.method]
        parts.append((lambda: run(checkpoint, prediction), told))
    parts += [forward_floor(checkpoint, rows)] if rows else []

    def run_all() -> None:
        for run, _ in parts:
            run()

    return run_all, "; ".join(told for _, told in parts)


def synchronise(checkpoint: Checkpoint) -> None:
    """Wait for what a GPU was told to do."""
    if checkpoint.device.type == "cuda":
        torch.cuda.synchronize(checkpoint.device)


def _padded(checkpoint: Checkpoint, rows: Rows) -> dict[str, torch.Tensor]:
    longest = max(map(len, rows))
    pad = checkpoint.tokenizer.pad_token_id or 0
    ids = [[*row, *[pad] * (longest - len(row))] for row in rows]
    mask = [[1] * len(row) + [0] * (longest - len(row)) for row in rows]
    given = {"input_ids": ids, "attention_mask": mask}
    return {name: torch.tensor(values, device=checkpoint.device) for name, values in given.items()}


def _forward(checkpoint: Checkpoint, batches: Sequence[dict[str, torch.Tensor]]) -> None:
    with torch.inference_mode():
        for batch in batches:
            checkpoint.model(**batch)
    synchronise(checkpoint)


def _quickest(runners: dict[int, Callable[[], None]]) -> int:
    """Which of several is over first; one call before them takes what is slow the first time."""
    next(iter(runners.values()))()
    spent = {size: timed(run)[0] for size, run in runners.items()}
    return min(spent, key=spent.__getitem__)


def _gradient_floor(checkpoint: Checkpoint, prediction: Prediction, passes: int) -> Callable[[], None]:
    """So many forward and backward passes of the text, gradients being those of the input embeddings."""
    length = len(prediction.tokens)

    def runner(count: int, positions: int) -> Callable[[], None]:
        size = max(1, positions // length)
        sizes = [min(size, count - start) for start in range(0, count, size)]
        return lambda: _gradients(checkpoint, prediction, sizes)

    best = _quickest({size: runner(min(passes, 32), size) for size in GRADIENT_CANDIDATES[checkpoint.device.type]})
    return runner(passes, best)


def _gradients(checkpoint: Checkpoint, prediction: Prediction, sizes: Sequence[int]) -> None:
    inputs: Any = tensors(checkpoint, prediction.inputs)
    for size in sizes:
        embeddings, given = _embedded(checkpoint.model, inputs, size)
        torch.autograd.grad(checkpoint.model(**given).logits[:, 0].sum(), embeddings)
    synchronise(checkpoint)


def _attention(checkpoint: Checkpoint, prediction: Prediction) -> None:
    inputs: Any = tensors(checkpoint, prediction.inputs)
    with torch.inference_mode():
        checkpoint.with_attention()(**inputs, output_attentions=True)
    synchronise(checkpoint)


def _attention_gradient(checkpoint: Checkpoint, prediction: Prediction) -> None:
    model = checkpoint.with_attention()
    _, given = _embedded(model, tensors(checkpoint, prediction.inputs), 1)
    output: Any = model(**given, output_attentions=True)
    torch.autograd.grad(output.logits[0, 0], output.attentions)
    synchronise(checkpoint)


def _embedded(model: Any, inputs: Any, size: int) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
    """Copies of a text as embeddings that ask for a gradient, and the model's input with them."""
    with torch.no_grad():
        row = model.get_input_embeddings()(inputs["input_ids"])
    embeddings = row.expand(size, -1, -1).clone().requires_grad_()
    others = {name: value.expand(size, -1) for name, value in inputs.items() if name != "input_ids"}
    return embeddings, {"inputs_embeds": embeddings, **others}


_WITH_GRADIENT = ("input-x-gradient", "integrated-gradients")
_WITH_ATTENTION: dict[str, tuple[Callable[[Checkpoint, Prediction], None], str]] = {
    "attention-rollout": (_attention, "1 forward with attentions"),
    "attention-x-gradient": (_attention_gradient, "1 forward and backward with attentions"),
}
