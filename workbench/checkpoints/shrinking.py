"""Storing a checkpoint in half precision."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from workbench.checkpoints.validation import TOKENIZER_FILES, check_tokenizer, read_json, weight_shapes
from workbench.errors import InputError

_CARRIED = ("tokenizer_config.json", "special_tokens_map.json")
# What older tokenizers are made of; tokenizer.json has it all.
_PARTS = ("merges.txt", *TOKENIZER_FILES)


def shrink(source: Path, target: Path) -> Path:
    """Copy a checkpoint or an encoder with its weights in half precision.

    Args:
        source: Folder with one ``model.safetensors``, ``config.json`` and a tokenizer.
        target: New folder.

    Returns:
        ``target``.

    Raises:
        InputError: The target is not empty.
        CheckpointError: The source is incomplete.
    """
    import torch
    from safetensors.torch import load_file, save_file

    if target.exists() and any(target.iterdir()):
        raise InputError(f"the folder {target} is not empty", "name a new one")
    weight_shapes(source)
    check_tokenizer(source)
    config = read_json(source / "config.json")
    config.pop("_name_or_path", None)
    target.mkdir(parents=True, exist_ok=True)
    weights = {
        name: weight.to(torch.float16) if weight.is_floating_point() else weight
        for file in sorted(source.glob("model*.safetensors"))
        for name, weight in load_file(file).items()
    }
    save_file(weights, str(target / "model.safetensors"), metadata={"format": "pt"})
    (target / "config.json").write_text(json.dumps(config | {"dtype": "float16"}, indent=2) + "\n", encoding="utf-8")
    whole = (source / "tokenizer.json").is_file()
    for name in (*_CARRIED, *(() if whole else _PARTS)):
        if (source / name).is_file():
            shutil.copyfile(source / name, target / name)
    if whole:
        _copy_tokenizer(source / "tokenizer.json", target / "tokenizer.json")
    return target


def _copy_tokenizer(source: Path, target: Path) -> None:
    """Without the cutting and padding to a fixed length that some tokenizers are saved with."""
    content = read_json(source) | {"truncation": None, "padding": None}
    target.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
