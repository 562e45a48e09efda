"""A recipe says what a checkpoint is made of, whole: base, data, labels, settings, seed."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from workbench.errors import InputError
from workbench.schema import Frozen


class Source(Frozen):
    """One file of training data.

    Attributes:
        file: Path, relative ones from the data folder; one that starts with ``./`` from the recipe's; or a data set of
            the hub as ``hub:owner/name``, with ``@revision`` where it matters.
        part: Which split of a data set of the hub.
        config: Which configuration of it, where it has several.
        form: Format, where the suffix does not tell it.
        header: Whether a csv or tsv file starts with column names.
        text: Columns that make up the text, joined as sentences.
        label: Column of the label.
        constant: One label for every row, instead of a column.
        mapping: The file's labels to the checkpoint's; a row whose label maps to nothing is left out.
        cap: At most so many training rows of each label.
        min_words: Shorter texts are left out.
        max_words: Longer texts are left out.
        repeat: How often each training row is seen in one pass.
        split: Whether the held-out share of this file is kept for the test.
        split_by: Columns that decide the split, where not those of the text.
    """

    file: str
    part: str = "train"
    config: str | None = None
    form: str | None = None
    header: bool = True
    text: tuple[str, ...] = ()
    label: str | None = None
    constant: str | None = None
    mapping: dict[str, str] | None = None
    cap: Annotated[int, Field(gt=0)] | None = None
    min_words: int = 0
    max_words: int | None = None
    repeat: Annotated[int, Field(gt=0)] = 1
    split: bool = True
    split_by: tuple[str, ...] = ()


class Recipe(Frozen):
    """All that decides a training run.

    Attributes:
        base: Folder or hub id of the encoder; a relative folder counts from the recipe.
        labels: In the order of the logits.
        data: The files.
        validation: Files that are looked at during training, whole.
        test: Files that are looked at once, at the end, whole.
        seed: Of the split, the order, the dropout and the new weights.
        test_share: Share of the texts held out for the end.
        validation_share: Share of the others held out to look at during training.
        evaluations: How often in an epoch the validation texts are looked at.
        metric: What tells the best weights on them.
        patience: Training stops after so many looks without a better one, and the best weights are kept; 0 never, and
            the last weights are kept.
        epochs: Passes over the data.
        learning_rate: At the peak, reached after ``warmup`` of the steps, then falling linearly.
        batch_size: Texts a step.
        max_tokens: Longer texts are cut in training (not in use).
        lora_rank: Rank of the adapters on all linear layers of the encoder; 0 trains all weights.
        class_weight_power: Labels weigh (rows / rows of the label) to this power in the loss: 0 not at all, 1 fully.
        label_smoothing: Share of the target spread evenly over all labels.
    """

    base: str
    labels: tuple[str, ...] = Field(min_length=2)
    data: tuple[Source, ...] = Field(min_length=1)
    seed: int = 13
    validation: tuple[Source, ...] = ()
    test: tuple[Source, ...] = ()
    test_share: Annotated[float, Field(ge=0, lt=1)] = 0.1
    validation_share: Annotated[float, Field(ge=0, lt=1)] = 0.0
    evaluations: Annotated[int, Field(gt=0)] = 2
    metric: Literal["loss", "accuracy", "macro_f1"] = "loss"
    patience: Annotated[int, Field(ge=0)] = 0
    epochs: Annotated[float, Field(gt=0)] = 1.0
    learning_rate: Annotated[float, Field(gt=0)] = 6e-4
    warmup: Annotated[float, Field(ge=0, le=1)] = 0.06
    batch_size: Annotated[int, Field(gt=0)] = 16
    max_tokens: Annotated[int, Field(gt=2)] = 128
    lora_rank: Annotated[int, Field(ge=0)] = 16
    class_weight_power: Annotated[float, Field(ge=0, le=1)] = 0.5
    label_smoothing: Annotated[float, Field(ge=0, lt=1)] = 0.0

    def with_sources(self, change: Callable[[Source], Source]) -> Recipe:
        """The same recipe on other sources.

        Args:
            change: What becomes of each.

        Returns:
            The recipe.
        """
        parts = {name: tuple(map(change, getattr(self, name))) for name in ("data", "validation", "test")}
        return self.model_copy(update=parts)


# What is usual where nothing else is asked for: adapters have few weights and take larger steps.
LORA_DEFAULTS = {"lora_rank": 16, "learning_rate": 6e-4}
FULL_DEFAULTS = {"lora_rank": 0, "learning_rate": 5e-5}


def parsed(kind: type[Frozen], file: Path) -> Any:
    """What a TOML file says, as a recipe of the given kind.

    Args:
        kind: The class of the recipe.
        file: The file.

    Returns:
        The recipe, its paths as they stand there.

    Raises:
        InputError: The file is missing or says something that is no such recipe.
    """
    try:
        content: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
        return kind.model_validate(content)
    except FileNotFoundError:
        raise InputError(f"there is no recipe {file}", "check the path") from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{file} is no TOML ({error})", "mend it") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "recipe"
        raise InputError(f"{file} is no recipe ({place}: {first['msg']})", "see the recipes in sample_data") from None


def read_recipe(file: Path) -> Recipe:
    """Read a recipe from a TOML file.

    Args:
        file: The file.

    Returns:
        The recipe, its base resolved from the file's folder where it is a folder.

    Raises:
        InputError: The file is missing or says something that is no recipe.
    """
    recipe: Recipe = parsed(Recipe, file)
    beside = (file.parent / recipe.base).resolve()
    base = str(beside) if beside.is_dir() else recipe.base
    return recipe.model_copy(update={"base": base}).with_sources(
        lambda source: source.model_copy(update={"file": _placed(source.file, file.parent)})
    )


def _placed(name: str, folder: Path) -> str:
    return str((folder / name).resolve()) if name.startswith("./") else name
