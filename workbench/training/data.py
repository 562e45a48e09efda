"""From a recipe's files to labelled texts for training and test."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import InputError
from workbench.tables import held_out, match_label, read_rows
from workbench.training.recipe import Recipe, Source


@dataclass(frozen=True)
class Example:
    """A text, the index of its label, and whether it is held out."""

    text: str
    label: int
    held: bool


def build(recipe: Recipe, folder: Path) -> tuple[list[Example], list[Example]]:
    """The training and the test examples of a recipe.

    Args:
        recipe: The recipe.
        folder: Where relative files are.

    Returns:
        Training and test examples. What a source holds out is never trained on; it is tested on if the source says so.

    Raises:
        InputError: A file is at fault, or nothing is left to train on.
    """
    train: list[Example] = []
    test: list[Example] = []
    for number, source in enumerate(recipe.data):
        examples = _labelled(source, recipe, folder)
        kept = [example for example in examples if not example.held]
        train += _capped(kept, source.cap, random.Random(recipe.seed + number)) * source.repeat
        test += [example for example in examples if example.held and source.split]
    if not train:
        raise InputError("no rows are left to train on", "check the label column, the mapping and the length limits")
    random.Random(recipe.seed).shuffle(train)
    return train, test


def _labelled(source: Source, recipe: Recipe, folder: Path) -> list[Example]:
    rows = read_rows(
        folder / source.file,
        text=source.text,
        label=source.label,
        key=source.split_by,
        form=source.form,
        header=source.header,
        labelled=source.constant is None,
    )
    positions = {label: index for index, label in enumerate(recipe.labels)}
    examples = []
    for row in rows:
        words = len(row.text.split())
        if words < source.min_words or (source.max_words is not None and words > source.max_words):
            continue
        value = source.constant or row.label
        if value is None or (source.mapping is not None and value not in source.mapping):
            continue
        named = source.mapping[value] if source.mapping is not None else value
        held = held_out(row.key, recipe.test_share, recipe.seed)
        examples.append(Example(row.text, positions[match_label(named, recipe.labels)], held))
    return examples


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
