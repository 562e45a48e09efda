"""``workbench train`` and ``workbench evaluate``."""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbench.cli import tagging
from workbench.cli.common import CHECKPOINT_HELP, Meter, emit, load, table
from workbench.errors import InputError

if TYPE_CHECKING:
    from workbench.training.recipe import Recipe


_task_option = click.option(
    "--task",
    type=click.Choice(["classification", "entities"]),
    help="What the checkpoint does; by default what the recipe says, else classification.",
)
_map_option = click.option(
    "--map", "pairs", multiple=True, metavar="FROM=TO", help="For entities: a type of the files and its new name."
)


@click.command()
@_task_option
@_map_option
@click.option(
    "--recipe",
    type=click.Path(path_type=Path),
    metavar="TOML",
    help="Everything in one file, as for the bundled checkpoints.",
)
@click.option("--data-folder", type=click.Path(path_type=Path), default=Path(), help="Where a recipe's files are.")
@click.option(
    "--data", "files", multiple=True, type=click.Path(path_type=Path), metavar="F", help="Labelled texts; repeatable."
)
@click.option(
    "--text-column", "columns", multiple=True, metavar="COLUMN", help="Column of the text; repeat to join several."
)
@click.option("--label-column", metavar="COLUMN", help="Column of the label.")
@click.option(
    "--label", "labels", multiple=True, help="A label, in the order wanted; by default those of the data, sorted."
)
@click.option("--base", metavar="C", help="Encoder to start from: a folder or a hub id; by default the bundled one.")
@click.option(
    "--output", required=True, type=click.Path(path_type=Path), metavar="DIR", help="New folder for the checkpoint."
)
@click.option(
    "--snapshot",
    "snapshots",
    multiple=True,
    metavar="SHARE=DIR",
    help="Also save the run's state after this share of its steps.",
)
@click.option("--epochs", type=click.FloatRange(0, min_open=True), help="Passes over the data.")
@click.option("--learning-rate", type=click.FloatRange(0, min_open=True), help="At its peak.")
@click.option("--batch-size", type=click.IntRange(1), help="Texts a step.")
@click.option("--max-tokens", type=click.IntRange(3), help="Longer texts are cut in training.")
@click.option("--lora-rank", type=click.IntRange(0), help="Rank of the adapters; 0 trains all weights.")
@click.option("--test-share", type=click.FloatRange(0, 1, max_open=True), help="Share of the texts held out.")
@click.option("--seed", type=int, help="Of the split, the order and the new weights.")
def train(
    task: str | None,
    pairs: tuple[str, ...],
    recipe: Path | None,
    data_folder: Path,
    files: tuple[Path, ...],
    columns: tuple[str, ...],
    label_column: str | None,
    labels: tuple[str, ...],
    base: str | None,
    output: Path,
    snapshots: tuple[str, ...],
    **changes: float | int | None,
) -> None:
    """Fine-tune a classifier on labelled texts with transformers' Trainer, or a tagger on files of tagged words.

    \b
    Examples:
      workbench train --data reviews.csv --output my-stars
      workbench train --recipe stars.toml --data-folder data --output stars --snapshot 0.1=stars-early
      workbench train --task entities --data words.conll --map person=PER --map group=ORG --output my-entities
    """
    if tagging.wanted(task, recipe):
        if columns or label_column or snapshots:
            raise InputError("columns and snapshots are for classifiers of texts", "leave them out")
        tagging.train(tagging.plan(recipe, files, labels, pairs, changes | {"base": base}), data_folder, output)
        return
    if pairs:
        raise InputError("--map is for --task entities", "leave it out")
    from workbench.training.trainer import train as run_training

    if (recipe is None) is (not files):
        raise InputError("there is nothing to train on", "give either --recipe or --data")
    plan = _from_recipe(recipe) if recipe else _from_files(files, columns, label_column, labels)
    given = {name: value for name, value in changes.items() if value is not None}
    plan = plan.model_copy(update=given | ({"base": base} if base else {}))
    meter = Meter()
    places = [_snapshot(pair) for pair in snapshots]
    made = run_training(
        plan,
        output,
        data_folder=data_folder,
        snapshots=places,
        progress=lambda done, total, loss: meter(f"train, loss {loss or 0:.3f}", done, total),
    )
    meter.close()
    sys.stderr.write(
        f"{made.steps} steps on {made.train_rows} texts in {made.seconds:.0f} s, mean loss {made.loss:.4f}\n"
    )
    emit(f"{made.output}\n")


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
    type=click.FloatRange(0, 1),
    metavar="SHARE",
    help="Only the share that training with --seed held out.",
)
@click.option("--seed", type=int, default=13, show_default=True, help="Of the split.")
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


def _from_recipe(file: Path) -> Recipe:
    from workbench.training.recipe import read_recipe

    return read_recipe(file)


def _from_files(
    files: tuple[Path, ...], columns: tuple[str, ...], label_column: str | None, labels: tuple[str, ...]
) -> Recipe:
    """A recipe from the command line's own options."""
    from workbench import resources
    from workbench.tables import read_rows
    from workbench.training.recipe import Recipe, Source

    sources = tuple(Source(file=str(file.resolve()), text=columns, label=label_column) for file in files)
    found = {
        row.label
        for file in files
        for row in read_rows(file, text=columns, label=label_column, labelled=True)
        if row.label
    }
    if len(labels or found) < 2:
        raise InputError("the data has fewer than two labels", "check --label-column")
    encoder = resources.folder("sample_data") / "checkpoints" / "all-MiniLM-L6-v2"
    return Recipe(base=str(encoder), labels=labels or tuple(sorted(found)), data=sources)


def _snapshot(pair: str) -> tuple[float, Path]:
    share, equals, folder = pair.partition("=")
    try:
        number = float(share)
    except ValueError:
        number = 0.0
    if not (equals and folder and 0 < number < 1):
        raise InputError(f"{pair!r} is no snapshot", "write it as 0.1=FOLDER")
    return number, Path(folder)
