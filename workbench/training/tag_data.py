"""From a recipe's files of tagged words to sentences for training and test."""

from __future__ import annotations

import hashlib
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import InputError
from workbench.tables import held_out
from workbench.training.conll import OUTSIDE, Sentence, Tagged, read_conll
from workbench.training.tag_recipe import TagRecipe, TagSource


@dataclass(frozen=True)
class TagExample:
    """A sentence and what is known of its words.

    Attributes:
        words: The words.
        tags: In BIO, with the checkpoint's types.
        unmarked: Types that any word tagged ``O`` may be of all the same.
    """

    words: tuple[str, ...]
    tags: tuple[str, ...]
    unmarked: tuple[str, ...] = ()


@dataclass(frozen=True)
class TagData:
    """All sentences of a recipe.

    Attributes:
        train: To train on, in the order of training's first pass before the sampler's own.
        test: Held out, by the short name of the file that they are from.
        read: What was read of each file, faults included, by the same names.
    """

    train: tuple[TagExample, ...]
    test: dict[str, tuple[TagExample, ...]]
    read: dict[str, Tagged]

    @property
    def held(self) -> int:
        """How many sentences are held out."""
        return sum(map(len, self.test.values()))


def build_tagged(recipe: TagRecipe, folder: Path) -> TagData:
    """The training and the test sentences of a recipe.

    Args:
        recipe: The recipe.
        folder: Where relative files are.

    Returns:
        The sentences. What a source holds out is never trained on.

    Raises:
        InputError: A file is at fault, or a type fits none of the recipe's.
    """
    train: list[TagExample] = []
    test: dict[str, tuple[TagExample, ...]] = {}
    read: dict[str, Tagged] = {}
    names = short_names([source.file for source in recipe.data])
    for number, (source, name) in enumerate(zip(recipe.data, names, strict=True)):
        _check_unmarked(source, recipe)
        read[name] = found = read_conll(folder / source.file)
        held = _held(found.sentences, source, recipe)
        kept, tested = list[TagExample](), list[TagExample]()
        for sentence, out in zip(found.sentences, held, strict=True):
            tags = _renamed(sentence, source, recipe)
            (tested if out else kept).append(TagExample(sentence.words, tags, source.unmarked))
        if source.cap is not None and len(kept) > source.cap:
            kept = random.Random(recipe.seed + number).sample(kept, source.cap)
        train += kept * source.repeat
        if tested:
            test[name] = tuple(tested)
    random.Random(recipe.seed).shuffle(train)
    return TagData(tuple(train), test, read)


def short_names(files: Sequence[str]) -> list[str]:
    """What to call files without naming the folders of this machine.

    Args:
        files: As a recipe has them.

    Returns:
        For each its path where that is relative, else its last part, with as many folders before it as tell it apart.
    """
    names = []
    for file in files:
        parts = Path(file).parts
        others = [Path(other).parts for other in files if other != file]
        size = next((size for size in range(1, len(parts)) if all(one[-size:] != parts[-size:] for one in others)), 1)
        names.append("/".join(parts[-size:]) if Path(file).is_absolute() else file)
    return names


def _held(sentences: Sequence[Sentence], source: TagSource, recipe: TagRecipe) -> list[bool]:
    """Which sentences are held out: by a hash of their words, or with their whole document by a hash of its words.

    Documents are few and of unlike length, so that as many are taken, in the order of their hash, as make up the share.
    """
    if not source.split or not recipe.test_share:
        return [False] * len(sentences)
    if source.split_by == "sentence":
        return [held_out(" ".join(one.words), recipe.test_share, recipe.seed) for one in sentences]
    documents: dict[int, list[str]] = defaultdict(list)
    for one in sentences:
        documents[one.document] += one.words
    order = sorted(documents, key=lambda place: _digest(documents[place], recipe.seed))
    sizes = Counter(one.document for one in sentences)
    held, size = set[int](), 0
    for place in order:
        if size >= recipe.test_share * len(sentences):
            break
        held.add(place)
        size += sizes[place]
    return [one.document in held for one in sentences]


def _digest(words: Sequence[str], seed: int) -> str:
    return hashlib.sha256(f"{seed}\n{' '.join(words)}".encode("utf-8", "surrogatepass")).hexdigest()


def _renamed(sentence: Sentence, source: TagSource, recipe: TagRecipe) -> tuple[str, ...]:
    """The tags with the checkpoint's types."""
    tags = []
    for tag in sentence.tags:
        kind = tag[2:]
        named = source.mapping.get(kind, kind)
        if tag != OUTSIDE and named and named not in recipe.types:
            raise InputError(
                f"the type {named[:40]!r} of {Path(source.file).name} (line {sentence.line}) is none of "
                f"{', '.join(recipe.types)}",
                "map it to one of these, or to the empty string where it is no entity",
            )
        tags.append(OUTSIDE if tag == OUTSIDE or not named else f"{tag[:2]}{named}")
    return tuple(tags)


def _check_unmarked(source: TagSource, recipe: TagRecipe) -> None:
    for kind in source.unmarked:
        if kind not in recipe.types:
            raise InputError(
                f"{Path(source.file).name} is said not to mark {kind[:40]!r}, which is none of the recipe's types",
                f"choose from {', '.join(recipe.types)}",
            )
