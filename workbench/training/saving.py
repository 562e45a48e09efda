"""A trained model as a checkpoint folder: safetensors in half precision, never half a folder under its own name."""

from __future__ import annotations

import copy
import json
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from workbench.checkpoints.adapters import is_adapter
from workbench.errors import InputError, WorkbenchError


@contextmanager
def appearing(folder: Path) -> Iterator[Path]:
    """A folder that gets its name only when it is complete.

    Args:
        folder: Must not exist or be empty.

    Yields:
        A folder beside it, to be filled; after a fault it is gone again.

    Raises:
        InputError: The folder cannot be written or is not empty.
    """
    check_new(folder)
    # Beside it: a pointer to a base in the same folder is then right already.
    part = folder.parent / f".{folder.name}.{uuid.uuid4().hex[:8]}.part"
    try:
        part.mkdir(parents=True)
        yield part
        check_new(folder)
        os.replace(part, folder)
    except OSError as error:
        raise InputError(f"{folder} cannot be written ({error.strerror})", "check the disk and its rights") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def check_new(folder: Path) -> None:
    """Refuse to write over something, or where nothing can be written, which training is too long to end with.

    Args:
        folder: For a checkpoint.

    Raises:
        InputError: There is something in it, or it cannot be made.
    """
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise InputError(f"the folder {folder} is not empty", "name a new one")
        there = next(place for place in Path(os.path.abspath(folder)).parents if place.exists())
        os.rmdir(tempfile.mkdtemp(prefix=".", dir=there))
    except OSError as error:
        raise InputError(f"{folder} cannot be written ({error.strerror})", "check the disk and its rights") from None


def save(model: Any, tokenizer: Any, base: Path, folder: Path, *, hub: tuple[str, str] | None = None) -> None:
    """Save an adapter beside a pointer to its base, or the whole model with its tokenizer.

    Args:
        model: Trained.
        tokenizer: Its tokenizer.
        base: Folder that it started from. On one that is an adapter itself no other can stand, so the two are merged.
        folder: For the checkpoint.
        hub: Id and commit of a base that is from the hub.

    Raises:
        WorkbenchError: A weight does not fit into half precision.
    """
    import peft

    folder.mkdir(parents=True, exist_ok=True)
    if isinstance(model, peft.PeftModel) and is_adapter(base):
        model = copy.deepcopy(model).merge_and_unload()
    if isinstance(model, peft.PeftModel):
        _write(peft.get_peft_model_state_dict(model), folder / "adapter_model.safetensors")
        settings = model.peft_config["default"].to_dict()
        settings |= {"base_model_name_or_path": _pointer(base, folder), "inference_mode": True}
        if hub:
            settings |= {"base_model_name_or_path": hub[0], "revision": hub[1]}
        plain = {key: _plain(value) for key, value in sorted(settings.items())}
        (folder / "adapter_config.json").write_text(json.dumps(plain, indent=2) + "\n", encoding="utf-8")
        model = model.get_base_model()
    else:
        _write(model.state_dict(), folder / "model.safetensors")
        tokenizer.save_pretrained(folder)
    config = model.config.to_dict() | {"architectures": [type(model).__name__], "dtype": "float16"}
    config.pop("_name_or_path", None)
    (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _write(state: dict[str, Any], file: Path) -> None:
    import torch
    from safetensors.torch import save_file

    # Integers, such as positions, stay what they are.
    half = {
        name: (weight.detach().to(torch.float16) if weight.is_floating_point() else weight.detach()).contiguous().cpu()
        for name, weight in state.items()
    }
    bad = next((name for name, weight in half.items() if not torch.isfinite(weight).all()), None)
    if bad is not None:
        raise WorkbenchError(f"the weights {bad} ran away in training", "train again with a lower learning rate")
    save_file(half, str(file), metadata={"format": "pt"})


def _pointer(base: Path, folder: Path) -> str:
    """The base from the adapter's folder: relative where both lie in one folder, else absolute."""
    resolved = base.resolve()
    return f"../{resolved.name}" if resolved.parent == folder.resolve().parent else str(resolved)


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, set) else value.value if hasattr(value, "value") else value
