"""What a new batch is asked for, what that costs, and its way into the queue."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from workbench.batch import queue
from workbench.explainers import METHODS
from workbench.schema import BatchOptions
from workbench.schema.batch import NO_LABEL
from workbench.services import make_options
from workbench.ui.dataset_choices import DatasetChoices
from workbench.ui.dataset_source import Input
from workbench.ui.times import duration

_LONGEST_NAME = 80
_SHARDS = 20  # of a file, where they have their usual size or less
_FEWEST_PREDICTED, _FEWEST_EXPLAINED = 100, 20  # rows of a shard, so that batches of the model are full
_FEWEST = 20  # rows of an earlier batch that tell how fast a checkpoint is


def options_of(chosen: DatasetChoices, found: Input) -> BatchOptions | None:
    """What the form asks for.

    Args:
        chosen: The choices of the session.
        found: The input.

    Returns:
        The options; none where the column of the text is still to be chosen.

    Raises:
        InputError: A method cannot do with so few or so many evaluations.
    """
    names = found.columns
    if not 0 <= chosen.dataset_text < len(names):
        return None
    text = names[chosen.dataset_text]
    extra = tuple(names[place] for place in chosen.dataset_extra if 0 <= place < len(names))
    methods = tuple(chosen.dataset_methods) if chosen.dataset_explain else ()
    for name in methods:
        make_options(name, budget=chosen.dataset_budget)
    return BatchOptions(
        text_columns=(text,),
        label_column=names[chosen.dataset_label] if 0 <= chosen.dataset_label < len(names) else NO_LABEL,
        # The column of the text is none that is taken over, but without any all would be.
        extra_columns=extra or (text,),
        methods=methods,
        budget=chosen.dataset_budget if methods else None,
        shard_rows=_shard_rows(found.rows, explained=bool(methods)),
    )


def _shard_rows(rows: int | None, *, explained: bool) -> int:
    """Of short files smaller shards than usual: progress is told, and rows can be looked at, a shard at a time."""
    usual: int = BatchOptions.model_fields["shard_rows"].default
    if rows is None:
        return usual
    return min(max(rows // _SHARDS, _FEWEST_EXPLAINED if explained else _FEWEST_PREDICTED), usual)


def evaluations(methods: Sequence[str], budget: int | None) -> dict[str, int]:
    """About how many evaluations of the model each method takes for a review.

    Args:
        methods: Registered names.
        budget: For those that have one; none for the usual one.

    Returns:
        Name to number.
    """
    return {name: int(getattr(make_options(name, budget=budget), "budget", METHODS[name].cost)) for name in methods}


def cost_text(found: Input, checkpoint: str, options: BatchOptions) -> str:
    """What a batch will take, roughly, in one sentence or two.

    Args:
        found: The input.
        checkpoint: What predicts.
        options: What is asked of every row.

    Returns:
        The sentences; the time where an earlier batch tells how fast the checkpoint is here.
    """
    if found.rows is None:
        return "How many rows there are will be seen when they are read."
    rows = f"{'' if found.exact else 'About '}{found.rows:,} row{'s' * (found.rows != 1)}"
    each = evaluations(options.methods, options.budget)
    work = found.rows * (1 + sum(each.values()))
    said = f"{rows} to predict"
    if each:
        parts = " + ".join(f"{count:,} ({METHODS[name].title})" for name, count in each.items())
        said += f", and up to {parts} evaluations of each to explain them: about {work:,} in all"
    rate = usual_rate(checkpoint)
    return said + (f". About {duration(work / rate)}, by what earlier batches took." if rate else ".")


def usual_rate(checkpoint: str) -> float | None:
    """How many rows a second a checkpoint predicted in the newest batch that tells.

    Args:
        checkpoint: A bundled name, a folder, or a hub id.

    Returns:
        Rows a second; none where no batch tells.
    """
    # As the plan has it; a hub id without its commit is none of these, and is not looked up for this.
    names = {checkpoint, os.path.abspath(checkpoint)}
    for one in queue.list_batches():
        summary = one.state.summary
        plain = one.plan.checkpoint in names and not one.plan.options.methods
        if plain and summary is not None and summary.rows >= _FEWEST and summary.seconds > 0:
            return summary.rows / summary.seconds
    return None


def put(chosen: DatasetChoices, source: Path, options: BatchOptions) -> str:
    """Put a new batch into the queue.

    Args:
        chosen: The choices of the session.
        source: The input.
        options: What is asked of every row.

    Returns:
        Its id.

    Raises:
        WorkbenchError: The input or the checkpoint is not there any more, or nothing can be written.
    """
    name = " ".join(chosen.dataset_name.split())[:_LONGEST_NAME] or source.name
    return queue.enqueue(source, chosen.dataset_checkpoint, options, name=name).id
