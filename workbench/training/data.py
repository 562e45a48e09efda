"""From a recipe's files to labelled texts for training, validation and test."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from workbench.errors import InputError
from workbench.tables import Row, held_out, match_label, match_labels, read_rows
from workbench.training.hub_data import is_hub, read_hub
from workbench.training.recipe import Recipe, Source

# Apart from the test's, or the validation share would be a part of the test share.
_VALIDATION_SALT = "validation\n"


@dataclass(frozen=True)
class Example:
    """A text, the index of its label, and whether it is held out."""

    text: str
    label: int
    held: bool


@dataclass(frozen=True)
class Data:
    """All texts of a run; no text that decides a split the same way lies on two sides.

    Attributes:
        train: Trained on, in the order of the seed.
        validation: Looked at during training; chooses the weights where training stops early.
        test: Looked at once, at the end.
        left_out: Why rows were left out, to how many.
    """

    train: tuple[Example, ...]
    validation: tuple[Example, ...]
    test: tuple[Example, ...]
    left_out: Counter[str] = field(default_factory=Counter)


def build(recipe: Recipe, folder: Path) -> tuple[list[Example], list[Example]]:
    """The training and the test examples of a recipe; see ``gather``."""
    data = gather(recipe, folder)
    return list(data.train), list(data.test)


def gather(recipe: Recipe, folder: Path) -> Data:
    """Read all texts of a recipe.

    Args:
        recipe: The recipe.
        folder: Where relative files are.

    Returns:
        The texts. What a source holds out is never trained on; it is tested on if the source says so.

    Raises:
        InputError: A file is at fault, or nothing is left to train on.
    """
    left_out: Counter[str] = Counter()
    train: list[Example] = []
    validation: list[Example] = []
    test: list[Example] = []
    for number, source in enumerate(recipe.data):
        pairs = _labelled(source, recipe, folder, left_out)
        seen = [one for row, one in pairs if not one.held and not _validates(row, recipe)]
        validation += [one for row, one in pairs if not one.held and source.split and _validates(row, recipe)]
        kept = _capped(seen, source.cap, random.Random(recipe.seed + number))
        if len(seen) > len(kept):
            left_out[f"beyond the {source.cap} rows that are taken of a label"] += len(seen) - len(kept)
        train += kept * source.repeat
        test += [one for _, one in pairs if one.held and source.split]
    for source in recipe.validation:
        validation += [one for _, one in _labelled(source, recipe, folder, left_out, whole=True)]
    for source in recipe.test:
        test += [one for _, one in _labelled(source, recipe, folder, left_out, whole=True)]
    if not train:
        raise InputError("no rows are left to train on", "check the label column, the mapping and the length limits")
    random.Random(recipe.seed).shuffle(train)
    return Data(tuple(train), tuple(validation), tuple(test), left_out)


def read_source(
    source: Source, folder: Path, *, labelled: bool = True, left_out: Counter[str] | None = None
) -> list[Row]:
    """The rows of one source as they are, whatever its labels.

    Args:
        source: A file, or a data set of the hub.
        folder: Where relative files are.
        labelled: Whether a label column is needed.
        left_out: Told of rows without text.

    Returns:
        The rows.

    Raises:
        InputError: They cannot be read.
    """
    if is_hub(source.file):
        return read_hub(source, labelled=labelled, left_out=left_out)
    return read_rows(
        folder / source.file,
        text=source.text,
        label=source.label,
        key=source.split_by,
        form=source.form,
        header=source.header,
        labelled=labelled,
        left_out=left_out,
    )


def check_labels(recipe: Recipe, data: Data) -> None:
    """Refuse to train on what cannot teach.

    Args:
        recipe: With the labels.
        data: What is trained on.

    Raises:
        InputError: All rows have one label, or a label is on no row.
    """
    counts = Counter(one.label for one in data.train)
    if len(counts) == 1:
        (only,) = counts
        raise InputError(
            f"all {len(data.train)} training rows have one label, {recipe.labels[only]!r}",
            "add rows of another label, or check the label column and the mapping",
        )
    unseen = [label for index, label in enumerate(recipe.labels) if not counts[index]]
    if unseen:
        raise InputError(
            f"the label {unseen[0]!r} is on no training row, so it cannot be learnt",
            "add rows with it, leave it out of the labels, or hold out fewer rows",
        )


def _labelled(
    source: Source, recipe: Recipe, folder: Path, left_out: Counter[str], *, whole: bool = False
) -> list[tuple[Row, Example]]:
    """Rows with the examples made of them; of a ``whole`` source nothing is held out."""
    rows = read_source(source, folder, labelled=source.constant is None, left_out=left_out)
    positions = {label: index for index, label in enumerate(recipe.labels)}
    # A file's numbers are of one code only together.
    meant = match_labels((row.label for row in rows if row.label), recipe.labels) if source.mapping is None else {}
    found = []
    for row in rows:
        value = source.constant or row.label
        reason = _reason(row, value, source)
        if reason or value is None:
            left_out[reason] += 1
            continue
        named = meant.get(value) or match_label(source.mapping[value] if source.mapping else value, recipe.labels)
        held = not whole and held_out(row.key, recipe.test_share, recipe.seed)
        found.append((row, Example(row.text, positions[named], held)))
    return found


def _reason(row: Row, value: str | None, source: Source) -> str:
    """Why a row is left out; empty where it is not."""
    words = len(row.text.split())
    if words < source.min_words:
        return f"shorter than {source.min_words} words"
    if source.max_words is not None and words > source.max_words:
        return f"longer than {source.max_words} words"
    if value is None:
        return "without a label"
    if source.mapping is not None and value not in source.mapping:
        return "with a label that the mapping leaves out"
    return ""


def _validates(row: Row, recipe: Recipe) -> bool:
    return held_out(_VALIDATION_SALT + row.key, recipe.validation_share, recipe.seed)


def _capped(examples: list[Example], cap: int | None, order: random.Random) -> list[Example]:
    """At most ``cap`` examples of each label, drawn at random."""
    if cap is None:
        return examples
    by_label: dict[int, list[Example]] = defaultdict(list)
    for example in examples:
        by_label[example.label].append(example)
    kept = []
    for label in sorted(by_label):
        group = by_label[label]
        kept += group if len(group) <= cap else order.sample(group, cap)
    return kept
