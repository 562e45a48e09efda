"""What a checkpoint is, without loading its weights."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from workbench.checkpoints import validation
from workbench.checkpoints.adapters import adapter_base, adapter_config, adapter_shapes, check_early, is_adapter
from workbench.checkpoints.architecture import activation
from workbench.checkpoints.fingerprint import fingerprint
from workbench.checkpoints.loading import ratings_of, tokenizer_home
from workbench.checkpoints.source import Located, find, locate
from workbench.checkpoints.tasks import task_of
from workbench.errors import CheckpointError
from workbench.schema import Activation

_LICENCE = re.compile(r"^licen[cs]e:[ \t]*[\"']?([^\"'\n]+?)[\"']?[ \t]*$", re.MULTILINE)


def describe(name: str) -> dict[str, Any]:
    """Facts of a checkpoint.

    Args:
        name: A bundled name, a folder, or a hub id.

    Returns:
        Name, architecture, task, labels, whether they are ratings, layers, parameters, size, fingerprint, licence,
        and the commit where it is from the hub.

    Raises:
        CheckpointError: It cannot be used.
    """
    return describe_located(name, locate(name, early=check_early))


def describe_located(name: str, located: Located) -> dict[str, Any]:
    """Facts of a checkpoint that has been found already; see ``describe``."""
    folder = located.folder
    adapter = is_adapter(folder)
    folders = [folder, adapter_base(folder)] if adapter else [folder]
    config = adapter_config(*folders) if adapter else validation.check_config(folder)
    shapes = validation.weight_shapes(folder, "adapter_model.safetensors" if adapter else "model*.safetensors")
    labels = validation.label_names(config)
    task = task_of(config["architectures"])
    ordinal = task == "classification" and ratings_of(labels) is not None
    validation.check_labels(config, adapter_shapes(folder) if adapter else shapes, folder)
    validation.check_tokenizer(tokenizer_home(folder, folders[-1]))
    counts = [_count(validation.weight_shapes(folders[-1])), *([_count(shapes)] if adapter else [])]
    return {
        "name": name,
        "architecture": config["architectures"][0],
        "task": task,
        "labels": list(labels),
        "ratings": ordinal and activation(config.get("problem_type"), len(labels)) is Activation.SOFTMAX,
        "layers": config.get("num_hidden_layers") or config.get("n_layers"),
        "parameters": sum(counts),
        "megabytes": round(sum(_size(part) for part in folders) / 1e6, 1),
        "base": folders[1].name if adapter else None,
        "fingerprint": fingerprint(folders),
        "licence": _licence(folder) or "not stated",
        "revision": located.revision,
    }


def disk_bytes(name: str) -> int | None:
    """Size of a checkpoint's weights on disk.

    Args:
        name: A bundled name, a folder, or a hub id that was loaded before.

    Returns:
        Bytes, with those of an adapter's base; none where the folder is gone.
    """
    try:
        folder = find(name)
        adapter = is_adapter(folder)
        return sum(_size(part) for part in ([folder, adapter_base(folder)] if adapter else [folder]))
    except (CheckpointError, OSError):
        return None


def _count(shapes: dict[str, tuple[int, ...]]) -> int:
    total = 0
    for shape in shapes.values():
        size = 1
        for side in shape:
            size *= side
        total += size
    return total


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.glob("*.safetensors"))


def _licence(folder: Path) -> str | None:
    """From the model card's front matter."""
    card = folder / "README.md"
    found = _LICENCE.search(card.read_text(encoding="utf-8", errors="replace")[:4000]) if card.is_file() else None
    return found.group(1).strip() if found else None
