"""What the commands share: options, and reading what they are given."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from workbench import garbage
from workbench.cli.output import Meter
from workbench.errors import InputError

if TYPE_CHECKING:
    from workbench.checkpoints import Checkpoint


class Number(click.FloatRange):
    """A number in a range; unlike that of click it is one, as ``nan`` lies outside no range."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """See ``click.ParamType.convert``."""
        number: float = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is no number to reckon with", param, ctx)
        return number


# What every generator of random numbers takes, numpy's and that of the libraries as well.
SEED = click.IntRange(0, 2**32 - 1)
CHECKPOINT_HELP = "A bundled name (stars), a folder, or a hub id (owner/name, owner/name@revision)."


def checkpoint_option(**settings: Any) -> Callable[[Any], Any]:
    """The option ``--checkpoint``.

    Args:
        settings: Passed on to click.

    Returns:
        A decorator.
    """
    chosen: dict[str, Any] = {"default": "stars", "show_default": True} | settings
    return click.option("--checkpoint", metavar="C", help=CHECKPOINT_HELP, **chosen)


def windows_option() -> Callable[[Any], Any]:
    """The option ``--windows``.

    Returns:
        A decorator.
    """
    return click.option(
        "--windows",
        is_flag=True,
        help="Read texts that are longer than the model reads at once whole, in overlapping windows.",
    )


def load(name: str) -> Checkpoint:
    """Load a checkpoint; torch is imported here and not earlier.

    Args:
        name: As typed.

    Returns:
        The checkpoint.
    """
    import warnings

    warnings.filterwarnings("ignore", category=FutureWarning)
    from workbench.checkpoints import load_checkpoint

    meter = Meter()
    try:
        return load_checkpoint(name, progress=meter.download)
    finally:
        meter.close()
        garbage.as_usual()


def parse_scales(given: Sequence[str], checkpoints: Sequence[Checkpoint]) -> dict[str, dict[str, float]]:
    """Read ``checkpoint:LABEL=PLACE,...``; names of checkpoints and labels may hold any sign.

    Args:
        given: As typed.
        checkpoints: Those that are compared.

    Returns:
        Name of a checkpoint to label to place.

    Raises:
        InputError: It is none of that form, or one checkpoint has two.
        TargetError: A label is unknown, or a place no number.
    """
    from workbench.pipeline import parse_places

    found: dict[str, dict[str, float]] = {}
    for one in given:
        fitting = [checkpoint for checkpoint in checkpoints if one.startswith(f"{checkpoint.name}:")]
        if not fitting:
            known = ", ".join(checkpoint.name for checkpoint in checkpoints)
            raise InputError(f"{one!r} is no scale", f"write it as C:LABEL=PLACE,... with C one of {known}")
        checkpoint = max(fitting, key=lambda whose: len(whose.name))
        if checkpoint.name in found:
            raise InputError(f"{checkpoint.name} has two scales", "give one for each checkpoint")
        found[checkpoint.name] = parse_places(one.removeprefix(f"{checkpoint.name}:"), checkpoint.labels)
    return found


def read_text(text: str) -> str:
    """The text as typed, or standard input for ``-``.

    Args:
        text: The argument.

    Returns:
        The text.

    Raises:
        InputError: Standard input is not UTF-8.
    """
    if text != "-":
        return text
    try:
        return sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError:
        raise InputError("standard input is not UTF-8", "convert it first") from None


def budget_option(scope: str = "of each sampling method") -> Callable[[Any], Any]:
    """The option ``--budget``.

    Args:
        scope: Whose budget it is.

    Returns:
        A decorator.
    """
    return click.option(
        "--budget",
        type=click.IntRange(10, 20_000),
        metavar="N",
        help=f"Evaluations {scope}; SHAP takes all 2^n where there are n units, up to 10.",
    )


def settings_option() -> Callable[[Any], Any]:
    """The option ``--set``.

    Returns:
        A decorator.
    """
    return click.option(
        "--set",
        "settings",
        multiple=True,
        metavar="M.OPTION=VALUE",
        help="An option of one method, such as lime.perturbation=mask or shap.tolerance=0.01.",
    )


def read_settings(pairs: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Read ``method.option=value``; the method's own types convert the value.

    Args:
        pairs: As typed.

    Returns:
        Method to option to value.

    Raises:
        InputError: One is not of that form.
    """
    found: dict[str, dict[str, Any]] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        method, dot, option = name.rpartition(".")
        if not (equals and dot and method and option):
            raise InputError(f"{pair!r} is no setting", "write it as method.option=value")
        found.setdefault(method, {})[option] = value
    return found
