"""What a checkpoint does: it classifies whole texts, or it tags their tokens, so that entities can be found."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from workbench.checkpoints.source import bundled, here
from workbench.errors import CheckpointError, IncompatibleError

if TYPE_CHECKING:
    from workbench.checkpoints.loading import Checkpoint

CheckpointTask = Literal["classification", "entities"]

ENDINGS: dict[CheckpointTask, str] = {
    "classification": "ForSequenceClassification",
    "entities": "ForTokenClassification",
}
# As peft names them.
ADAPTERS: dict[str, CheckpointTask] = {"SEQ_CLS": "classification", "TOKEN_CLS": "entities"}

_REFUSALS: dict[CheckpointTask, tuple[str, str]] = {
    "classification": (
        "tags tokens and gives no label to a whole text",
        "use workbench entities with it, or choose a classifier such as stars",
    ),
    "entities": (
        "classifies whole texts and finds no entities",
        "use workbench predict or explain with it, or choose one whose architecture ends in ForTokenClassification",
    ),
}


def task_of(architectures: Sequence[object]) -> CheckpointTask | None:
    """What models of some architectures do.

    Args:
        architectures: Class names of transformers, as a configuration lists them.

    Returns:
        The task of the first that has one; none where there is none.
    """
    found = (task for name in architectures for task, ending in ENDINGS.items() if str(name).endswith(ending))
    return next(found, None)


def task_here(name: str) -> CheckpointTask | None:
    """What a checkpoint does, from its small files alone.

    Args:
        name: A bundled name, a folder, or a hub id.

    Returns:
        The task; none where it is not on this machine or cannot be told.
    """
    try:
        folder = here(name)
    except CheckpointError:
        return None
    if folder is None:
        return None
    adapter, config = _content(folder / "adapter_config.json"), _content(folder / "config.json")
    listed = config.get("architectures")
    return task_of(listed if isinstance(listed, list) else []) or ADAPTERS.get(str(adapter.get("task_type")))


def fits(name: str, task: CheckpointTask) -> bool:
    """Whether a checkpoint may be offered for a task.

    Args:
        name: As for ``task_here``.
        task: The task.

    Returns:
        False where it is known to do something else; loading tells the rest.
    """
    return task_here(name) in (task, None)


def bundled_for(task: CheckpointTask) -> dict[str, Path]:
    """The bundled checkpoints for a task.

    Args:
        task: The task.

    Returns:
        Name to folder.
    """
    return {name: folder for name, folder in bundled().items() if fits(name, task)}


def require_task(checkpoint: Checkpoint, task: CheckpointTask) -> None:
    """Refuse a checkpoint that does something else.

    Args:
        checkpoint: The model.
        task: What is wanted of it.

    Raises:
        IncompatibleError: It does something else; the message says what it is for.
    """
    if checkpoint.task != task:
        what, remedy = _REFUSALS[task]
        raise IncompatibleError(f"{checkpoint.name} {what}", remedy)


def _content(file: Path) -> dict[str, Any]:
    """A JSON object; empty where there is none."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
