"""A classifier small enough to know by heart: two layers of two heads, random weights, a WordPiece vocabulary."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from workbench.attention import attention_maps
from workbench.checkpoints import Checkpoint, load_checkpoint
from workbench.pipeline import classify
from workbench.schema import AttentionMaps, CheckpointInfo, Prediction, Token

TEXT = "The food was very good and the waiter loved it!"
WORDS = ["the", "food", "was", "very", "good", "and", "wait", "##er", "loved", "it", "!"]
HOSTILE = (
    "</script>",
    "<svg onload=alert()>",
    "<img src=/outside>",
    "<!--<script>",
    '"};alert();//',
    "${alert()}",
    "\u2028\u2029",
    "'\\</style>",
    "&lt;b&gt;",
    "PYTHON_PARAMS",
    "bertviz-" + "0" * 12,
)


@pytest.fixture(scope="session")
def folder(make_checkpoint: Callable[..., Path]) -> Path:
    return make_checkpoint([f"{index} stars" for index in (1, 2, 3)], limit=512, words=WORDS)


@pytest.fixture(scope="session")
def checkpoint(folder: Path) -> Checkpoint:
    return load_checkpoint(str(folder), device="cpu")


@pytest.fixture(scope="session")
def prediction(checkpoint: Checkpoint) -> Prediction:
    return classify(checkpoint, TEXT)


@pytest.fixture(scope="session")
def maps(checkpoint: Checkpoint, prediction: Prediction) -> AttentionMaps:
    return attention_maps(checkpoint, prediction)


@pytest.fixture(scope="session")
def hostile_maps(maps: AttentionMaps) -> AttentionMaps:
    """The same maps with tokens that try to break out of a script."""
    names = (*HOSTILE, *(token.text for token in maps.tokens[len(HOSTILE) :]))
    tokens = tuple(token.model_copy(update={"text": name}) for token, name in zip(maps.tokens, names, strict=True))
    return maps.model_copy(update={"tokens": tokens})


@pytest.fixture(scope="session")
def synthetic() -> Callable[..., AttentionMaps]:
    """Random maps of any size, rows adding up to one."""

    def make(layers: int, heads: int, tokens: int) -> AttentionMaps:
        weights = np.random.default_rng(0).gamma(0.3, size=(layers, heads, tokens, tokens)).astype(np.float32)
        return AttentionMaps(
            text="",
            checkpoint=CheckpointInfo(name="none", fingerprint="sha256:0", architecture="None", labels=("a", "b")),
            tokens=tuple(Token(id=index, text=f"token{index}", span=None) for index in range(tokens)),
            weights=weights / weights.sum(axis=-1, keepdims=True),
        )

    return make
