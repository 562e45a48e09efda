"""Adapters as peft leaves them, on bases of every family: with no config.json, and with one."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import peft
import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from workbench.checkpoints import describe, load_checkpoint
from workbench.errors import CheckpointError, UnsafeCheckpointError
from workbench.explainers import METHODS, Task
from workbench.pipeline import classify, parse_target
from workbench.schema import Activation, Unit
from workbench.scoring import Scorer

TEXT = "The room was clean, but we didn't like the cold food."
NAMES = ("poor", "fair", "good")
LINEAR = {
    "distilbert": ["q_lin", "v_lin"],
    "deberta-v2": ["query_proj", "value_proj"],
    "modernbert": ["Wqkv"],
    "mpnet": ["attn.q", "attn.v"],
}


@dataclass(frozen=True)
class Adapted:
    """An adapter's folder beside its base, and the logits before it was saved."""

    folder: Path
    logits: tuple[float, ...]


@pytest.fixture(scope="session")
def adapt(make_family: Callable[..., Path]) -> Callable[..., Adapted]:
    def make(family: str, labels: Sequence[str] = NAMES, *, head: bool = False, **problem: Any) -> Adapted:
        base = make_family(family, labels if head else NAMES, head=head)
        torch.manual_seed(7)
        names = dict(enumerate(labels))
        given = {} if head else {"num_labels": len(labels), "id2label": names}
        model = transformers.AutoModelForSequenceClassification.from_pretrained(base, **given, **problem)
        settings = peft.LoraConfig(
            task_type="SEQ_CLS", r=2, target_modules=LINEAR.get(family, ["query", "value"]), init_lora_weights=False
        )
        if family == "distilbert":
            settings.modules_to_save = ["pre_classifier", "classifier"]
        elif family in {"bert", "albert", "deberta-v2", "modernbert"}:
            settings.modules_to_save = ["classifier", "pooler", "head"]
        tuned = peft.get_peft_model(model, settings).eval()
        folder = base.parent / "adapter"
        tuned.save_pretrained(folder)
        rewrite(folder, base_model_name_or_path=f"../{base.name}")
        tokenizer = transformers.AutoTokenizer.from_pretrained(base)
        with torch.inference_mode():
            return Adapted(folder, tuple(tuned(**tokenizer(TEXT, return_tensors="pt")).logits[0].tolist()))

    return make


def rewrite(folder: Path, **changes: Any) -> None:
    file = folder / "adapter_config.json"
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | changes), encoding="utf-8")


@pytest.fixture
def copied(adapt: Callable[..., Adapted], tmp_path: Path) -> Path:
    """An adapter of RoBERTa that may be damaged, with its base."""
    whole = adapt("roberta").folder.parent
    shutil.copytree(whole, tmp_path / "whole")
    return tmp_path / "whole" / "adapter"


def test_as_peft_leaves_it(family: str, adapt: Callable[..., Adapted]) -> None:
    """No config.json: the head says how many labels there are, the base all else."""
    made = adapt(family)
    assert not (made.folder / "config.json").exists()
    loaded = load_checkpoint(str(made.folder), device="cpu")
    prediction = classify(loaded, TEXT)
    assert prediction.logits == pytest.approx(made.logits, rel=1e-4, abs=1e-4)
    facts = describe(str(made.folder))
    assert loaded.labels == tuple(facts["labels"])
    assert (facts["architecture"], facts["base"]) == (type(loaded.model).__name__, family)
    assert facts["fingerprint"] == loaded.fingerprint
    run = Scorer(loaded).start()
    found = METHODS["integrated-gradients"].explain(
        Task(prediction, parse_target("predicted", prediction), Unit.WORD, 0, run)
    )
    assert any(unit.score for unit in found.units)


def test_labels_of_the_base_where_they_fit(adapt: Callable[..., Adapted]) -> None:
    made = adapt("electra", ("1 star", "2 stars", "3 stars"), head=True)
    assert load_checkpoint(str(made.folder)).labels == ("1 star", "2 stars", "3 stars")
    assert describe(str(made.folder))["ratings"]


def test_other_labels_than_those_of_the_base(adapt: Callable[..., Adapted]) -> None:
    made = adapt("roberta", tuple("abcdef"))
    assert load_checkpoint(str(made.folder)).labels == tuple(f"LABEL_{index}" for index in range(6))


def test_with_a_configuration_of_its_own(adapt: Callable[..., Adapted]) -> None:
    made = adapt("xlm-roberta", ("price", "staff"))
    content = json.loads((made.folder.parent / "xlm-roberta" / "config.json").read_text("utf-8"))
    content |= {
        "architectures": ["XLMRobertaForSequenceClassification"],
        "id2label": {"0": "price", "1": "staff"},
        "label2id": {"price": 0, "staff": 1},
        "problem_type": "multi_label_classification",
    }
    (made.folder / "config.json").write_text(json.dumps(content), encoding="utf-8")
    loaded = load_checkpoint(str(made.folder), device="cpu")
    assert loaded.labels == ("price", "staff")
    assert loaded.activation is Activation.SIGMOID
    assert classify(loaded, TEXT).logits == pytest.approx(made.logits, rel=1e-4, abs=1e-4)


def test_with_a_tokenizer_of_its_own(copied: Path) -> None:
    for file in (copied.parent / "roberta").glob("*token*"):
        shutil.move(file, copied / file.name)
    assert classify(load_checkpoint(str(copied)), TEXT).tokens


def test_without_a_head_anywhere(copied: Path) -> None:
    file = copied / "adapter_model.safetensors"
    kept = {name: weight for name, weight in load_file(file).items() if "classifier" not in name}
    save_file(kept, str(file), metadata={"format": "pt"})
    with pytest.raises(CheckpointError, match=r"lacks weights \(classifier.*\); fine-tune it first"):
        load_checkpoint(str(copied))


@pytest.mark.parametrize(
    ("task", "said"), [("CAUSAL_LM", "for the task CAUSAL_LM"), (None, "for the task that it does not name")]
)
def test_an_adapter_for_another_task(copied: Path, task: str | None, said: str) -> None:
    rewrite(copied, task_type=task)
    with pytest.raises(CheckpointError, match=f"is an adapter {said}, not a classifier; choose one"):
        load_checkpoint(str(copied))
    with pytest.raises(CheckpointError, match="not a classifier"):
        describe(str(copied))


def test_a_base_that_needs_code(copied: Path) -> None:
    file = copied.parent / "roberta" / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | {"auto_map": {"AutoModel": "x.Y"}}))
    with pytest.raises(UnsafeCheckpointError, match="needs code of its own"):
        load_checkpoint(str(copied))


def test_a_base_that_is_no_encoder_of_text(copied: Path) -> None:
    file = copied.parent / "roberta" / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | {"architectures": None}))
    with pytest.raises(CheckpointError, match="is no classifier"):
        load_checkpoint(str(copied))
