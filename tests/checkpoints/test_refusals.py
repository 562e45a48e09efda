"""Folders that cannot be used: each is refused in one line with a remedy, by the library and by the command."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from workbench.checkpoints import load_checkpoint
from workbench.errors import CheckpointError, UnsafeCheckpointError

Damage = Callable[[Path], None]


def edit(folder: Path, file: str = "config.json", **changes: Any) -> None:
    content = json.loads((folder / file).read_text(encoding="utf-8"))
    (folder / file).write_text(json.dumps(content | changes), encoding="utf-8")


def labels(folder: Path, names: list[str]) -> None:
    edit(folder, id2label=dict(enumerate(names)), label2id={name: index for index, name in enumerate(names)})


def weights(folder: Path, change: Callable[[dict[str, torch.Tensor]], None]) -> None:
    file = folder / "model.safetensors"
    state = load_file(file)
    change(state)
    save_file(state, str(file), metadata={"format": "pt"})


def pickle_only(folder: Path) -> None:
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()


def truncated(folder: Path) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])


def header_only(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"\x10")


def missing_shard(folder: Path) -> None:
    state = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    names = sorted(state)
    save_file(
        {name: state[name] for name in names[:5]},
        str(folder / "model-00001-of-00002.safetensors"),
        metadata={"format": "pt"},
    )
    places = {name: f"model-0000{1 if name in names[:5] else 2}-of-00002.safetensors" for name in names}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": places}))


def no_tokenizer(folder: Path) -> None:
    for file in folder.glob("*token*"):
        file.unlink()


CASES: list[tuple[str, Damage, type[CheckpointError], str]] = [
    ("pickle only", pickle_only, UnsafeCheckpointError, "pytorch_model.bin"),
    ("no weights", lambda f: (f / "model.safetensors").unlink(), CheckpointError, "safetensors"),
    ("code of the model", lambda f: edit(f, auto_map={"AutoModel": "x.Y"}), UnsafeCheckpointError, "auto_map"),
    (
        "code of the tokenizer",
        lambda f: edit(f, "tokenizer_config.json", auto_map={"AutoTokenizer": ["x.Y", None]}),
        UnsafeCheckpointError,
        "tokenizer",
    ),
    ("no tokenizer", no_tokenizer, CheckpointError, "has no tokenizer"),
    ("garbage tokenizer", lambda f: (f / "tokenizer.json").write_text("{]"), CheckpointError, "; "),
    ("too few labels", lambda f: labels(f, ["a", "b"]), CheckpointError, "2 labels for a head of 5"),
    ("too many labels", lambda f: labels(f, list("abcdefg")), CheckpointError, "7 labels for a head of 5"),
    ("two of one name", lambda f: labels(f, ["a", "b", "c", "d", "a"]), CheckpointError, "two labels the same name"),
    ("labels from one", lambda f: edit(f, id2label={str(n): str(n) for n in range(1, 6)}), CheckpointError, "from 0"),
    ("labels of words", lambda f: edit(f, id2label={n: n for n in "abcde"}), CheckpointError, "id2label"),
    ("labels in a list", lambda f: edit(f, id2label=["a", "b", "c", "d", "e"]), CheckpointError, "id2label"),
    ("cut short", truncated, CheckpointError, "cut short"),
    ("empty weights", header_only, CheckpointError, "cut short"),
    ("missing shard", missing_shard, CheckpointError, "shard"),
    ("no classifier", lambda f: edit(f, architectures=["BertForMaskedLM"]), CheckpointError, "no classifier"),
    ("no architecture", lambda f: edit(f, architectures=None), CheckpointError, "no classifier"),
    ("architectures of another kind", lambda f: edit(f, architectures=7), CheckpointError, "; "),
    ("no config", lambda f: (f / "config.json").unlink(), CheckpointError, "config.json is missing"),
    ("garbage config", lambda f: (f / "config.json").write_text("{]"), CheckpointError, "cannot be read"),
    ("config of bytes", lambda f: (f / "config.json").write_bytes(b"\xff\xfe\x00"), CheckpointError, "cannot be read"),
    ("config of a list", lambda f: (f / "config.json").write_text("[1]"), CheckpointError, "no JSON object"),
    ("unknown model type", lambda f: edit(f, model_type="nosuch"), CheckpointError, "cannot be loaded"),
    ("impossible sizes", lambda f: edit(f, hidden_size=17), CheckpointError, "; "),
    ("no head", lambda f: weights(f, lambda s: s.pop("classifier.weight")), CheckpointError, "classifier.weight"),
    (
        "a layer missing",
        lambda f: weights(f, lambda s: s.pop("bert.encoder.layer.1.output.dense.weight")),
        CheckpointError,
        "layer.1.output.dense.weight",
    ),
    ("empty folder", lambda f: shutil.rmtree(f) or f.mkdir(), CheckpointError, "; "),  # type: ignore[func-returns-value]
]


@pytest.mark.parametrize(("damage", "kind", "message"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_refused(
    tiny_folder: Path,
    tmp_path: Path,
    run_cli: Callable[..., Any],
    damage: Damage,
    kind: type[CheckpointError],
    message: str,
) -> None:
    folder = tmp_path / "broken"
    shutil.copytree(tiny_folder, folder)
    damage(folder)
    with pytest.raises(CheckpointError) as caught:
        load_checkpoint(str(folder))
    assert type(caught.value) is kind
    assert message in str(caught.value)
    assert "; " in str(caught.value)
    assert "\n" not in str(caught.value)
    line = run_cli("predict", "the food was good", "--checkpoint", folder).assert_fault(3)
    assert line == f"error: {caught.value}"
    assert run_cli("checkpoints", "show", folder).status in {0, 3}


@pytest.mark.parametrize("name", ["nosuch", "./nosuch", "/no/such", "", "a b/c", "a/b/c", "../x/y"])
def test_no_such_checkpoint(run_cli: Callable[..., Any], name: str, stars_name: str) -> None:
    line = run_cli("predict", "the food was good", "--checkpoint", name).assert_fault(3)
    assert "there is no checkpoint" in line
    assert stars_name in line


def test_a_file_in_place_of_a_folder(run_cli: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    file.write_bytes(b"")
    assert "there is no checkpoint" in run_cli("predict", "good", "--checkpoint", file).assert_fault(3)


def adapter(folder: Path, base: str, **changes: Any) -> Path:
    folder.mkdir()
    (folder / "adapter_config.json").write_text(
        json.dumps({"peft_type": "LORA", "base_model_name_or_path": base} | changes)
    )
    return folder


def test_an_adapter_that_names_no_base(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="names no base; set base_model_name_or_path"):
        load_checkpoint(str(adapter(tmp_path / "a", "")))


def test_an_adapter_whose_base_is_away(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="there is no checkpoint"):
        load_checkpoint(str(adapter(tmp_path / "a", "../nosuch")))


def test_an_adapter_that_is_a_pickle(tiny_folder: Path, tmp_path: Path) -> None:
    folder = adapter(tmp_path / "a", str(tiny_folder))
    shutil.copyfile(tiny_folder / "config.json", folder / "config.json")
    (folder / "adapter_model.bin").write_bytes(b"pickle")
    with pytest.raises(UnsafeCheckpointError, match=r"adapter_model\.bin"):
        load_checkpoint(str(folder))
