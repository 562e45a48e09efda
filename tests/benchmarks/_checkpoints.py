"""The checkpoints that are measured, and forgetting what was evaluated on them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
import transformers
from _reviews import different_reviews
from _settings import BERT_BASE, Settings

from workbench.checkpoints import Checkpoint, load_checkpoint
from workbench.explainers.shap_method import warm_up
from workbench.pipeline import classify
from workbench.scoring import Scorer

STARS = ("1 star", "2 stars", "3 stars", "4 stars", "5 stars")
# Random weights answer all texts nearly alike; a steep head, level in between, tells them apart as a trained one does.
_STEEPER = 50.0
_LEVELLED_ON = (16, 46)


@dataclass(frozen=True)
class Bench:
    """What the sections work with.

    Attributes:
        settings: What to measure.
        checkpoints: Name to checkpoint, loaded and run once.
        names: Name to what ``load_checkpoint`` takes; ``bert-base`` is always among them.
    """

    settings: Settings
    checkpoints: dict[str, Checkpoint]
    names: dict[str, str]


def prepare(settings: Settings, place: Path) -> Bench:
    """Make and load what is measured, and run once what is slow the first time.

    Args:
        settings: What to measure.
        place: An empty folder.

    Returns:
        Everything loaded.
    """
    transformers.logging.set_verbosity_error()
    names = {name: name for name in settings.checkpoints}
    if BERT_BASE in names or "memory" in settings.sections:
        names[BERT_BASE] = str(make_bert_base(place / BERT_BASE))
    loaded = {name: load_checkpoint(names[name], device=settings.device) for name in settings.checkpoints}
    for checkpoint in loaded.values():
        classify(checkpoint, "Warm up.")
        checkpoint.with_attention()
    warm_up()
    return Bench(settings, loaded, names)


def make_bert_base(folder: Path) -> Path:
    """Write a classifier of the size of BERT-base with random weights, the same every time.

    Args:
        folder: Where to.

    Returns:
        The folder.
    """
    tokenizer = load_checkpoint("stars", device="cpu").tokenizer
    names = dict(enumerate(STARS))
    config = transformers.BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=768,
        num_hidden_layers=12,
        num_attention_heads=12,
        intermediate_size=3072,
        max_position_embeddings=512,
        id2label=names,
        label2id={label: index for index, label in names.items()},
    )
    torch.manual_seed(0)
    model = transformers.BertForSequenceClassification(config).eval()
    with torch.no_grad():
        model.classifier.weight.mul_(_STEEPER)
        inputs = tokenizer(list(different_reviews(*_LEVELLED_ON)), padding=True, return_tensors="pt")
        model.classifier.bias.sub_(model(**inputs).logits.mean(dim=0))
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def forget(checkpoints: Iterable[Checkpoint]) -> None:
    """Drop the shared scorers with all that they remember; the next call makes a fresh one.

    Args:
        checkpoints: Whose scorers.
    """
    for checkpoint in checkpoints:
        for key in [key for key in checkpoint._beside if key[0] is Scorer]:
            del checkpoint._beside[key]
