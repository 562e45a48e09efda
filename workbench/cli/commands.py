"""``workbench checkpoints``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from workbench.cli.output import Meter, emit, table

if TYPE_CHECKING:
    from workbench.checkpoints.catalogue import Entry


@click.group()
def checkpoints() -> None:
    """List the checkpoints, show one, or keep a list of your own.

    \b
    Examples:
      workbench checkpoints show stars
      workbench checkpoints add nlptown/bert-base-multilingual-uncased-sentiment
    """


@checkpoints.command("list")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def list_(form: str) -> None:
    """List the bundled checkpoints and your own.

    \b
    Example:
      workbench checkpoints list
    """
    from workbench.checkpoints import bundled, catalogue, describe

    facts = [describe(name) | {"added": None} for name in bundled()]
    facts += [_listed(entry) for entry in catalogue.entries()]
    if form == "json":
        emit(json.dumps({"checkpoints": facts}, indent=2) + "\n")
        return
    columns = ["name", "labels", "architecture", "megabytes", "licence", "revision"]
    emit(table(columns, [[_cell(fact.get(column)) for column in columns] for fact in facts]))


@checkpoints.command(short_help="Show labels, size, fingerprint and licence.")
@click.argument("name", metavar="C")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def show(name: str, form: str) -> None:
    """Show labels, size, fingerprint, licence and revision of a checkpoint.

    \b
    Example:
      workbench checkpoints show stars
    """
    from workbench.checkpoints import bundled, catalogue, describe

    entry = None if name in bundled() else catalogue.find_entry(name)
    facts = describe(entry.name if entry else name)
    if form == "json":
        emit(json.dumps(facts, indent=2) + "\n")
        return
    emit(table(["what", "value"], [[key, _cell(value)] for key, value in facts.items()]))


@checkpoints.command(short_help="Put a hub id or a folder on your list.")
@click.argument("name", metavar="C")
def add(name: str) -> None:
    """Put a checkpoint on your list: a hub id, which is downloaded, or a folder.

    \b
    Example:
      workbench checkpoints add nlptown/bert-base-multilingual-uncased-sentiment
    """
    from workbench.checkpoints import catalogue

    meter = Meter()
    try:
        entry = catalogue.add(name, progress=meter.download)
    finally:
        meter.close()
    emit(f"{entry.name}\n")


@checkpoints.command()
@click.argument("name", metavar="C")
def remove(name: str) -> None:
    """Take a checkpoint off your list; its files stay where they are.

    \b
    Example:
      workbench checkpoints remove nlptown/bert-base-multilingual-uncased-sentiment
    """
    from workbench.checkpoints import catalogue

    emit(f"{catalogue.remove(name).name}\n")


@checkpoints.command(short_help="Copy one with its weights in half precision.")
@click.argument("source", metavar="FOLDER", type=click.Path(exists=True, file_okay=False))
@click.argument("target", metavar="NEW-FOLDER", type=click.Path())
def shrink(source: str, target: str) -> None:
    """Copy a checkpoint or an encoder with its weights in half precision.

    \b
    Example:
      workbench checkpoints shrink all-MiniLM-L6-v2 encoder
    """
    from pathlib import Path

    from workbench.checkpoints.shrinking import shrink as copy

    emit(f"{copy(Path(source), Path(target))}\n")


def _listed(entry: Entry) -> dict[str, Any]:
    """The facts of the day it was added: reading every folder anew would make a list wait for gigabytes."""
    return entry.facts | {"name": entry.name, "revision": entry.revision, "added": entry.added}


def _cell(value: Any) -> Any:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
