"""``workbench checkpoints``."""

from __future__ import annotations

import json
from typing import Any

import click

from workbench.cli.common import emit, table


@click.group()
def checkpoints() -> None:
    """List the bundled checkpoints, or show one.

    \b
    Example:
      workbench checkpoints show stars
    """


@checkpoints.command("list")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def list_(form: str) -> None:
    """List the bundled checkpoints.

    \b
    Example:
      workbench checkpoints list
    """
    from workbench.checkpoints import bundled, describe

    facts = [describe(name) for name in bundled()]
    if form == "json":
        emit(json.dumps({"checkpoints": facts}, indent=2) + "\n")
        return
    columns = ["name", "labels", "megabytes", "licence"]
    emit(table(columns, [[_cell(fact[column]) for column in columns] for fact in facts]))


@checkpoints.command()
@click.argument("name", metavar="C")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def show(name: str, form: str) -> None:
    """Show labels, size, fingerprint and licence of a checkpoint.

    \b
    Example:
      workbench checkpoints show stars
    """
    from workbench.checkpoints import describe

    facts = describe(name)
    if form == "json":
        emit(json.dumps(facts, indent=2) + "\n")
        return
    emit(table(["what", "value"], [[key, _cell(value)] for key, value in facts.items()]))


@checkpoints.command()
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


def _cell(value: Any) -> Any:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
