"""``workbench train`` and ``workbench evaluate`` for named entities."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli.output import Meter, emit, printable, table
from workbench.errors import InputError

if TYPE_CHECKING:
    from workbench.training.tag_data import TagData
    from workbench.training.tag_recipe import TagRecipe
    from workbench.training.tag_scoring import SpanScores

_SHOWN = 5  # faults a file


def wanted(task: str | None, recipe: Path | None) -> bool:
    """Whether a command is about named entities.

    Args:
        task: As typed, if it was.
        recipe: The recipe, if there is one.

    Returns:
        What the option says, else the recipe.

    Raises:
        InputError: The two differ, or the recipe cannot be read.
    """
    from workbench.training.tag_recipe import TASK, is_tag_recipe

    told = recipe is not None and is_tag_recipe(recipe)
    if recipe is not None and task is not None and (task == TASK) is not told:
        raise InputError(f"{recipe} is no recipe for the task {task}", "leave --task out or choose another recipe")
    return told or task == TASK


def plan(
    recipe: Path | None,
    files: Sequence[Path],
    types: Sequence[str],
    pairs: Sequence[str],
    settings: Mapping[str, object],
) -> TagRecipe:
    """A recipe from a file, or from the command line's own options.

    Args:
        recipe: The recipe's file.
        files: Tagged words, where there is no recipe.
        types: Of the entities, in the order wanted; by default those of the files, sorted.
        pairs: ``FROM=TO``, of types.
        settings: Further settings, which go before those of the recipe; none for what was not given.

    Returns:
        The recipe.

    Raises:
        InputError: A file or an option is at fault.
    """
    from workbench import resources
    from workbench.training.conll import read_conll
    from workbench.training.tag_recipe import TagRecipe, TagSource, read_tag_recipe

    if (recipe is None) is (not files):
        raise InputError("there are no files, or both files and a recipe", "give either the files or --recipe")
    given = {name: value for name, value in settings.items() if value is not None}
    if recipe is not None:
        if types or pairs:
            raise InputError("a recipe names its types itself", "leave out --label and --map")
        return read_tag_recipe(recipe).model_copy(update=given)
    mapping = dict(map(_pair, pairs))
    found = {mapping.get(kind, kind) for file in files for kind in read_conll(file).types} - {""}
    if not (types or found):
        raise InputError("the data has no entity", "check that the last column holds tags such as B-PER")
    encoder = resources.folder("sample_data") / "checkpoints" / "all-MiniLM-L6-v2"
    data = tuple(TagSource(file=str(file.resolve()), mapping=mapping) for file in files)
    made = TagRecipe(base=str(encoder), types=tuple(types) or tuple(sorted(found)), data=data)
    return made.model_copy(update=given)


def measuring(
    recipe: Path | None, file: Path | None, pairs: Sequence[str], share: float | None, seed: int
) -> TagRecipe:
    """What to measure taggers on.

    Args:
        recipe: A recipe's file, whose own split holds.
        file: Tagged words, where there is no recipe.
        pairs: ``FROM=TO``, of types.
        share: Share of the file that training with the seed held out; by default all of it.
        seed: Of that split.

    Returns:
        A recipe that holds out what to measure on.

    Raises:
        InputError: A file or an option is at fault.
    """
    if recipe is not None and share is not None:
        raise InputError("a recipe says itself what it holds out", "leave out --held-out")
    split = {} if recipe else {"test_share": 1.0 if share is None else share, "seed": seed}
    return plan(recipe, [file] if file else [], (), pairs, split)


def train(recipe: TagRecipe, data_folder: Path, output: Path) -> None:
    """Train a tagger, with what was left out of the data, progress and scores on standard error.

    Args:
        recipe: What to train.
        data_folder: Where the recipe's relative files are.
        output: Folder for the checkpoint.
    """
    from workbench.training.tag_data import build_tagged
    from workbench.training.tagging import train_tagger

    data = build_tagged(recipe, data_folder)
    _tell_faults(data)
    meter = Meter()
    made = train_tagger(
        recipe,
        output,
        data_folder=data_folder,
        data=data,
        progress=lambda done, total, loss: meter(f"train, loss {loss or 0:.3f}", done, total),
    )
    meter.close()
    sys.stderr.write(
        f"{made.steps} steps on {made.train_sentences} sentences in {made.seconds:.0f} s, mean loss {made.loss:.4f}\n"
    )
    if made.scores:
        sys.stderr.write(_table({str(made.output): made.scores}))
    emit(f"{made.output}\n")


def evaluate(names: Sequence[str], recipe: TagRecipe, data_folder: Path, form: str) -> None:
    """Measure taggers on what a recipe holds out.

    Args:
        names: Of the checkpoints.
        recipe: With the files and the held-out share.
        data_folder: Where the recipe's relative files are.
        form: ``table`` or ``json``.

    Raises:
        InputError: A file is at fault, or nothing is held out.
    """
    from workbench.checkpoints import find
    from workbench.training.tag_data import build_tagged
    from workbench.training.tagging import measure_saved

    data = build_tagged(recipe, data_folder)
    _tell_faults(data)
    if not data.test:
        raise InputError("there is nothing to measure on", "choose a larger held-out share")
    results = {name: measure_saved(find(name), data.test) for name in names}
    if form == "table":
        emit(_table(results))
        return
    found = [
        {"name": name, "files": {file: one.model_dump(mode="json") for file, one in scores.items()}}
        for name, scores in results.items()
    ]
    emit(json.dumps({"checkpoints": found}, indent=2) + "\n")


def _table(results: Mapping[str, Mapping[str, SpanScores]]) -> str:
    rows = [
        [name, file, kind, one.precision, one.recall, one.f1, one.support]
        for name, scores in results.items()
        for file, all_scores in scores.items()
        for kind, one in [*all_scores.types.items(), ("all", all_scores.micro)]
    ]
    return table(["checkpoint", "file", "type", "precision", "recall", "f1", "entities"], rows)


def _tell_faults(data: TagData) -> None:
    for file, read in data.read.items():
        if read.faults:
            first = "; ".join(f"line {one.number}: {printable(one.reason)}" for one in read.faults[:_SHOWN])
            more = f"; and {len(read.faults) - _SHOWN} more" if len(read.faults) > _SHOWN else ""
            sys.stderr.write(f"{file}: left out {read.left_out} of the sentences ({first}{more})\n")


def _pair(pair: str) -> tuple[str, str]:
    kind, equals, named = pair.partition("=")
    if not (kind and equals):
        raise InputError(f"{pair!r} maps no type", "write it as person=PER, or as product= for what is no entity")
    return kind, named
