"""From what a user chooses to a recipe, and what can be said of it before it is trained."""

from __future__ import annotations

import math
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from workbench import resources
from workbench.checkpoints import find
from workbench.checkpoints.architecture import token_limit
from workbench.errors import InputError
from workbench.tables import match_labels
from workbench.training.data import gather, read_source
from workbench.training.estimating import Estimate
from workbench.training.hub_data import is_hub
from workbench.training.inspecting import Inspection, describe
from workbench.training.modelling import base_labels, check_base, load_tokenizer
from workbench.training.recipe import FULL_DEFAULTS, LORA_DEFAULTS, Recipe, Source
from workbench.training.recording import portable

_VALIDATION_SHARE = 0.1
_LABELS = 200


def make_recipe(
    sources: Sequence[Source],
    *,
    base: str | None = None,
    labels: Sequence[str] = (),
    names: Mapping[str, str] | None = None,
    validation: Sequence[Source] = (),
    test: Sequence[Source] = (),
    data_folder: Path = Path(),
    **settings: Any,
) -> Recipe:
    """A recipe with what is usual where nothing else is asked for.

    Args:
        sources: What is trained on.
        base: A bundled name, a folder or a hub id; by default the bundled encoder.
        labels: In the order wanted. By default those of the base where the data has just these, else those of the data,
            numbers by size and other names by alphabet.
        names: What the labels of the files are to be called.
        validation: Looked at during training.
        test: Looked at at the end.
        data_folder: Where relative files are.
        settings: Fields of the recipe; those that are none are left to the defaults, by which adapters take other steps
            than all weights, files for validation or test take the place of a test share, and stopping early holds out
            a share where there is no file for it.

    Returns:
        The recipe.

    Raises:
        InputError: A file is at fault, or has fewer than two labels.
        CheckpointError: The base cannot be found.
    """
    chosen = base or str(resources.folder("sample_data") / "checkpoints" / "all-MiniLM-L6-v2")
    parts = [list(sources), list(validation), list(test)]
    found = _found(parts[0], data_folder)
    if names:
        everywhere = {*found, *_found([*validation, *test], data_folder)}
        mapping = {value: names.get(value, value) for value in sorted(everywhere)}
        parts = [[one.model_copy(update={"mapping": mapping}) for one in part] for part in parts]
        found = list(dict.fromkeys(mapping[value] for value in [*names, *found] if value in mapping))
    ordered = tuple(labels) or _ordered(found, find(chosen), bool(names))
    if len(ordered) < 2:
        raise InputError("the data has fewer than two labels", "check --label-column")
    if len(ordered) > _LABELS:
        raise InputError(f"the data has {len(ordered):,} labels", "check --label-column")
    given = {name: value for name, value in settings.items() if value is not None}
    usual: dict[str, Any] = dict(FULL_DEFAULTS if given.get("lora_rank") == 0 else LORA_DEFAULTS)
    if validation or test:
        usual["test_share"] = 0.0
    if given.get("patience") and not validation:
        usual["validation_share"] = _VALIDATION_SHARE
    data, looked, last = (tuple(part) for part in parts)
    return Recipe(base=chosen, labels=ordered, data=data, validation=looked, test=last, **(usual | given))


def inspect_data(recipe: Recipe, *, data_folder: Path = Path()) -> Inspection:
    """What the data of a recipe is like, lengths in tokens of its base included.

    Args:
        recipe: The recipe.
        data_folder: Where relative files are.

    Returns:
        Counts, lengths and findings.

    Raises:
        InputError: A file cannot be read.
        CheckpointError: The base cannot be used.
    """
    folder = find(recipe.base)
    check_base(folder)
    tokenizer = load_tokenizer(folder)

    def count(texts: Sequence[str]) -> list[int]:
        return [len(ids) for ids in tokenizer(list(texts), verbose=False, return_attention_mask=False)["input_ids"]]

    return describe(gather(recipe, data_folder), recipe, count=count, limit=_limit(folder, tokenizer))


def estimate_run(recipe: Recipe, *, data_folder: Path = Path()) -> Estimate:
    """How long a run will take and how much memory, by a few real steps; see ``training.estimating``.

    Args:
        recipe: The recipe.
        data_folder: Where relative files are.

    Returns:
        The estimate.

    Raises:
        InputError: A file cannot be read.
        CheckpointError: The base cannot be used.
    """
    from workbench.training.estimating import estimate

    folder = find(recipe.base)
    check_base(folder)
    return estimate(recipe, gather(recipe, data_folder), folder)


def command_line(recipe: Recipe, output: Path) -> str:
    """The command that trains the same, with names in place of this machine's folders.

    Args:
        recipe: As ``make_recipe`` gives it.
        output: Folder of the checkpoint.

    Returns:
        One line for a shell.
    """
    named = portable(recipe)
    words = ["workbench", "train"]
    for source in named.data:
        words += ["--dataset" if is_hub(source.file) else "--data", source.file.removeprefix("hub:")]
    first = named.data[0]
    if is_hub(first.file):
        words += ["--dataset-split", first.part, *(["--dataset-config", first.config] if first.config else [])]
    words += [word for column in first.text for word in ("--text-column", column)]
    words += ["--label-column", first.label] if first.label else []
    for option, sources in (("--validation", named.validation), ("--test", named.test)):
        words += [word for source in sources for word in (option, source.file)]
    words += [word for value, name in (first.mapping or {}).items() for word in ("--label-name", f"{value}={name}")]
    words += [word for label in named.labels for word in ("--label", label)]
    for name in ("epochs", "learning_rate", "warmup", "batch_size", "max_tokens", "lora_rank", "label_smoothing"):
        words += [f"--{name.replace('_', '-')}", f"{getattr(named, name):g}"]
    words += ["--class-weights", f"{named.class_weight_power:g}", "--early-stopping", str(named.patience)]
    words += ["--metric", named.metric, "--evaluations", str(named.evaluations)]
    words += ["--test-share", f"{named.test_share:g}", "--validation-share", f"{named.validation_share:g}"]
    return shlex.join([*words, "--seed", str(named.seed), "--base", named.base, "--output", output.name])


def _found(sources: Sequence[Source], folder: Path) -> list[str]:
    """The labels of some files, the commonest first."""
    counts: Counter[str] = Counter()
    for source in sources:
        counts.update(row.label for row in read_source(source, folder) if row.label)
    return list(counts)


def _ordered(found: Sequence[str], base: Path, named: bool) -> tuple[str, ...]:
    if named:
        return tuple(found)
    own = base_labels(base)
    meant = match_labels(found, own) if own else {}
    if own and None not in meant.values() and set(meant.values()) == set(own):
        return own
    return tuple(sorted(found, key=_rank))


def _rank(label: str) -> tuple[float, str]:
    """Numbers by size, before all else."""
    try:
        number = float(label)
    except ValueError:
        return math.inf, label
    return (number, label) if math.isfinite(number) else (math.inf, label)


def _limit(folder: Path, tokenizer: Any) -> int:
    """The most tokens that a base reads; its weights are not loaded for it."""
    import torch
    import transformers

    from workbench.checkpoints.adapters import adapter_base, is_adapter

    whole = adapter_base(folder) if is_adapter(folder) else folder
    config = transformers.AutoConfig.from_pretrained(whole, trust_remote_code=False, local_files_only=True)
    with torch.device("meta"):
        model = transformers.AutoModelForSequenceClassification.from_config(config)
    return token_limit(model, tokenizer)
