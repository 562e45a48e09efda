"""Entities on every family of models, loaded from a folder and from a LoRA adapter."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import peft
import pytest
import torch
import transformers

from workbench.checkpoints import describe, load_checkpoint, task_here
from workbench.errors import CheckpointError
from workbench.pipeline import find_entities
from workbench.services import explain_entity

TAGS = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")
TEXT = "The room in Zürich was clean, the staff 😀 helpful."


@pytest.fixture(scope="module")
def tagger(family: str, make_family: Callable[..., Path]) -> Path:
    return make_family(family, TAGS, tags=True, seed=4)


def logits_of(folder: Path) -> Any:
    model = transformers.AutoModelForTokenClassification.from_pretrained(folder, dtype="float32").eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    with torch.inference_mode():
        return model(**tokenizer(TEXT, return_tensors="pt")).logits[0]


def test_a_tagger_answers_as_transformers_does_and_explains_itself(tagger: Path) -> None:
    checkpoint = load_checkpoint(str(tagger), device="cpu")
    assert checkpoint.task == task_here(str(tagger)) == describe(str(tagger))["task"] == "entities"
    assert checkpoint.ratings is None
    prediction = find_entities(checkpoint, TEXT, strategy="simple")
    expected = logits_of(tagger).softmax(dim=-1)
    found = torch.tensor(prediction.probabilities, dtype=torch.float32)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)
    assert prediction.entities
    assert all(TEXT[one.start : one.end] == one.text for one in prediction.entities)
    report = explain_entity(checkpoint, prediction, 0, ["occlusion", "shap", "lime"], budget=30)
    for explanation in report.explanations:
        assert "".join(unit.text for unit in explanation.units) == "".join(TEXT.split())
    full = [explanation.full_value for explanation in report.explanations]
    assert full == pytest.approx([full[0]] * 3, abs=1e-5)


@pytest.mark.parametrize("with_config", [True, False])
def test_an_adapter_of_a_tagger(make_family: Callable[..., Path], with_config: bool) -> None:
    base = make_family("bert", TAGS, head=False)
    folder = base.parent / "tuned"
    torch.manual_seed(5)
    model = transformers.AutoModelForTokenClassification.from_pretrained(base)
    settings = peft.LoraConfig(
        task_type="TOKEN_CLS",
        r=2,
        target_modules=["query", "value"],
        modules_to_save=["classifier"],
        init_lora_weights=False,
    )
    tuned = peft.get_peft_model(model, settings).eval()
    tuned.save_pretrained(folder)
    if with_config:
        model.config.architectures = ["BertForTokenClassification"]
        model.config.save_pretrained(folder)
    changed = json.loads((folder / "adapter_config.json").read_text()) | {"base_model_name_or_path": "../bert"}
    (folder / "adapter_config.json").write_text(json.dumps(changed))
    tokenizer = transformers.AutoTokenizer.from_pretrained(base)
    with torch.inference_mode():
        expected = tuned(**tokenizer(TEXT, return_tensors="pt")).logits[0].softmax(dim=-1)
    loaded = load_checkpoint(str(folder), device="cpu")
    assert (loaded.task, task_here(str(folder))) == ("entities", "entities")
    assert loaded.labels == TAGS
    found = torch.tensor(find_entities(loaded, TEXT).probabilities, dtype=torch.float32)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)
    (folder / "adapter_config.json").write_text(json.dumps(changed | {"task_type": "CAUSAL_LM"}))
    if not with_config:
        with pytest.raises(
            CheckpointError, match="task CAUSAL_LM, not a classifier; choose one of task_type SEQ_CLS or"
        ):
            load_checkpoint(str(folder))
