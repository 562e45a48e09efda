"""Models built by hand that count tokens: what each word does is known before anybody asks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
import transformers
from torch import nn
from transformers.modeling_outputs import SequenceClassifierOutput

from workbench.checkpoints import Checkpoint, load_checkpoint

SIDES = ("NEGATIVE", "POSITIVE")


class BagConfig(transformers.PretrainedConfig):
    model_type = "workbench-bag"

    def __init__(self, vocab_size: int = 1, width: int = 1, **others: Any) -> None:
        super().__init__(**others)
        self.vocab_size = vocab_size
        self.width = width


class BagForSequenceClassification(transformers.PreTrainedModel):
    """Counts the tokens; the logits are linear in the counts and in the products of two counts."""

    config_class = BagConfig

    def __init__(self, config: BagConfig) -> None:
        super().__init__(config)
        self.table = nn.Embedding(config.vocab_size, config.width)
        self.classifier = nn.Linear(config.width, config.num_labels)
        self.pairs = nn.Parameter(torch.zeros(config.num_labels, config.width, config.width))
        self.post_init()

    def get_input_embeddings(self) -> nn.Module:
        return self.table

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, **_others: Any
    ) -> SequenceClassifierOutput:
        counts = (self.table(input_ids) * attention_mask[..., None]).sum(dim=1)
        products = torch.einsum("lij,ri,rj->rl", self.pairs, counts, counts)
        return SequenceClassifierOutput(logits=self.classifier(counts) + products)


transformers.AutoConfig.register("workbench-bag", BagConfig, exist_ok=True)
transformers.AutoModelForSequenceClassification.register(BagConfig, BagForSequenceClassification, exist_ok=True)


def build_bag(
    place: Path,
    tokenizer_folder: Path,
    weights: Mapping[str, float],
    pairs: Mapping[tuple[str, str], float] | None = None,
) -> Checkpoint:
    """A checkpoint whose POSITIVE logit is the sum of given weights of its tokens and pairs; NEGATIVE stays at 0."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(tokenizer_folder)
    tokens = list(dict.fromkeys([*weights, *(token for pair in pairs or {} for token in pair)]))
    names = dict(enumerate(SIDES))
    config = BagConfig(
        vocab_size=len(tokenizer),
        width=len(tokens),
        max_position_embeddings=48,
        id2label=names,
        label2id={name: index for index, name in names.items()},
    )
    model = BagForSequenceClassification(config)
    with torch.no_grad():
        for weight in model.parameters():
            weight.zero_()
        for column, token in enumerate(tokens):
            model.table.weight[tokenizer.convert_tokens_to_ids(token), column] = 1.0
            model.classifier.weight[1, column] = weights.get(token, 0.0)
        for (first, second), value in (pairs or {}).items():
            model.pairs[1, tokens.index(first), tokens.index(second)] = value
    model.save_pretrained(place)
    tokenizer.save_pretrained(place)
    return load_checkpoint(str(place), device="cpu")
