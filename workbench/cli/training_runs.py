"""``workbench training``: runs that were started; and how runs, data and estimates are shown."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING

import click

from workbench.cli.output import Meter, emit, printable, table
from workbench.errors import Cancelled

if TYPE_CHECKING:
    from workbench.training.estimating import Estimate
    from workbench.training.inspecting import Inspection
    from workbench.training.plan import Status

_EVERY = 0.5  # seconds


@click.group()
def training() -> None:
    """List training runs, watch one, stop it, or go on with it.

    A RUN is its id, the beginning of its id, or the word last.

    \b
    Examples:
      workbench training list
      workbench training watch last
    """


@training.command("list")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def list_(form: str) -> None:
    """List the runs, newest first.

    \b
    Example:
      workbench training list
    """
    from workbench.training import runs

    found = runs.list_runs()
    if form == "json":
        emit(json.dumps({"runs": [one.model_dump(mode="json") for one in found]}, indent=2) + "\n")
        return
    rows = [
        [one.plan.id, one.state.phase, f"{one.step} / {one.steps}", one.loss, one.plan.output.name] for one in found
    ]
    emit(table(["run", "phase", "steps", "loss", "checkpoint"], rows))


@training.command()
@click.argument("run", metavar="RUN")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def show(run: str, form: str) -> None:
    """Show where a run stands.

    \b
    Example:
      workbench training show last
    """
    from workbench.training import runs

    status = runs.read(run)
    if form == "json":
        emit(status.model_dump_json(indent=2) + "\n")
        return
    emit(_shown(status))


@training.command()
@click.argument("run", metavar="RUN")
def watch(run: str) -> None:
    """Follow a run to its end; leaving does not stop it.

    \b
    Example:
      workbench training watch last
    """
    from workbench.training import runs

    meter = Meter()
    for status in runs.watch(run):
        meter(progress_line(status), status.step, status.steps)
    meter.close()
    emit(_shown(status))


@training.command()
@click.argument("run", metavar="RUN")
def cancel(run: str) -> None:
    """Stop a run; the best weights so far are kept as its checkpoint.

    \b
    Example:
      workbench training cancel last
    """
    from workbench.training import runs

    emit(f"{runs.cancel(run).plan.id}\n")


@training.command()
@click.argument("run", metavar="RUN")
def resume(run: str) -> None:
    """Go on with a run that was interrupted, in a process of its own.

    \b
    Example:
      workbench training resume last
    """
    from workbench.training import runs

    found = runs.folder(run).name
    runs.resume(found)
    emit(f"{found}\n")


@training.command()
@click.argument("run", metavar="RUN")
def remove(run: str) -> None:
    """Delete what is kept of a run; its checkpoint stays.

    \b
    Example:
      workbench training remove last
    """
    from workbench.training import runs

    found = runs.folder(run).name
    runs.remove(found)
    emit(f"{found}\n")


def work_on(run: str) -> None:
    """Work on a run in this process, with its progress on standard error.

    Args:
        run: Its id.
    """
    import warnings

    warnings.filterwarnings("ignore", category=FutureWarning)
    from workbench.services.training import work
    from workbench.training import runs

    meter = Meter()

    shown = 0.0

    def step(done: int, total: int, loss: float | None) -> None:
        nonlocal shown
        if time.monotonic() - shown >= _EVERY:
            shown = time.monotonic()
            meter(progress_line(runs.read(run)), done, total)

    try:
        state = work(run, step=step)
    except KeyboardInterrupt:
        raise Cancelled("interrupted", f"go on with: workbench train --resume {run}") from None
    meter.close()
    status = runs.read(run)
    told = f"{status.step} steps, mean loss {_mean(run):.4f}"
    if state.scores:
        told += f"; on {state.scores['rows']} {state.scored_on} rows accuracy {state.scores['accuracy']:.4f}, "
        told += f"macro F1 {state.scores['macro_f1']:.4f}"
    sys.stderr.write(f"{told}\n")
    emit(f"{status.plan.output}\n")


def progress_line(status: Status) -> str:
    """What a run is doing, for a line of progress.

    Args:
        status: Where it stands.

    Returns:
        Phase, loss, figures on the validation texts, and the time left.
    """
    parts: list[str] = [status.state.phase]
    parts += [f"loss {status.loss:.3f}"] if status.loss is not None else []
    parts += [f"validation {name} {value:.3f}" for name, value in (status.metrics or {}).items() if name != "macro_f1"]
    parts += [f"{duration(status.seconds_left)} left"] if status.seconds_left is not None else []
    return ", ".join(parts)


def data_lines(inspection: Inspection) -> str:
    """What data is like, for a terminal.

    Args:
        inspection: As found.

    Returns:
        Lines.
    """
    sides = (inspection.train_rows, inspection.validation_rows, inspection.test_rows)
    total = max(1, inspection.train_rows)
    lines = f"{inspection.rows} rows: {sides[0]} for training, {sides[1]} for validation, {sides[2]} for test\n\n"
    shares = [[label, rows, rows / total] for label, rows in inspection.classes.items()]
    lines += table(["label", "training rows", "share"], shares)
    if inspection.lengths:
        found = inspection.lengths.model_dump()
        lines += "\n" + table(["tokens", "value"], [[name.replace("_", " "), value] for name, value in found.items()])
    lines += "\n" if inspection.findings else "\nnothing to complain about\n"
    return lines + "".join(f"{one.level}: {printable(one.text)}\n" for one in inspection.findings)


def estimate_lines(estimate: Estimate) -> str:
    """What a run will take, for a terminal.

    Args:
        estimate: As probed.

    Returns:
        Lines.
    """
    return (
        f"about {duration(estimate.seconds)} for {estimate.steps} steps on {estimate.device}, "
        f"and {estimate.memory_bytes / 1e9:.1f} GB of memory; "
        f"{estimate.trained / 1e6:.1f} of {estimate.parameters / 1e6:.1f} million weights are trained\n"
    )


def duration(seconds: float) -> str:
    """A stretch of time as people say it.

    Args:
        seconds: How long.

    Returns:
        In the two largest units.
    """
    whole = round(seconds)
    hours, minutes = whole // 3600, whole % 3600 // 60
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"


def _shown(status: Status) -> str:
    facts = {
        "run": status.plan.id,
        "phase": status.state.phase + (" (stopping)" if status.cancelling else ""),
        "steps": f"{status.step} / {status.steps}",
        "loss": status.loss,
        **{f"validation {name}": value for name, value in (status.metrics or {}).items()},
        **{f"{status.state.scored_on} {name}": value for name, value in (status.state.scores or {}).items()},
        "left": duration(status.seconds_left) if status.seconds_left is not None else None,
        "checkpoint": str(status.plan.output),
        "fault": status.state.fault,
    }
    return table(["what", "value"], [[name, value] for name, value in facts.items() if value is not None])


def _mean(run: str) -> float:
    """Mean loss of all steps."""
    from workbench.training import runs

    total, done = 0.0, 0
    for event in runs.events(run):
        if event.kind == "train" and event.loss is not None:
            total, done = total + event.loss * (event.step - done), event.step
    return total / max(1, done)
