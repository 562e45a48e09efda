from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import transformers

from workbench.checkpoints import Checkpoint
from workbench.explainers import METHODS, Task
from workbench.explainers.attention_rollout import rollout
from workbench.pipeline import classify, parse_target
from workbench.schema import Unit
from workbench.scoring import Scorer


def test_two_layers_by_hand() -> None:
    """Heads are averaged, half of each layer passes straight on, the later layer multiplies from the left."""
    first = [[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [0.0, 1.0]]]  # two heads; mean [[.5, .5], [0, 1]]
    second = [[[1.0, 0.0], [1.0, 0.0]], [[1.0, 0.0], [0.0, 1.0]]]  # mean [[1, 0], [.5, .5]]
    # With half of each layer passing straight on, the last row draws a quarter from the first layer's.
    expected = [[0.75, 0.25], [0.25 * 0.75, 0.25 * 0.25 + 0.75]]
    np.testing.assert_allclose(rollout(np.array([first, second], dtype=np.float32)), expected, atol=1e-12)


def test_no_layer_looks_at_itself_and_rows_add_up_to_one() -> None:
    draws = np.random.default_rng(0).random((4, 3, 6, 6)).astype(np.float32)
    flow = rollout(draws / draws.sum(axis=-1, keepdims=True))
    np.testing.assert_allclose(flow.sum(axis=-1), 1, atol=1e-9)
    np.testing.assert_allclose(rollout(np.zeros((0, 1, 3, 3), dtype=np.float32)), np.eye(3))


def test_shares_of_words_are_those_of_the_first_position(tiny: Checkpoint) -> None:
    text = "The slowly cold room"
    model = transformers.AutoModelForSequenceClassification.from_pretrained(
        Path(tiny.name), attn_implementation="eager", dtype="float32"
    ).eval()
    with torch.inference_mode():
        layers = model(**tiny.tokenizer(text, return_tensors="pt"), output_attentions=True).attentions
    flow = torch.eye(7).double()
    for layer in layers:
        flow = (0.5 * layer[0].double().mean(0) + 0.5 * torch.eye(7).double()) @ flow
    share = flow[0].tolist()  # [CLS] the slow ##ly cold room [SEP]
    prediction = classify(tiny, text)
    task = Task(prediction, parse_target("expected", prediction), Unit.WORD, 0, Scorer(tiny).start())
    found = METHODS["attention-rollout"].explain(task)
    assert [unit.score for unit in found.units] == pytest.approx(
        [share[1], share[2] + share[3], share[4], share[5]], abs=1e-6
    )
    assert found.details["on_special_tokens"] == pytest.approx(share[0] + share[6], abs=1e-6)
    assert found.full_value == pytest.approx(prediction.expected_rating)
    assert found.evaluations.model_dump() == {"asked": 1, "made": 1}
    assert found.base_value is None
