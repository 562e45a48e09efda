"""What the Train page does between its widgets: a look at the data, the start of a run, what a run said last."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from workbench import resources
from workbench.errors import Cancelled, InputError
from workbench.schema import Frozen
from workbench.services.training import plan_run
from workbench.services.training_setup import command_line, estimate_run, inspect_data, make_recipe
from workbench.training import runs
from workbench.training.data import read_source
from workbench.training.estimating import Estimate
from workbench.training.inspecting import Inspection
from workbench.training.recipe import Recipe, Source
from workbench.ui.background import Background
from workbench.ui.train_choices import (
    ALL_WEIGHTS,
    CLASS_WEIGHTS,
    ENCODER,
    SETTINGS,
    CareSettings,
    TrainChoices,
)

MOST_NAMED = 20  # labels whose names can be changed on the page
_SHOWN = 4
_UNSAFE = re.compile(r"[^\w.() -]")
# One estimate at a time: two beside each other would measure each other.
_PROBE = threading.Lock()


class Wanted(Frozen):
    """All that decides a look at the data and a run.

    Attributes:
        source: The data.
        names: Label of the data to what it is to be called.
        base: What is trained on.
        settings: Fields of the recipe.
    """

    source: Source
    names: dict[str, str]
    base: str
    settings: dict[str, Any]


class Look(Background):
    """A look at the data, on a thread of its own.

    Attributes:
        wanted: At what.
        stage: What it does.
        rows: The first rows, text and label.
        labels: The labels of the data, as they are there, and on how many rows.
        recipe: What would be trained.
        inspection: What the data is like.
        estimate: What a run would take.
    """

    def __init__(self, wanted: Wanted) -> None:
        super().__init__()
        self.wanted = wanted
        self.stage = "Reading the data"
        self.rows: tuple[tuple[str, str | None], ...] = ()
        self.labels: Counter[str] = Counter()
        self.recipe: Recipe | None = None
        self.inspection: Inspection | None = None
        self.estimate: Estimate | None = None

    def work(self) -> None:
        """Read, inspect and estimate; what is found is there as soon as it is found."""
        # A thread that imports it while another one does gets an unfinished module; its next import is whole.
        import_module("transformers")
        rows = read_source(self.wanted.source, Path())
        self.rows = tuple((row.text, row.label) for row in rows[:_SHOWN])
        self.labels = Counter(row.label for row in rows if row.label)
        self._go_on("Looking at labels, lengths and repetitions")
        recipe = recipe_of(self.wanted, list(self.labels))
        self.inspection = inspect_data(recipe)
        self.recipe = recipe
        if not self.inspection.trainable:
            return
        self._go_on("Taking three steps, to see how long it would take")
        with _PROBE:
            self._go_on(self.stage)
            self.estimate = estimate_run(recipe)

    def _go_on(self, stage: str) -> None:
        if self.stopping():
            raise Cancelled
        self.stage = stage


def wanted_of(chosen: TrainChoices, source: Source) -> Wanted:
    """What the choices of a session amount to.

    Args:
        chosen: The choices.
        source: Their data.

    Returns:
        All that decides.

    Raises:
        InputError: A setting is out of bounds.
    """
    try:
        own = SETTINGS[chosen.train_weights](**chosen.train_settings.get(chosen.train_weights, {}))
        care = CareSettings(**chosen.train_settings.get("care", {}))
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(f"{first['loc'][0]} is out of bounds ({first['msg']})", "choose another value") from None
    settings = {**own.model_dump(), **care.model_dump()}
    settings["class_weight_power"] = CLASS_WEIGHTS[settings.pop("class_weights")]
    if chosen.train_weights == ALL_WEIGHTS:
        settings["lora_rank"] = 0
    return Wanted(source=source, names=dict(chosen.train_names), base=chosen.train_base.strip(), settings=settings)


def recipe_of(wanted: Wanted, labels: Sequence[str]) -> Recipe:
    """The recipe of what is wanted.

    Args:
        wanted: What.
        labels: Those of the data, as they are there.

    Returns:
        The recipe.

    Raises:
        InputError: The data is at fault.
        CheckpointError: The base cannot be used.
    """
    changed = any(wanted.names.get(value, value) != value for value in labels)
    names = {value: wanted.names.get(value, value) for value in ranked(labels)} if changed else None
    # The encoder is no checkpoint by itself, so its name alone finds nothing.
    base = None if wanted.base in ("", ENCODER) else wanted.base
    return make_recipe([wanted.source], base=base, names=names, **wanted.settings)


def ranked(labels: Sequence[str]) -> list[str]:
    """Labels in an order that people expect: numbers by size, then names by alphabet."""

    def rank(label: str) -> tuple[int, float, str]:
        try:
            return 0, float(label), label
        except ValueError:
            return 1, 0.0, label

    return sorted(labels, key=rank)


def look(chosen: TrainChoices, wanted: Wanted) -> Look:
    """The look at what is wanted: the one at hand, or a new one in place of another.

    Args:
        chosen: The choices of the session, where it is kept.
        wanted: What.

    Returns:
        The look, perhaps going on.
    """
    last = chosen.train_look
    if last is not None and last.wanted == wanted and not last.stopping():
        return last
    if last is not None:
        last.cancel()
    chosen.train_look = found = Look(wanted)
    found.run(found.work)
    return found


def start(recipe: Recipe, name: str) -> str:
    """Start a run in a process of its own.

    Args:
        recipe: As a look found it.
        name: Of the checkpoint.

    Returns:
        The id of the run.

    Raises:
        InputError: The name is taken, or a file cannot be read or written.
        CheckpointError: The base cannot be used.
    """
    safe = _UNSAFE.sub("_", name.strip()).strip(" .")[:80]
    if not safe:
        raise InputError("the checkpoint has no name", "type one")
    output = resources.trained() / safe
    if output.exists() or any(one.plan.output == output and not one.final for one in runs.list_runs()):
        raise InputError(f"there is a checkpoint {safe!r} already", "choose another name")
    plan = plan_run(recipe, output, command=command_line(recipe, output), save_seconds=60.0)
    runs.start(plan.id)
    return plan.id


def free_name(source: Source, now: datetime | None = None) -> str:
    """A name for a checkpoint that is not taken.

    Args:
        source: What it is trained on.
        now: When; by default now.

    Returns:
        Such as ``reviews-1121-1640``.
    """
    stem = Path(source.file.partition("@")[0].rpartition(":")[2]).stem
    return f"{_UNSAFE.sub('_', stem)[:40].strip(' .') or 'model'}-{now or datetime.now():%m%d-%H%M}"
