"""A recipe of a checkpoint that finds named entities."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from workbench.schema import Frozen
from workbench.training.recipe import Settings, placed, placed_base, read_toml, validated

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


class TagRecipe(Settings):
    """All that decides a training run of a tagger.

    Attributes:
        task: Tells the recipe from that of a classifier of texts.
        types: Of the entities; the labels are ``O`` and for each type ``B-`` and ``I-``.
        data: The files.
        pieces: Which pieces of a word carry its tag in training: the ``first`` alone, or ``all``, where those behind
            the first of an entity's first word carry ``I-``.
    """

    task: Literal["entities"] = "entities"
    types: tuple[str, ...] = Field(min_length=1)
    data: tuple[TagSource, ...] = Field(min_length=1)
    epochs: Annotated[float, Field(gt=0)] = 4.0
    pieces: Literal["first", "all"] = "first"

    @property
    def labels(self) -> tuple[str, ...]:
        """In the order of the logits."""
        return ("O", *(f"{place}-{kind}" for kind in self.types for place in "BI"))


def is_tag_recipe(file: Path) -> bool:
    """Whether a recipe is one for named entities.

    Args:
        file: The recipe.

    Returns:
        What it says under ``task``.

    Raises:
        InputError: The file is missing or no TOML.
    """
    return read_toml(file).get("task") == TASK


def read_tag_recipe(file: Path) -> TagRecipe:
    """Read a recipe from a TOML file.

    Args:
        file: The file.

    Returns:
        The recipe, its base resolved from the file's folder where it is a folder.

    Raises:
        InputError: The file is missing or says something that is no recipe.
    """
    recipe = validated(TagRecipe, read_toml(file), file)
    data = tuple(source.model_copy(update={"file": placed(source.file, file.parent)}) for source in recipe.data)
    return recipe.model_copy(update={"base": placed_base(recipe.base, file.parent), "data": data})
