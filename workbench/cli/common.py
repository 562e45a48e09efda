"""What the commands share: options, reading standard input, progress, tables."""

from __future__ import annotations

import math
import os
import sys
import unicodedata
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import click

from workbench.errors import InputError, WorkbenchError

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
_BAR = 24  # signs


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


def emit(content: str) -> None:
    """Write a result to standard output, whatever the terminal's encoding.

    Args:
        content: With its line ends.

    Raises:
        WorkbenchError: It does not take it.
        BrokenPipeError: Its reader left.
    """
    try:
        sys.stdout.buffer.write(content.encode("utf-8", "backslashreplace"))
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        forget_output()
        raise WorkbenchError(
            f"standard output cannot be written ({error.strerror})", "free some room, or send it elsewhere"
        ) from None


def forget_output() -> None:
    """Give up what standard output did not take; the interpreter would complain about it once more at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class Meter:
    """Progress on standard error: one line that overwrites itself on a terminal, nothing elsewhere."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._width = 0

    def __call__(self, name: str, done: int, total: int) -> None:
        """Show how far something is.

        Args:
            name: Of what.
            done: Steps done.
            total: Steps in all.
        """
        self._show(f"{name}: {done} / {total}")

    def download(self, done: int, total: int) -> None:
        """Show how far a download is.

        Args:
            done: Bytes done.
            total: Bytes in all.
        """
        share = done / total if total else 1.0
        filled = int(share * _BAR)
        self._show(f"download [{'#' * filled}{'.' * (_BAR - filled)}] {done / 1e6:,.1f} / {total / 1e6:,.1f} MB")

    def _show(self, line: str) -> None:
        if self._shown:
            sys.stderr.write("\r" + line.ljust(self._width))
            sys.stderr.flush()
            self._width = len(line)

    def close(self) -> None:
        """Clear the line."""
        if self._shown and self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A plain table.

    Args:
        header: Column names.
        rows: Cells; numbers are aligned to the right.

    Returns:
        Lines, each with its line end.
    """
    cells = [[_shown(cell) for cell in row] for row in rows]
    widths = [max(_columns(line[column]) for line in [list(header), *cells]) for column in range(len(header))]
    numeric = [all(isinstance(row[column], int | float) for row in rows) for column in range(len(header))]

    def line(parts: Sequence[str]) -> str:
        gaps = [" " * (width - _columns(part)) for part, width in zip(parts, widths, strict=True)]
        placed = [
            f"{gap}{part}" if right else f"{part}{gap}" for part, gap, right in zip(parts, gaps, numeric, strict=True)
        ]
        return "  ".join(placed).rstrip() + "\n"

    return "".join([line(header), line(["-" * width for width in widths]), *map(line, cells)])


def _columns(text: str) -> int:
    """How many columns of a terminal a text takes: two a sign of Chinese, Japanese, Korean and most emoji."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text
    )


def _shown(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:.4f}" if abs(cell) < 10 else f"{cell:.1f}"
    return printable(str(cell))


def printable(text: str) -> str:
    """A text as a terminal may have it; control characters would move the cursor or ring the bell.

    Args:
        text: Any text.

    Returns:
        The same with every unprintable sign written out.
    """
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)
