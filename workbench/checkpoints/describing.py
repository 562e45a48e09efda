"""What a checkpoint is, without loading its weights."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from workbench.checkpoints import validation
from workbench.checkpoints.fingerprint import fingerprint
from workbench.checkpoints.loading import adapter_base, ratings_of
from workbench.checkpoints.source import Located, locate

_LICENCE = re.compile(r"^licen[cs]e:[ \t]*[\"']?([^\"'\n]+?)[\"']?[ \t]*$", re.MULTILINE)


def describe(name: str) -> dict[str, Any]:
    """Facts of a checkpoint.

    Args:
        name: A bundled name, a folder, or a hub id.

    Returns:
        Name, architecture, labels, whether they are ratings, layers, parameters, size, fingerprint, licence, and the
        commit where it is from the hub.

    Raises:
        CheckpointError: It cannot be used.
    """
    return describe_located(name, locate(name, early=validation.check_config))


def describe_located(name: str, located: Located) -> dict[str, Any]:
    """Facts of a checkpoint that has been found already; see ``describe``."""
    folder = located.folder
    adapter = (folder / "adapter_config.json").is_file()
    folders = [folder, adapter_base(folder)] if adapter else [folder]
    config = validation.check_config(folder)
    shapes = validation.weight_shapes(folder, "adapter_model.safetensors" if adapter else "model*.safetensors")
    labels = tuple(
        str(label) for _, label in sorted((config.get("id2label") or {}).items(), key=lambda pair: int(pair[0]))
    )
    heads = {key.removeprefix("base_model.model."): shape for key, shape in shapes.items()}
    validation.check_labels(config, heads, folder)
    validation.check_tokenizer(folders[-1])
    counts = [_count(validation.weight_shapes(folders[-1])), *([_count(shapes)] if adapter else [])]
    return {
        "name": name,
        "architecture": config["architectures"][0],
        "labels": list(labels),
        "ratings": ratings_of(labels) is not None,
        "layers": config.get("num_hidden_layers") or config.get("n_layers"),
        "parameters": sum(counts),
        "megabytes": round(sum(_size(part) for part in folders) / 1e6, 1),
        "base": folders[1].name if adapter else None,
        "fingerprint": fingerprint(folders),
        "licence": _licence(folder) or "not stated",
        "revision": located.revision,
    }


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
