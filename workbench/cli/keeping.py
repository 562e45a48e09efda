"""Runs that the commands keep."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from workbench.cli.output import printable

if TYPE_CHECKING:
    from workbench.schema import RunResult


def private_option() -> Callable[[Any], Any]:
    """The option ``--private``.

    Returns:
        A decorator.
    """
    return click.option("--private", is_flag=True, help="Keep nothing of this run; WORKBENCH_PRIVATE=1 keeps none.")


def keep(result: RunResult, seconds: float, *, private: bool) -> list[str]:
    """Save a run; a history that fails is told, and the result stands.

    Args:
        result: What came out.
        seconds: How long it took.
        private: Save nothing.

    Returns:
        Lines for the user: under which id, and whatever else there is to tell.
    """
    from workbench import services

    if private:
        return []
    kept = services.keep_run(services.new_run(result, seconds))
    return [*([f"kept as {kept.id}"] if kept.id else []), *([kept.notice] if kept.notice else [])]


def say(*lines: str) -> None:
    """Write lines to standard error, whatever stands in them.

    Args:
        lines: Without their ends.
    """
    encoding = sys.stderr.encoding or "utf-8"
    for line in lines:
        sys.stderr.write(printable(line).encode(encoding, "backslashreplace").decode(encoding) + "\n")
