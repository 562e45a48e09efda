"""``training.json``: how a checkpoint was made."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

from workbench.schema import Frozen
from workbench.training.recipe import Recipe

_LIBRARIES = ("torch", "transformers", "peft")


class Run(Frozen):
    """What a training run did.

    Attributes:
        output: Folder of the checkpoint.
        train_rows: Texts trained on.
        test_rows: Texts held out.
        steps: Optimiser steps.
        seconds: Wall time.
        loss: Mean training loss.
    """

    output: Path
    train_rows: int
    test_rows: int
    steps: int
    seconds: float
    loss: float


def record(recipe: Recipe, run: Run, folder: Path, share: float, **more: Any) -> None:
    """Write down in ``training.json`` how a checkpoint was made, without any path of this machine.

    Args:
        recipe: What it was made of.
        run: What the run did.
        folder: The checkpoint.
        share: Of the steps.
        more: Further facts.
    """
    made = {
        "recipe": portable(recipe).model_dump(mode="json"),
        "share_of_steps": share,
        "steps": max(1, round(share * run.steps)),
        "train_rows": run.train_rows,
        "test_rows": run.test_rows,
        "seconds_of_the_whole_run": round(run.seconds, 1),
        "versions": versions(),
        **more,
    }
    (folder / "training.json").write_text(json.dumps(made, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def versions() -> dict[str, str]:
    """The libraries that decide what training gives."""
    packages = {"workbench": "explainability-workbench", **{name: name for name in _LIBRARIES}}
    return {name: version(package) for name, package in packages.items()}


def portable(recipe: Recipe) -> Recipe:
    """The recipe with names in place of this machine's folders.

    Args:
        recipe: As trained.

    Returns:
        A hub id stays as it is.
    """
    named = recipe.with_sources(
        lambda source: (
            source.model_copy(update={"file": Path(source.file).name}) if Path(source.file).is_absolute() else source
        )
    )
    return named.model_copy(update={"base": Path(recipe.base).name if Path(recipe.base).is_absolute() else recipe.base})
