"""What differs from one family of models to the next: how many tokens they read, and how they embed them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.schema import Activation

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

# Where a tokenizer states no limit, transformers writes 1e30; no model reads this many at once.
_UNBOUNDED = 1_000_000
# Where neither the model nor the tokenizer states a limit: memory grows with the square of the length.
_UNSTATED = 512


def token_limit(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> int:
    """The most tokens that a model reads at once.

    Args:
        model: With the number of its positions in its table of them or in its configuration.
        tokenizer: With ``model_max_length``, which may say nothing (1e30, none).

    Returns:
        The smaller of the two, special tokens included.
    """
    stated = (_positions(model), _bounded(tokenizer.model_max_length))
    return min((limit for limit in stated if limit is not None), default=_UNSTATED)


def activation(problem_type: str | None, labels: int) -> Activation:
    """How a head turns logits into probabilities, by the rule that the pipeline of transformers follows.

    Args:
        problem_type: As in the configuration.
        labels: Number of labels.

    Returns:
        Sigmoid for multi-label heads and for heads of one output, softmax for all others.
    """
    independent = problem_type == "multi_label_classification" or labels == 1
    return Activation.SIGMOID if independent else Activation.SOFTMAX


def normalises_embeddings(model: PreTrainedModel) -> bool:
    """Whether a layer norm follows the word embeddings at once, with no position or segment added before it.

    Such a model does not see how long an embedding is: the gradient is at right angles to it, and their product zero.

    Args:
        model: The model.

    Returns:
        True for ModernBERT, and for DeBERTa where it has relative positions and no segments, as DeBERTa-v3 has.
    """
    config: Any = model.config
    if config.model_type in {"deberta", "deberta-v2"}:
        return not config.position_biased_input and not config.type_vocab_size
    return config.model_type in {"modernbert", "modernbert-decoder"}


def _positions(model: PreTrainedModel) -> int | None:
    """From the table of positions; models whose positions are relative have none, only a number in the configuration.

    RoBERTa and its kin (XLM-RoBERTa, MPNet, ...) count from behind the padding index on, so that of 514 rows 512 serve.
    """
    import torch

    tables = [part for name, part in model.named_modules() if name.rpartition(".")[2] == "position_embeddings"]
    rows = [
        table.num_embeddings - (0 if table.padding_idx is None else table.padding_idx + 1)
        for table in tables
        if isinstance(table, torch.nn.Embedding)
    ]
    return min(rows) if rows else _bounded(getattr(model.config, "max_position_embeddings", None))


def _bounded(limit: float | None) -> int | None:
    """A limit, or none where what is stated is none."""
    return int(limit) if limit is not None and 0 < limit < _UNBOUNDED else None
