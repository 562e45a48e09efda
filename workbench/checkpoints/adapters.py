"""Adapters by peft: what they change of a base, and what of a checkpoint they leave to it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from workbench.checkpoints import hub, places, validation
from workbench.checkpoints.source import find
from workbench.checkpoints.tasks import ADAPTERS, ENDINGS
from workbench.errors import CheckpointError

_FILE = "adapter_config.json"
_WEIGHTS = "adapter_model.safetensors"
_PREFIX = "base_model.model."
_KIND = re.compile(r"(For[A-Z]\w*|Model)$")


def is_adapter(folder: Path) -> bool:
    """Whether a folder holds an adapter rather than a whole model.

    Args:
        folder: The checkpoint's folder.

    Returns:
        True where peft left its configuration.
    """
    return (folder / _FILE).is_file()


def check_early(folder: Path) -> None:
    """Refuse what is no classifier by its small files, before its weights are fetched.

    Args:
        folder: The checkpoint's folder; its weights may still be missing.

    Raises:
        UnsafeCheckpointError: It asks for remote code.
        CheckpointError: It is no text classifier. What an adapter makes of its base shows only with both.
    """
    if not is_adapter(folder):
        validation.check_config(folder)


def adapter_base(folder: Path) -> Path:
    """The base of an adapter.

    Args:
        folder: The adapter's folder.

    Returns:
        The folder of its base; a relative path counts from the adapter's folder.

    Raises:
        CheckpointError: The adapter names no base.
    """
    settings = validation.read_json(folder / _FILE)
    named = str(settings.get("base_model_name_or_path") or "")
    if not named:
        raise CheckpointError(f"the adapter {folder} names no base", f"set base_model_name_or_path in {_FILE}")
    beside = (folder / named).resolve()
    if beside.is_dir():
        return places.require(beside, named)
    wanted, revision = hub.parse(named), settings.get("revision")
    pinned = wanted is not None and wanted.revision is None and isinstance(revision, str)
    return find(f"{named}@{revision}" if pinned else named)


def adapter_shapes(folder: Path) -> dict[str, tuple[int, ...]]:
    """Names and shapes of an adapter's weights.

    Args:
        folder: The adapter's folder.

    Returns:
        Shapes by the names that the base would give to those weights that the adapter brings whole, such as the head.

    Raises:
        UnsafeCheckpointError: They are a pickle.
        CheckpointError: There are none.
    """
    shapes = validation.weight_shapes(folder, _WEIGHTS)
    return {name.removeprefix(_PREFIX).replace(".modules_to_save.", "."): shape for name, shape in shapes.items()}


def adapter_config(folder: Path, base: Path) -> dict[str, Any]:
    """The configuration of the model that an adapter makes of its base.

    Args:
        folder: The adapter's folder; peft itself leaves no ``config.json`` in it.
        base: The base's folder.

    Returns:
        The adapter's own, or the base's as a classifier with as many labels as the adapter's head has.

    Raises:
        UnsafeCheckpointError: It asks for remote code.
        CheckpointError: It is no text classifier.
    """
    if (folder / "config.json").is_file():
        return validation.check_config(folder)
    task = validation.read_json(folder / _FILE).get("task_type")
    if task not in ADAPTERS:
        raise CheckpointError(
            f"{folder} is an adapter for the task {task or 'that it does not name'}, not a classifier",
            "choose one of task_type SEQ_CLS or TOKEN_CLS, or save the model's config.json beside it",
        )
    config = validation.read_json(base / "config.json")
    validation.check_kinds(config, base)
    names = [_KIND.sub("", str(name)) for name in config.get("architectures") or []]
    config["architectures"] = [name + ENDINGS[ADAPTERS[task]] for name in names]
    rows = validation.head_rows(adapter_shapes(folder))
    if rows is not None and rows != validation.label_count(config):
        labels = {str(index): f"LABEL_{index}" for index in range(rows)}
        config |= {"id2label": labels, "label2id": {label: int(index) for index, label in labels.items()}}
    validation.check_classifier(config, folder)
    return config
