"""How far batches are and what they said, in the words of the Datasets page."""

from __future__ import annotations

from workbench.batch import queue
from workbench.checkpoints import title
from workbench.schema import BatchStatus
from workbench.ui.times import duration, when
from workbench.work.files import last_line as log_line

# Sentences made for the command line name its options; here these are buttons and fields.
_SAID = {
    "add --resume to go on with it, or name a new folder": "press Resume",
    "go on with --resume": "press Resume",
    "cancel it first": "press Cancel first",
    "--resume": "Resume",
}


def said(sentence: str) -> str:
    """A sentence of the command line in the words of the page.

    Args:
        sentence: Perhaps with names of options.

    Returns:
        With what the page has for them.
    """
    for typed, shown in _SAID.items():
        sentence = sentence.replace(typed, shown)
    return sentence


def last_line(batch: str) -> str:
    """What the process of a batch wrote last.

    Args:
        batch: Its id.

    Returns:
        One line without control characters; empty where there is none.
    """
    return log_line(queue.root() / batch / "log.txt").removeprefix("error: ")


def phase_text(status: BatchStatus) -> str:
    """How far a batch is, in a few words.

    Args:
        status: Where it stands.

    Returns:
        Such as ``running, 4,000 of 20,000 rows, 52 rows/s, about 5 min left, 3 errors``.
    """
    phase, progress = status.state.phase, status.progress
    if phase == "waiting":
        ahead = status.ahead or 0
        return f"waiting, {ahead} before it" if ahead else "waiting, next in turn"
    parts: list[str] = ["stopping after the rows at hand" if status.cancelling else phase]
    if phase == "running" and progress is None:
        parts.append("reading the file")
    if progress is not None and phase != "done":
        parts.append(f"{progress.done:,} of {progress.total:,} rows")
    if progress is not None and phase == "running":
        if progress.rows_per_second:
            parts.append(f"{progress.rows_per_second:,.1f} rows/s")
        if progress.seconds_left is not None and not status.cancelling:
            parts.append(f"about {duration(progress.seconds_left)} left")
        if progress.errors:
            parts.append(f"{progress.errors:,} error{'s' * (progress.errors != 1)}")
    return ", ".join([*parts, *_outcome(status)])


def _outcome(status: BatchStatus) -> list[str]:
    summary = status.state.summary
    if status.state.phase != "done" or summary is None:
        return []
    errors = sum(summary.errors.values())
    return [
        f"{summary.rows:,} row{'s' * (summary.rows != 1)}",
        *([f"{errors:,} error{'s' * (errors != 1)}"] if errors else []),
        f"in {duration(summary.seconds)}",
    ]


def facts_text(status: BatchStatus) -> str:
    """What a batch is, beside its name.

    Args:
        status: Where it stands.

    Returns:
        Its checkpoint, its methods and when it was made.
    """
    plan = status.plan
    methods = [f"explained with {', '.join(plan.options.methods)}"] if plan.options.methods else []
    return " · ".join([title(plan.checkpoint), *methods, when(plan.created)])
