"""``workbench batch``: a file or a folder of files predicted into a folder that can be gone on with."""

from __future__ import annotations

import shlex
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from workbench.cli.batches import put
from workbench.cli.common import SEED, checkpoint_option, load
from workbench.cli.output import emit, printable, table
from workbench.errors import Cancelled, InputError

if TYPE_CHECKING:
    from workbench.schema import BatchOptions, BatchProgress, BatchSummary

_ON_A_TERMINAL = 0.25  # seconds between two states
_ELSEWHERE = 30.0
_REASONS_SHOWN = 10
_UNITS = ("word", "token", "sentence")
# Options that say something only beside another one.
_OF_EXPLANATIONS = {"target": "--target", "unit": "--unit", "budget": "--budget"}
_OF_RAY = {"ray_address": "--ray-address", "workers": "--workers"}


@click.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@checkpoint_option()
@click.option(
    "--output",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="New folder; with --queue by default one that belongs to the batch.",
)
@click.option(
    "--text-column", "texts", multiple=True, metavar="COLUMN", help="Column of the text; repeat to join several."
)
@click.option("--label-column", "label", metavar="COLUMN", help="Column of the label.")
@click.option(
    "--keep", "kept", multiple=True, metavar="COLUMN", help="Column to take over; repeatable; by default all others."
)
@click.option(
    "--explain", "methods", multiple=True, metavar="METHOD", help="Explain every review with it too; repeatable."
)
@click.option("--target", default="predicted", show_default=True, metavar="T", help="What is explained.")
@click.option("--unit", type=click.Choice(_UNITS), default="word", show_default=True, help="What has a score.")
@click.option("--budget", type=click.IntRange(1), metavar="N", help="Evaluations a review, of methods with a budget.")
@click.option(
    "--seed",
    type=SEED,
    default=0,
    show_default=True,
    help="That of each review comes from it and its text.",
)
@click.option("--shard-rows", type=click.IntRange(1), default=2_000, show_default=True, help="Rows of a shard.")
@click.option("--engine", type=click.Choice(["local", "ray"]), default="local", show_default=True, help="What runs it.")
@click.option("--ray-address", metavar="ADDRESS", help="Of a Ray cluster; by default one on this machine.")
@click.option("--workers", type=click.IntRange(1), metavar="N", help="Of Ray; by default as many as fit.")
@click.option("--resume", is_flag=True, help="Go on with the batch in DIR, where there is one.")
@click.option(
    "--queue",
    "queued",
    is_flag=True,
    help="Leave it to a process of its own, which waits for its turn; see workbench batches.",
)
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def batch(
    file: Path,
    checkpoint: str,
    output: Path | None,
    texts: tuple[str, ...],
    label: str | None,
    kept: tuple[str, ...],
    methods: tuple[str, ...],
    target: str,
    unit: str,
    budget: int | None,
    seed: int,
    shard_rows: int,
    engine: str,
    ray_address: str | None,
    workers: int | None,
    resume: bool,
    queued: bool,
    form: str,
) -> None:
    """Predict every row of FILE, or of a folder of files of one form, into Parquet shards.

    FILE is csv, tsv, jsonl, parquet or txt. Rows that cannot be used are kept with the reason. An interrupted batch
    goes on with --resume.

    \b
    Example:
      workbench batch sample_data/reviews.csv --checkpoint stars --output predicted
    """
    from workbench.schema import BatchOptions, Unit

    if not methods:
        _refuse(_OF_EXPLANATIONS, "--explain METHOD")
    if engine != "ray":
        _refuse(_OF_RAY, "--engine ray")
    options = BatchOptions(
        text_columns=texts,
        label_column=label,
        extra_columns=kept,
        methods=methods,
        target=target,
        unit=Unit(unit),
        budget=budget,
        seed=seed,
        shard_rows=shard_rows,
    )
    ray = {"engine": engine, "ray_address": ray_address, "workers": workers}
    if queued:
        return put(file, checkpoint, options, output=output, resume=resume, **ray)
    if output is None:
        raise InputError("there is no folder for the result", "name one with --output, or use --queue")
    return _run(file, checkpoint, output, options, form, resume=resume, **ray)


def _refuse(idle: dict[str, str], wanted: str) -> None:
    """Refuse what was typed and would do nothing."""
    context = click.get_current_context()
    for name, option in idle.items():
        if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
            raise InputError(f"{option} goes with {wanted}", f"add {wanted}, or leave out {option}")


def _run(file: Path, checkpoint: str, output: Path, options: BatchOptions, form: str, **how: Any) -> None:
    from workbench.services.batching import run_batch

    shown = Shown()
    try:
        with stoppable() as stopped:
            summary = run_batch(
                file,
                load(checkpoint),
                output,
                options,
                progress=shown,
                cancelled=stopped,
                **how,
            )
    except Cancelled:
        raise Cancelled("interrupted", f"go on with: {again(sys.argv)}") from None
    finally:
        shown.close()
    emit(summary.model_dump_json(indent=1) + "\n" if form == "json" else rendered(summary))


def rendered(summary: BatchSummary) -> str:
    """A summary for a terminal.

    Args:
        summary: What became of a batch.

    Returns:
        Lines.
    """
    bad = sum(summary.errors.values())
    lines = f"{summary.rows - bad:,} of {summary.rows:,} rows predicted in {duration(summary.seconds)}\n"
    if not bad:
        return lines
    rows = [[count, printable(reason)] for reason, count in list(summary.errors.items())[:_REASONS_SHOWN]]
    return lines + "\n" + table(["rows", "could not be predicted because"], rows)


def again(arguments: list[str]) -> str:
    """The command that goes on with an interrupted batch.

    Args:
        arguments: Of this process.

    Returns:
        A line for a shell.
    """
    words = ["workbench", *arguments[1:]]
    return shlex.join(words if "--resume" in words else [*words, "--resume"])


def duration(seconds: float) -> str:
    """A time as people say it.

    Args:
        seconds: How long.

    Returns:
        Such as ``1 h 02 min``, ``3 min 20 s`` or ``4.2 s``.
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"


class Shown:
    """Progress on standard error: a line drawn anew on a terminal, now and then a line elsewhere."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._next = 0.0
        self._width = 0

    def __call__(self, state: BatchProgress) -> None:
        """Show how far a batch is, where the last time is long enough ago.

        Args:
            state: How far.
        """
        now = time.monotonic()
        if now < self._next and state.done < state.total:
            return
        self._next = now + (_ON_A_TERMINAL if self._terminal else _ELSEWHERE)
        line = told(state)
        if self._terminal:
            sys.stderr.write("\r" + line.ljust(self._width))
            self._width = len(line)
        else:
            sys.stderr.write(line + "\n")
        sys.stderr.flush()

    def close(self) -> None:
        """End the line."""
        if self._terminal and self._width:
            sys.stderr.write("\n")
            sys.stderr.flush()


def told(state: BatchProgress) -> str:
    """How far a batch is, on one line.

    Args:
        state: How far.

    Returns:
        Rows done and all, rows per second, and the time left where it is known.
    """
    parts = [f"{state.done:,} / {state.total:,} rows"]
    if state.errors:
        parts.append(f"{state.errors:,} with errors")
    if state.rows_per_second:
        parts.append(f"{state.rows_per_second:,.1f} rows/s")
    if state.seconds_left is not None and state.done < state.total:
        parts.append(f"{duration(state.seconds_left)} left")
    return ", ".join(parts)


@contextmanager
def stoppable() -> Iterator[Callable[[], bool]]:
    """Whether the process was asked to stop; the second time it stops at once.

    Yields:
        What tells.
    """
    stopped = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stopped.is_set
        return
    usual = {kind: signal.getsignal(kind) for kind in (signal.SIGINT, signal.SIGTERM)}

    def stop(kind: int, frame: FrameType | None) -> None:
        stopped.set()
        restore()

    def restore() -> None:
        for kind, handler in usual.items():
            signal.signal(kind, handler)

    for kind in usual:
        signal.signal(kind, stop)
    try:
        yield stopped.is_set
    finally:
        restore()
