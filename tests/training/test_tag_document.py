"""docs/train-entities.md against the code."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from workbench.cli.main import cli
from workbench.training.tag_recipe import TagRecipe, TagSource

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "train-entities.md").read_text("utf-8")
COMMANDS = [line for line in PAGE.splitlines() if line.startswith("workbench ")]


def cells(column: int) -> list[str]:
    """One column of all tables, without their heads."""
    rows = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if line.startswith("| `")]
    return [row[column].strip() if len(row) > column else "" for row in rows]


def test_every_key_of_a_recipe_is_described_and_no_other() -> None:
    named = [name for cell in cells(0) for name in re.findall(r"`(\w+)`", cell)]
    assert sorted(named) == sorted([*TagRecipe.model_fields, *TagSource.model_fields])


def test_the_defaults_are_those_of_the_code() -> None:
    stated = dict(zip(cells(0), cells(2), strict=True))
    fields = TagRecipe.model_fields
    assert stated["`seed`"] == str(fields["seed"].default)
    assert stated["`test_share`"] == str(fields["test_share"].default)
    assert stated["`lora_rank`"] == str(fields["lora_rank"].default)
    assert stated["`pieces`"] == f'`"{fields["pieces"].default}"`'
    several = ("epochs", "learning_rate", "warmup", "batch_size", "max_tokens")
    shown = stated[", ".join(f"`{name}`" for name in several)]
    assert [float(number) for number in shown.split(", ")] == [fields[name].default for name in several]


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_is_one(line: str) -> None:
    name, *words = shlex.split(line)[1:]
    context = click.Context(cli, **cli.context_settings)
    command = cli.get_command(context, name)
    assert command is not None
    command.make_context(name, words, context)


@pytest.mark.slow
def test_the_python_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    (block,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    names: dict[str, object] = {}
    exec(compile(block, "train-entities.md", "exec"), names)
    assert names["found"] == [("PER", "maria lopez"), ("LOC", "oslo"), ("LOC", "lima")]
