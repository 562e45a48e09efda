"""A recipe of a checkpoint that finds named entities."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator

from workbench.schema import Frozen
from workbench.training.recipe import parsed

TASK = "entities"


class TagSource(Frozen):
    """One file of tagged words.

    Attributes:
        file: Path, relative ones from the data folder; one that starts with ``./`` from the recipe's.
        mapping: The file's types to the checkpoint's; a type that maps to the empty string is no entity here. Types
            that are left out keep their name.
        unmarked: Types of the checkpoint that this file does not mark where they occur: an ``O`` of it may be one of
            these, and the loss leaves open which.
        cap: At most so many training sentences.
        repeat: How often each training sentence is seen in one pass.
        split: Whether the held-out share of this file is kept for the test; else all of it is trained on.
        split_by: Whether whole documents are held out, or single sentences.
    """

    file: str
    mapping: dict[str, str] = Field(default_factory=dict)
    unmarked: tuple[str, ...] = ()
    cap: Annotated[int, Field(gt=0)] | None = None
    repeat: Annotated[int, Field(gt=0)] = 1
    split: bool = True
    split_by: Literal["document", "sentence"] = "document"


class TagRecipe(Frozen):
    """All that decides a training run of a tagger.

    Attributes:
        task: Tells the recipe from that of a classifier of texts.
        base: Folder or hub id of the encoder; a relative folder counts from the recipe.
        types: Of the entities; the labels are ``O`` and for each type ``B-`` and ``I-``.
        data: The files.
        seed: Of the split, the order, the dropout and the new weights.
        test_share: Share of the sentences held out.
        epochs: Passes over the data.
        learning_rate: At the peak, reached after ``warmup`` of the steps, then falling linearly.
        batch_size: Sentences a step.
        max_tokens: Longer sentences are cut in training (not in use).
        lora_rank: Rank of the adapters on all linear layers of the encoder; 0 trains all weights.
        pieces: Which pieces of a word carry its tag in training: the ``first`` alone, or ``all``, where those behind
            the first of an entity's first word carry ``I-``.
    """

    task: Literal["entities"] = "entities"
    base: str
    types: tuple[str, ...] = Field(min_length=1)
    data: tuple[TagSource, ...] = Field(min_length=1)
    seed: int = 13
    test_share: Annotated[float, Field(ge=0, le=1)] = 0.1
    epochs: Annotated[float, Field(gt=0)] = 4.0
    learning_rate: Annotated[float, Field(gt=0)] = 6e-4
    warmup: Annotated[float, Field(ge=0, le=1)] = 0.06
    batch_size: Annotated[int, Field(gt=0)] = 16
    max_tokens: Annotated[int, Field(gt=2)] = 128
    lora_rank: Annotated[int, Field(ge=0)] = 16
    pieces: Literal["first", "all"] = "first"

    @field_validator("types")
    @classmethod
    def _each_once(cls, types: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(types)) < len(types):
            raise ValueError("a type is named twice")
        return types

    @property
    def labels(self) -> tuple[str, ...]:
        """In the order of the logits."""
        return ("O", *(f"{place}-{kind}" for kind in self.types for place in "BI"))


def is_tag_recipe(file: Path) -> bool:
    """Whether a recipe is one for named entities.

    Args:
        file: The recipe.

    Returns:
        What it says under ``task``; false for a file that cannot be read, which its own reader tells.
    """
    try:
        return tomllib.loads(file.read_text(encoding="utf-8")).get("task") == TASK
    except (OSError, ValueError):
        return False


def read_tag_recipe(file: Path) -> TagRecipe:
    """Read a recipe from a TOML file.

    Args:
        file: The file.

    Returns:
        The recipe, its base resolved from the file's folder where it is a folder.

    Raises:
        InputError: The file is missing or says something that is no recipe.
    """
    recipe: TagRecipe = parsed(TagRecipe, file)
    beside = (file.parent / recipe.base).resolve()
    data = tuple(source.model_copy(update={"file": _placed(source.file, file.parent)}) for source in recipe.data)
    return recipe.model_copy(update={"base": str(beside) if beside.is_dir() else recipe.base, "data": data})


def _placed(name: str, folder: Path) -> str:
    return str((folder / name).resolve()) if name.startswith("./") else name
