"""Checkpoints built by hand, whose right explanations are known before any method is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import transformers
from bag_models import build_bag

from workbench.checkpoints import Checkpoint
from workbench.explainers import METHODS, Task
from workbench.pipeline import classify, parse_target
from workbench.schema import Explanation, Unit
from workbench.scoring import Scorer

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


@pytest.fixture(scope="session")
def make_bag(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Checkpoint]:
    """A checkpoint whose POSITIVE logit is the sum of given weights of its tokens and pairs; NEGATIVE stays at 0."""

    def make(weights: Weights, pairs: Pairs | None = None) -> Checkpoint:
        return build_bag(tmp_path_factory.mktemp("checkpoint") / "bag", tiny_folder, weights, pairs)

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
