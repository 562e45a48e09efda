"""``workbench batches``: the queue, and how a batch in it is shown."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workbench.cli.output import Meter, emit, table
from workbench.cli.training_runs import duration

if TYPE_CHECKING:
    from workbench.schema import BatchOptions, BatchStatus


@click.group()
def batches() -> None:
    """List the batches in the queue, watch one, stop it, or go on with it.

    A BATCH is its id, the beginning of its id, or the word last.

    \b
    Examples:
      workbench batches list
      workbench batches watch last
    """


@batches.command("list")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def list_(form: str) -> None:
    """List the batches, newest first.

    \b
    Example:
      workbench batches list
    """
    from workbench.batch import queue

    found = queue.list_batches()
    if form == "json":
        emit(json.dumps({"batches": [one.model_dump(mode="json") for one in found]}, indent=2) + "\n")
        return
    rows = [[one.plan.id, _phase(one), _rows(one), one.plan.checkpoint, one.plan.name] for one in found]
    emit(table(["batch", "phase", "rows", "checkpoint", "input"], rows))


@batches.command()
@click.argument("batch", metavar="BATCH")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def show(batch: str, form: str) -> None:
    """Show where a batch stands.

    \b
    Example:
      workbench batches show last
    """
    from workbench.batch import queue

    status = queue.read(batch)
    emit(status.model_dump_json(indent=2) + "\n" if form == "json" else _shown(status))


@batches.command()
@click.argument("batch", metavar="BATCH")
def watch(batch: str) -> None:
    """Follow a batch to its end; leaving does not stop it.

    \b
    Example:
      workbench batches watch last
    """
    from workbench.batch import queue

    meter = Meter()
    for status in queue.watch(batch):
        meter(_line(status), *((status.progress.done, status.progress.total) if status.progress else (0, 0)))
    meter.close()
    emit(_shown(status))


@batches.command(short_help="Stop a batch; what is done of it stays.")
@click.argument("batch", metavar="BATCH")
def cancel(batch: str) -> None:
    """Stop a batch; what is done of it stays, and it can be gone on with.

    \b
    Example:
      workbench batches cancel last
    """
    from workbench.batch import queue

    emit(f"{queue.cancel(batch).plan.id}\n")


@batches.command(short_help="Go on with a batch that is not done.")
@click.argument("batch", metavar="BATCH")
def resume(batch: str) -> None:
    """Go on with a batch that was interrupted, cancelled or failed; it joins the end of the queue.

    \b
    Example:
      workbench batches resume last
    """
    from workbench.batch import queue

    found = queue.folder(batch).name
    queue.resume(found)
    emit(f"{found}\n")


@batches.command(short_help="Delete what is kept of a batch.")
@click.argument("batch", metavar="BATCH")
def remove(batch: str) -> None:
    """Delete what is kept of a batch, its result too where no other folder was asked for.

    \b
    Example:
      workbench batches remove last
    """
    from workbench.batch import queue

    found = queue.folder(batch).name
    queue.remove(found)
    emit(f"{found}\n")


def put(file: Path, checkpoint: str, options: BatchOptions, **how: Any) -> None:
    """Put a batch in the queue.

    Args:
        file: The input.
        checkpoint: As typed.
        options: What is asked of every row.
        how: As ``batch.queue.enqueue`` has it.
    """
    from workbench.batch import queue

    found = queue.enqueue(file, checkpoint, options, **how).id
    sys.stderr.write(f"watch it with: workbench batches watch {found}\n")
    emit(f"{found}\n")


def _phase(status: BatchStatus) -> str:
    if status.cancelling:
        return "running (stopping)"
    return status.state.phase + (f" ({status.ahead} before it)" if status.ahead else "")


def _rows(status: BatchStatus) -> str:
    return f"{status.progress.done} / {status.progress.total}" if status.progress else ""


def _line(status: BatchStatus) -> str:
    parts = [_phase(status)]
    if status.progress and status.state.phase == "running":
        parts.append(f"{status.progress.rows_per_second:.1f} rows/s")
        if status.progress.seconds_left is not None:
            parts.append(f"{duration(status.progress.seconds_left)} left")
    return ", ".join(parts)


def _shown(status: BatchStatus) -> str:
    plan, progress = status.plan, status.progress
    facts = {
        "batch": plan.id,
        "phase": _phase(status),
        "input": str(plan.source),
        "checkpoint": plan.checkpoint,
        "methods": ", ".join(plan.options.methods) or None,
        "engine": plan.engine,
        "rows": _rows(status) or None,
        "errors": progress.errors if progress else None,
        "rows per second": progress.rows_per_second if progress else None,
        "left": duration(progress.seconds_left) if progress and progress.seconds_left and not status.final else None,
        "output": str(plan.output),
        "fault": status.state.fault,
    }
    return table(["what", "value"], [[name, value] for name, value in facts.items() if value is not None])
