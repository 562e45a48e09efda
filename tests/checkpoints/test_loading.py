from __future__ import annotations

import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import peft
import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from workbench.checkpoints import Checkpoint, bundled, describe, fingerprint, load_checkpoint, loading, ratings_of
from workbench.checkpoints.shrinking import shrink
from workbench.errors import InputError
from workbench.pipeline import attentions, classify, infer
from workbench.schema import Activation

TEXT = "the food was good but the staff was not"


def bare_logits(folder: Path, text: str = TEXT) -> list[float]:
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder, dtype="float32").eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    with torch.inference_mode():
        return model(**tokenizer(text, return_tensors="pt")).logits[0].tolist()


def test_a_folder_answers_as_transformers_does(tiny: Checkpoint, tiny_folder: Path) -> None:
    assert tiny.labels == ("1 star", "2 stars", "3 stars", "4 stars", "5 stars")
    assert tiny.name == str(tiny_folder)
    assert tiny.ratings == (1, 2, 3, 4, 5)
    assert tiny.token_limit == 48
    assert tiny.activation is Activation.SOFTMAX
    assert tiny.info.architecture == "BertForSequenceClassification"
    assert not tiny.model.training
    assert all(weight.dtype == torch.float32 and not weight.requires_grad for weight in tiny.model.parameters())
    assert tiny.parameters == sum(weight.numel() for weight in load_file(tiny_folder / "model.safetensors").values())
    assert classify(tiny, TEXT).logits == pytest.approx(bare_logits(tiny_folder), abs=1e-6)


def test_round_trip_through_a_folder(tiny: Checkpoint, tmp_path: Path) -> None:
    tiny.model.save_pretrained(tmp_path)
    tiny.tokenizer.save_pretrained(tmp_path)
    again = load_checkpoint(str(tmp_path), device="cpu")
    assert again.labels == tiny.labels
    assert classify(again, TEXT).logits == classify(tiny, TEXT).logits


def test_shards_load_like_the_whole(tiny: Checkpoint, tmp_path: Path) -> None:
    tiny.model.save_pretrained(tmp_path, max_shard_size="8KB")
    tiny.tokenizer.save_pretrained(tmp_path)
    assert len(list(tmp_path.glob("model-*.safetensors"))) > 1
    assert classify(load_checkpoint(str(tmp_path)), TEXT).logits == classify(tiny, TEXT).logits


def test_positions_of_roberta_count_from_the_padding_index(tiny_bpe: Checkpoint) -> None:
    assert tiny_bpe.model.config.max_position_embeddings == 50
    assert tiny_bpe.token_limit == 48
    full = [0, *[5] * 46, 2]
    assert infer(tiny_bpe, [full]).shape == (1, 2)


def test_a_multi_label_head_has_sigmoids(tiny_multi: Checkpoint) -> None:
    assert tiny_multi.activation is Activation.SIGMOID
    assert tiny_multi.ratings is None


def test_a_head_of_one_label_has_a_sigmoid(make_checkpoint: Callable[..., Path]) -> None:
    single = load_checkpoint(str(make_checkpoint(("toxic",))))
    prediction = classify(single, TEXT)
    assert single.activation is Activation.SIGMOID
    assert prediction.probabilities == pytest.approx([1 / (1 + np.exp(-prediction.logits[0]))])
    assert prediction.runner_up is None


def test_the_attention_view_shares_the_weights(tiny: Checkpoint) -> None:
    twin = tiny.with_attention()
    assert twin is tiny.with_attention()
    assert all(one is two for one, two in zip(tiny.model.parameters(), twin.parameters(), strict=True))
    assert tiny.model.config._attn_implementation != "eager"
    weights = attentions(tiny, classify(tiny, TEXT).inputs)
    assert weights.shape == (2, 2, 11, 11)
    np.testing.assert_allclose(weights.sum(axis=-1), 1, atol=1e-5)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (("1 star", "2 stars", "3 stars"), (1, 2, 3)),
        (("3", "2", "1"), (3, 2, 1)),
        (("0", "1", "2"), (0, 1, 2)),
        (("1 star", "2 stars"), None),
        (("1", "2", "4"), None),
        (("1", "1", "2"), None),
        (("bad", "fair", "good"), None),
        (("LABEL_0", "LABEL_1", "LABEL_2"), None),
        ((), None),
    ],
)
def test_ratings(labels: tuple[str, ...], expected: tuple[int, ...] | None) -> None:
    assert ratings_of(labels) == expected


@pytest.fixture(scope="module")
def adapted(make_checkpoint: Callable[..., Path]) -> tuple[Path, list[float]]:
    """A LoRA adapter beside its base, and the logits of the adapted model before it was saved."""
    base = make_checkpoint(head=False, seed=3)
    folder = base.parent / "tuned"
    torch.manual_seed(5)
    names = {index: f"{index + 1} stars" for index in range(3)}
    model = transformers.AutoModelForSequenceClassification.from_pretrained(
        base, num_labels=3, id2label=names, label2id={name: index for index, name in names.items()}
    )
    settings = peft.LoraConfig(
        task_type="SEQ_CLS",
        r=2,
        target_modules=["query", "value"],
        modules_to_save=["classifier", "pooler"],
        init_lora_weights=False,
    )
    tuned = peft.get_peft_model(model, settings).eval()
    tuned.save_pretrained(folder)
    model.config.architectures = ["BertForSequenceClassification"]
    model.config.save_pretrained(folder)
    changed = json.loads((folder / "adapter_config.json").read_text()) | {"base_model_name_or_path": "../tiny"}
    (folder / "adapter_config.json").write_text(json.dumps(changed))
    tokenizer = transformers.AutoTokenizer.from_pretrained(base)
    with torch.inference_mode():
        return folder, tuned(**tokenizer(TEXT, return_tensors="pt")).logits[0].tolist()


def test_an_adapter_loads_on_the_base_beside_it(
    adapted: tuple[Path, list[float]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, expected = adapted
    moved = tmp_path / "elsewhere"
    shutil.copytree(folder.parent, moved)
    monkeypatch.chdir(tmp_path)
    loaded = load_checkpoint("elsewhere/tuned")
    assert loaded.labels == ("1 stars", "2 stars", "3 stars")
    assert classify(loaded, TEXT).logits == pytest.approx(expected, abs=1e-5)
    assert loaded.fingerprint == fingerprint([moved / "tuned", moved / "tiny"])


def test_the_fingerprint_of_an_adapter_covers_its_base(adapted: tuple[Path, list[float]], tmp_path: Path) -> None:
    shutil.copytree(adapted[0].parent, tmp_path / "x")
    before = describe(str(tmp_path / "x" / "tuned"))
    base = tmp_path / "x" / "tiny" / "model.safetensors"
    state = load_file(base)
    state["embeddings.word_embeddings.weight"][3, 3] += 1
    save_file(state, str(base), metadata={"format": "pt"})
    after = describe(str(tmp_path / "x" / "tuned"))
    assert before["base"] == "tiny"
    assert before["fingerprint"] != after["fingerprint"]


def test_the_fingerprint_changes_with_one_byte_of_weights_and_not_with_the_card(
    tiny: Checkpoint, tiny_folder: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(tiny_folder, folder)
    assert fingerprint([folder]) == tiny.fingerprint
    assert len(tiny.fingerprint) == len("sha256:") + 64
    for name in ("README.md", "training.json", "scores.json", ".gitattributes"):
        (folder / name).write_text("other")
    assert fingerprint([folder]) == tiny.fingerprint
    content = bytearray((folder / "model.safetensors").read_bytes())
    content[-1] ^= 1
    (folder / "model.safetensors").write_bytes(content)
    changed = fingerprint([folder])
    assert changed != tiny.fingerprint
    shutil.copyfile(tiny_folder / "model.safetensors", folder / "model.safetensors")
    assert fingerprint([folder]) == tiny.fingerprint
    (folder / "vocab.txt").write_text("a")
    assert fingerprint([folder]) not in {changed, tiny.fingerprint}


def test_describe(tiny_folder: Path, tmp_path: Path, tiny: Checkpoint) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(tiny_folder, folder)
    (folder / "README.md").write_text("---\nlicense: mit\n---\n")
    facts = describe(str(folder))
    assert facts == {
        "name": str(folder),
        "architecture": "BertForSequenceClassification",
        "task": "classification",
        "labels": list(tiny.labels),
        "ratings": True,
        "layers": 2,
        "parameters": tiny.parameters,
        "megabytes": round((folder / "model.safetensors").stat().st_size / 1e6, 1),
        "base": None,
        "fingerprint": tiny.fingerprint,
        "licence": "mit",
        "revision": None,
    }


def test_shrink_halves_the_weights_and_hardly_changes_the_answer(
    tiny: Checkpoint, tiny_folder: Path, tmp_path: Path
) -> None:
    small = shrink(tiny_folder, tmp_path / "small")
    assert {weight.dtype for weight in load_file(small / "model.safetensors").values()} == {torch.float16}
    again = load_checkpoint(str(small))
    assert all(weight.dtype == torch.float32 for weight in again.model.parameters())
    assert classify(again, TEXT).probabilities == pytest.approx(classify(tiny, TEXT).probabilities, abs=0.02)
    with pytest.raises(InputError, match="is not empty; "):
        shrink(tiny_folder, small)


def test_every_bundled_checkpoint_loads_and_says_its_licence(stars_name: str) -> None:
    names = list(bundled())
    assert stars_name in names
    for name in names:
        facts, loaded = describe(name), load_checkpoint(name, device="cpu")
        assert facts["labels"] == list(loaded.labels)
        assert facts["fingerprint"] == loaded.fingerprint
        assert loaded.token_limit == 512


def test_loading_while_another_thread_imports_transformers(tiny_folder: Path) -> None:
    """In a process of its own, as a library is imported once a process."""
    code = (
        "import importlib, sys, threading, time, torch\n"
        "from workbench.checkpoints import load_checkpoint\n"
        "threading.Thread(target=importlib.import_module, args=('transformers',)).start()\n"
        "while 'transformers' not in sys.modules: time.sleep(0.001)\n"
        "print(load_checkpoint(sys.argv[1], device='cpu').labels[0])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tiny_folder)], capture_output=True, text=True, check=False)
    assert done.stdout == "1 star\n", done.stderr


def test_loaders_of_transformers_run_one_at_a_time() -> None:
    """They change settings of the whole process; a second one that got in would meet the first."""
    meeting, met = threading.Barrier(2), []

    def load() -> None:
        try:
            met.append(meeting.wait(timeout=0.5))
        except threading.BrokenBarrierError:
            met.append(None)

    before = transformers.utils.logging.get_verbosity()
    threads = [threading.Thread(target=loading.guarded, args=(Path("x"), load)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert met == [None, None]
    assert transformers.utils.logging.get_verbosity() == before
