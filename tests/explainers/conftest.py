"""Checkpoints built by hand, whose right explanations are known before any method is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from torch import nn
from transformers.modeling_outputs import SequenceClassifierOutput

from workbench.checkpoints import Checkpoint, load_checkpoint
from workbench.explainers import METHODS, Task
from workbench.pipeline import classify, parse_target
from workbench.schema import Explanation, Unit
from workbench.scoring import Scorer

SIDES = ("NEGATIVE", "POSITIVE")
REVIEWS = (
    "The room was clean and the staff were friendly, but the breakfast was cold.",
    "I don't think this is bad at all; honestly, it's the best phone I have ever owned!",
    "Terrible. Broke after two days, and nobody answered my 3 e-mails about a refund. Never again.",
    "The room was clean and the staff were friendly, but the air conditioning rattled all night and breakfast was cold "
    "both mornings. For the price I expected much better, and the manager shrugged when I complained. The location is "
    "great though, two minutes from the station.",
)
Weights = Mapping[str, float]
Pairs = Mapping[tuple[str, str], float]


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


@pytest.fixture(scope="session")
def make_bag(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Checkpoint]:
    """A checkpoint whose POSITIVE logit is the sum of given weights of its tokens and pairs; NEGATIVE stays at 0."""

    def make(weights: Weights, pairs: Pairs | None = None) -> Checkpoint:
        tokenizer = transformers.AutoTokenizer.from_pretrained(tiny_folder)
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
        place = tmp_path_factory.mktemp("checkpoint") / "bag"
        model.save_pretrained(place)
        tokenizer.save_pretrained(place)
        return load_checkpoint(str(place), device="cpu")

    return make


@pytest.fixture(scope="session")
def ask() -> Callable[..., Explanation]:
    """Ask one method about one text, on a fresh scorer."""

    def run(
        checkpoint: Checkpoint,
        text: str,
        method: str,
        *,
        target: str = "predicted",
        unit: Unit = Unit.WORD,
        seed: int = 0,
        **options: Any,
    ) -> Explanation:
        prediction = classify(checkpoint, text)
        task = Task(prediction, parse_target(target, prediction), unit, seed, Scorer(checkpoint).start())
        return METHODS[method].explain(task, METHODS[method].options(**options))

    return run


@pytest.fixture(scope="session")
def reviews() -> tuple[str, ...]:
    """Three of one or two sentences, and a longer one."""
    return REVIEWS


@pytest.fixture(scope="session")
def pipe(stars: Checkpoint) -> Any:
    """The stock pipeline that the libraries are called on."""
    return transformers.pipeline(
        "text-classification", model=stars.model, tokenizer=stars.tokenizer, top_k=None, device="cpu"
    )
