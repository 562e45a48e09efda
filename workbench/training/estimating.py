"""What a run will take, by a short probe: a few real steps on the machine, and the bytes that one pass keeps.

Time: two steps on texts of middling length are timed after one to warm up, and scaled to all steps by their tokens.
Memory: weights at four bytes; for each trained one twelve more (gradient and Adam's two averages); what autograd keeps
of one pass over the longest texts, counted by torch's own hooks; and what the libraries take themselves (0.6 GB).
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workbench.schema import Frozen
from workbench.training.data import Data
from workbench.training.modelling import build_model, load_tokenizer
from workbench.training.recipe import Recipe

_LIBRARIES = 600_000_000
_TIMED = 2


class Estimate(Frozen):
    """What a run will take.

    Attributes:
        steps: Optimiser steps, where it does not stop early.
        seconds: For all of them, looks at the validation texts included.
        memory_bytes: At its peak.
        parameters: Weights of the model.
        trained: Of them, those that are trained.
        device: Where it was measured.
    """

    steps: int
    seconds: float
    memory_bytes: int
    parameters: int
    trained: int
    device: str


def estimate(recipe: Recipe, data: Data, base: Path) -> Estimate:
    """Probe how long a run will take and how much memory.

    Args:
        recipe: What is trained and how.
        data: On what.
        base: Folder of the base.

    Returns:
        The estimate. It leaves torch's random numbers elsewhere than it found them; a run seeds them itself.

    Raises:
        CheckpointError: The base cannot be used.
    """
    import torch

    from workbench.checkpoints.architecture import token_limit

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    tokenizer, model = load_tokenizer(base), build_model(recipe, base)
    most = min(recipe.max_tokens, token_limit(model, tokenizer))
    model.to(device).train()
    texts = [one.text for one in data.train]
    lengths = [min(len(ids), most) for ids in tokenizer(texts, truncation=True, max_length=most)["input_ids"]]
    middle, longest = round(statistics.fmean(lengths)), max(lengths)
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    parameters, own = sum(weight.numel() for weight in model.parameters()), sum(weight.numel() for weight in trained)
    # A pass over two texts is enough: what is kept grows with their number.
    rows = min(2, recipe.batch_size)
    kept = _kept_bytes(model, _batch(model, tokenizer, rows, longest, device)) / rows * recipe.batch_size
    each = _step_seconds(model, trained, _batch(model, tokenizer, recipe.batch_size, middle, device))
    steps = math.ceil(math.ceil(len(texts) / recipe.batch_size) * recipe.epochs)
    # A look at a text is a pass forward, about a third of a step.
    looked = len(data.validation) * math.ceil(recipe.epochs * recipe.evaluations) / recipe.batch_size / 3
    return Estimate(
        steps=steps,
        seconds=each * (steps + looked),
        memory_bytes=int(4 * parameters + 12 * own + kept + _LIBRARIES),
        parameters=parameters,
        trained=own,
        device=str(device),
    )


def _batch(model: Any, tokenizer: Any, rows: int, length: int, device: Any) -> dict[str, Any]:
    """Token ids drawn at random: how long a step takes does not depend on which they are."""
    import torch

    ids = torch.randint(0, min(len(tokenizer), model.config.vocab_size), (rows, length), device=device)
    # The padding id would change the positions of some families.
    ids[ids == (model.config.pad_token_id or 0)] = tokenizer.unk_token_id or 1
    return {"input_ids": ids, "attention_mask": torch.ones_like(ids)}


def _kept_bytes(model: Any, batch: dict[str, Any]) -> float:
    """What autograd keeps of a pass, each stretch of memory once, weights left out."""
    import torch

    weights = {weight.untyped_storage().data_ptr() for weight in model.parameters()}
    found: dict[int, int] = {}

    def pack(tensor: Any) -> Any:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            found[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        logits = model(**batch).logits
    del logits
    return float(sum(found.values()))


def _step_seconds(model: Any, trained: Sequence[Any], batch: dict[str, Any]) -> float:
    import torch

    optimizer = torch.optim.AdamW(trained, lr=0.0)
    times = []
    for _ in range(1 + _TIMED):
        start = time.perf_counter()
        model(**batch).logits.logsumexp(-1).mean().backward()
        optimizer.step()
        optimizer.zero_grad()
        if batch["input_ids"].device.type == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    return statistics.fmean(times[1:])
