"""``workbench train`` and ``workbench evaluate``."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workbench.cli import tagging
from workbench.cli.common import CHECKPOINT_HELP, SEED, Number, load
from workbench.cli.output import Meter, emit, table
from workbench.cli.training_runs import data_lines, estimate_lines, work_on
from workbench.errors import InputError

if TYPE_CHECKING:
    from workbench.training.recipe import Recipe, Source

_WEIGHTS = {"none": 0.0, "root": 0.5, "balanced": 1.0}
_FILE = click.Path(path_type=Path)
_TAGGER_SETTINGS = (
    "base",
    "seed",
    "test_share",
    "epochs",
    "learning_rate",
    "warmup",
    "batch_size",
    "max_tokens",
    "lora_rank",
)


class _Power(click.ParamType[float]):
    """A name or a number from 0 to 1."""

    name = "weights"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        try:
            found = _WEIGHTS.get(value, value)
            number = float(found)
        except ValueError:
            number = -1.0
        if not 0 <= number <= 1:
            self.fail(f"{value!r} is none of {', '.join(_WEIGHTS)}, nor a number from 0 to 1", param, ctx)
        return number


_task_option = click.option(
    "--task",
    type=click.Choice(["classification", "entities"]),
    help="What the checkpoint does; by default what the recipe says, else classification.",
)
_map_option = click.option(
    "--map", "pairs", multiple=True, metavar="FROM=TO", help="For entities: a type of the files and its new name."
)


@click.command()
@click.option("--recipe", type=_FILE, metavar="TOML", help="Everything in one file, as for the bundled checkpoints.")
@click.option("--data-folder", type=_FILE, default=Path(), help="Where a recipe's files are.")
@_task_option
@_map_option
@click.option(
    "--data",
    "files",
    multiple=True,
    type=_FILE,
    metavar="F",
    help="Labelled texts: csv, tsv (that of SST-2 too), jsonl or parquet; repeatable.",
)
@click.option(
    "--dataset",
    "datasets",
    multiple=True,
    metavar="HUB",
    help="A data set of the hub: owner/name, or with @revision.",
)
@click.option("--dataset-config", metavar="NAME", help="Which configuration of it.")
@click.option("--dataset-split", default="train", show_default=True, metavar="NAME", help="Which split of it.")
@click.option(
    "--validation", "validation", multiple=True, type=_FILE, metavar="F", help="Looked at during training; repeatable."
)
@click.option("--test", "test", multiple=True, type=_FILE, metavar="F", help="Looked at at the end; repeatable.")
@click.option(
    "--text-column", "columns", multiple=True, metavar="COLUMN", help="Column of the text; repeat to join several."
)
@click.option("--label-column", metavar="COLUMN", help="Column of the label.")
@click.option(
    "--label",
    "labels",
    multiple=True,
    help="A label, in the order wanted; by default those of base or data.",
)
@click.option(
    "--label-name", "names", multiple=True, metavar="VALUE=NAME", help="What a label of the file is to be called."
)
@click.option(
    "--base", metavar="C", help="Start from: a bundled name, a folder or a hub id; by default the bundled encoder."
)
@click.option("--output", type=_FILE, metavar="DIR", help="New folder for the checkpoint.")
@click.option(
    "--snapshot",
    "snapshots",
    multiple=True,
    metavar="SHARE=DIR",
    help="Also save the run's state after this share of its steps.",
)
@click.option("--full/--lora", default=None, help="Train all weights, or adapters (the default).")
@click.option("--epochs", type=Number(0, min_open=True), help="Passes over the data.")
@click.option(
    "--learning-rate",
    type=Number(0, min_open=True),
    help="At its peak; 6e-4 for adapters, 5e-5 else.",
)
@click.option("--warmup", type=Number(0, 1), help="Share of the steps until that peak.")
@click.option("--batch-size", type=click.IntRange(1), help="Texts a step.")
@click.option("--max-tokens", "--max-length", type=click.IntRange(3), help="Longer texts are cut in training.")
@click.option("--lora-rank", type=click.IntRange(0), help="Rank of the adapters; 0 trains all weights.")
@click.option(
    "--class-weights",
    "class_weight_power",
    type=_Power(),
    metavar="none|root|balanced",
    help="How much more rare labels weigh; or the power, 0 to 1.",
)
@click.option("--label-smoothing", type=Number(0, 1, max_open=True), help="Share of the target that is spread.")
@click.option(
    "--early-stopping", "patience", type=click.IntRange(0), metavar="N", help="Stop after N looks without a better one."
)
@click.option("--metric", type=click.Choice(["loss", "accuracy", "macro_f1"]), help="What tells which look is better.")
@click.option("--evaluations", type=click.IntRange(1), help="Looks at the validation texts in an epoch.")
@click.option("--test-share", type=Number(0, 1, max_open=True), help="Share of the texts held out.")
@click.option(
    "--validation-share", type=Number(0, 1, max_open=True), help="Share of the others to look at in training."
)
@click.option("--seed", type=SEED, help="Of the split, the order and the new weights.")
@click.option("--licence", metavar="NAME", help="Of the data, for the model card.")
@click.option("--inspect", "inspects", is_flag=True, help="Only say what the data is like.")
@click.option("--estimate", "estimates", is_flag=True, help="Only say how long it will take and how much memory.")
@click.option("--background", is_flag=True, help="Train in a process of its own and print the run's id.")
@click.option("--resume", metavar="RUN", help="Go on with a run that was interrupted.")
def train(
    task: str | None,
    pairs: tuple[str, ...],
    recipe: Path | None,
    data_folder: Path,
    resume: str | None,
    output: Path | None,
    snapshots: tuple[str, ...],
    inspects: bool,
    estimates: bool,
    background: bool,
    licence: str | None,
    **given: Any,
) -> None:
    """Fine-tune a classifier on labelled texts with transformers' Trainer, or a tagger on files of tagged words.

    \b
    Examples:
      workbench train --data reviews.csv --inspect
      workbench train --data reviews.csv --output my-stars
      workbench train --data train.tsv --validation dev.tsv --early-stopping 2 --output sst2 --background
      workbench train --dataset stanfordnlp/sst2 --full --base distilbert/distilbert-base-uncased --output sst2
      workbench train --recipe stars.toml --data-folder data --output stars --snapshot 0.1=stars-early
      workbench train --resume last
      workbench train --task entities --data words.conll --map person=PER --map group=ORG --output my-entities
    """
    if resume is not None:
        return _resume(resume, background)
    if tagging.wanted(task, recipe):
        others = {"snapshots": snapshots, "inspects": inspects, "estimates": estimates, "background": background}
        return _train_tagger(recipe, data_folder, output, pairs, given, others | {"licence": licence})
    if pairs:
        raise InputError("--map is for --task entities", "leave it out")
    if (recipe is None) is (not given["files"] and not given["datasets"]):
        raise InputError("there is nothing to train on", "give either --recipe or --data")
    if output is None and not (inspects or estimates):
        raise InputError("there is no folder for the checkpoint", "name a new one with --output")
    plan = _from_recipe(recipe, given) if recipe else _from_options(given)
    if output is None or inspects or estimates:
        return _look(plan, data_folder, inspects, estimates)
    from workbench.services.training import plan_run

    made = plan_run(
        plan,
        output,
        data_folder=data_folder,
        snapshots=tuple(map(_snapshot, snapshots)),
        command=_recipe_command(recipe, output, given) if recipe else None,
        licence=licence,
    )
    _go(made.id, background)
    return None


@click.command()
@_task_option
@_map_option
@click.option(
    "--recipe", type=click.Path(path_type=Path), metavar="TOML", help="For entities: measure on what it holds out."
)
@click.option("--data-folder", type=click.Path(path_type=Path), default=Path(), help="Where a recipe's files are.")
@click.option(
    "--file",
    type=click.Path(path_type=Path),
    help="Labelled texts: csv, tsv, jsonl or parquet; for entities tagged words, a word a line.",
)
@click.option("--checkpoint", "names", multiple=True, metavar="C", help=f"{CHECKPOINT_HELP} Repeatable.")
@click.option(
    "--text-column", "columns", multiple=True, metavar="COLUMN", help="Column of the text; repeat to join several."
)
@click.option("--label-column", metavar="COLUMN", help="Column of the label.")
@click.option(
    "--held-out",
    "share",
    type=Number(0, 1),
    metavar="SHARE",
    help="Only the share that training with --seed held out.",
)
@click.option("--seed", type=SEED, default=13, show_default=True, help="Of the split.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def evaluate(
    task: str | None,
    pairs: tuple[str, ...],
    recipe: Path | None,
    data_folder: Path,
    file: Path | None,
    names: tuple[str, ...],
    columns: tuple[str, ...],
    label_column: str | None,
    share: float | None,
    seed: int,
    form: str,
) -> None:
    """Measure checkpoints on labelled texts, or taggers on files of tagged words.

    \b
    Examples:
      workbench evaluate --file reviews.csv --checkpoint stars --checkpoint stars-early --format json
      workbench evaluate --task entities --file words.conll --checkpoint entities
    """
    if tagging.wanted(task, recipe):
        plan = tagging.measuring(recipe, file, pairs, share, seed)
        tagging.evaluate(names or ("entities",), plan, data_folder, form)
        return
    if file is None or pairs:
        raise InputError("there is nothing to measure on", "give --file; --map and --recipe are for --task entities")
    from workbench import services
    from workbench.tables import held_out, read_rows

    rows = read_rows(file, text=columns, label=label_column, labelled=True)
    if share is not None:
        rows = [row for row in rows if held_out(row.key, share, seed)]
    meter = Meter()
    results = []
    for name in names or ("stars",):
        loaded = load(name)
        results.append(services.evaluate(loaded, rows, progress=partial(meter, name)))
    meter.close()
    if form == "json":
        emit(json.dumps({"checkpoints": [result.model_dump() for result in results]}, indent=2) + "\n")
        return
    fields = ["name", "rows", "accuracy", "off_by_one", "mae", "macro_f1", "ece"]
    emit(table(fields, [[getattr(result, field) for field in fields] for result in results]))


def _resume(run: str, background: bool) -> None:
    from workbench.training import runs

    found = runs.folder(run).name
    if not background:
        runs.reopen(found)
    _go(found, background)


def _go(run: str, background: bool) -> None:
    if not background:
        return work_on(run)
    from workbench.training import runs

    runs.start(run)
    sys.stderr.write(f"watch it with: workbench training watch {run}\n")
    return emit(f"{run}\n")


def _look(recipe: Recipe, data_folder: Path, inspects: bool, estimates: bool) -> None:
    from workbench.services.training_setup import estimate_run, inspect_data

    if inspects:
        emit(data_lines(inspect_data(recipe, data_folder=data_folder)))
    if estimates:
        emit(estimate_lines(estimate_run(recipe, data_folder=data_folder)))


_SOURCES = ("files", "datasets", "dataset_config", "dataset_split", "validation", "test", "columns", "label_column")


def _changes(given: dict[str, Any]) -> dict[str, Any]:
    """The options that are fields of the recipe."""
    full = given["full"]
    if full is not None and given["lora_rank"] is not None and full is bool(given["lora_rank"]):
        raise InputError("--lora-rank contradicts --full or --lora", "give one of them")
    rank = given["lora_rank"] if given["lora_rank"] is not None else 0 if full else None
    others = (*_SOURCES, "labels", "names", "base", "full")
    return {name: value for name, value in given.items() if name not in others and value is not None} | (
        {} if rank is None else {"lora_rank": rank}
    )


def _from_recipe(file: Path, given: dict[str, Any]) -> Recipe:
    from workbench.training.recipe import read_recipe

    base = {"base": given["base"]} if given["base"] else {}
    found = read_recipe(file)
    return found.model_copy(update=_changes(given) | base)


def _recipe_command(recipe: Path, output: Path, given: dict[str, Any]) -> str:
    words = ["workbench", "train", "--recipe", recipe.name, "--data-folder", "DATA", "--output", output.name]
    names = {"class_weight_power": "class-weights", "patience": "early-stopping"}
    for name, value in _changes(given).items():
        words += [f"--{names.get(name, name.replace('_', '-'))}", str(value)]
    return shlex.join([*words, *(["--base", Path(given["base"]).name] if given["base"] else [])])


def _train_tagger(
    recipe: Path | None,
    data_folder: Path,
    output: Path | None,
    pairs: Sequence[str],
    given: dict[str, Any],
    others: dict[str, Any],
) -> None:
    """Train a tagger; what only classifiers of texts have is refused."""
    taken = {"files", "labels", "dataset_split", *_TAGGER_SETTINGS}
    foreign = [name for name, value in (given | others).items() if value not in (None, (), False) and name not in taken]
    if foreign:
        typed = {option.name: option.opts[0] for option in click.get_current_context().command.params}
        raise InputError(f"{typed[foreign[0]]} is for classifiers of texts", "leave it out for entities")
    if output is None:
        raise InputError("there is no folder for the checkpoint", "name a new one with --output")
    settings = {name: given[name] for name in _TAGGER_SETTINGS}
    tagging.train(tagging.plan(recipe, given["files"], given["labels"], pairs, settings), data_folder, output)


def _from_options(given: dict[str, Any]) -> Recipe:
    """A recipe from the command line's own options."""
    from workbench.services.training_setup import make_recipe
    from workbench.training.recipe import Source

    columns, label = given["columns"], given["label_column"]

    def sources(files: Sequence[Path]) -> list[Source]:
        return [Source(file=str(file.resolve()), text=columns, label=label) for file in files]

    hub = [
        Source(
            file=f"hub:{name}", text=columns, label=label, part=given["dataset_split"], config=given["dataset_config"]
        )
        for name in given["datasets"]
    ]
    return make_recipe(
        [*sources(given["files"]), *hub],
        base=given["base"],
        labels=given["labels"],
        names=dict(map(_name, given["names"])),
        validation=sources(given["validation"]),
        test=sources(given["test"]),
        **_changes(given),
    )


def _name(pair: str) -> tuple[str, str]:
    value, equals, name = pair.partition("=")
    if not (value and equals and name):
        raise InputError(f"{pair!r} names no label", "write it as 0=NEGATIVE")
    return value, name


def _snapshot(pair: str) -> tuple[float, Path]:
    share, equals, folder = pair.partition("=")
    try:
        number = float(share)
    except ValueError:
        number = 0.0
    if not (equals and folder and 0 < number < 1):
        raise InputError(f"{pair!r} is no snapshot", "write it as 0.1=FOLDER")
    return number, Path(folder)
