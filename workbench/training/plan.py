"""What a run is to do, frozen when it is made, and where it stands. Nothing here needs torch."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from workbench.errors import InputError
from workbench.schema import Frozen
from workbench.training.events import Event
from workbench.training.hub_data import is_hub
from workbench.training.recipe import Recipe

FINAL = ("done", "cancelled", "failed")
Phase = Literal["starting", "reading", "training", "scoring", "interrupted", "done", "cancelled", "failed"]


class Plan(Frozen):
    """All that a run is to do.

    Attributes:
        schema_version: Of this file.
        id: Names the run and its folder.
        created: When, as ISO 8601 in UTC.
        recipe: What is trained; data of the hub with their commit.
        base: What loads the base: a bundled name, an absolute path, or a hub id with its commit.
        data_folder: Where the recipe's relative files are.
        data_hashes: sha256 of each file, so that a run never goes on with other data than it began with.
        output: Folder for the checkpoint.
        snapshots: Pairs of a share of the steps and a folder.
        command: What does the same again on the command line.
        licence: Of the data, where it is known.
        listed: Whether the checkpoint is put on the user's list.
        save_seconds: How often the state of the run is saved, besides at each look at the validation texts.
    """

    schema_version: Literal["workbench.training/1"] = "workbench.training/1"
    id: str
    created: str
    recipe: Recipe
    base: str
    data_folder: Path
    data_hashes: dict[str, str]
    output: Path
    snapshots: tuple[tuple[float, Path], ...] = ()
    command: str = ""
    licence: str | None = None
    listed: bool = True
    save_seconds: Annotated[float, Field(ge=0)] = 120.0


class State(Frozen):
    """What the process of a run says of itself; rewritten whole each time.

    Attributes:
        phase: How far it is; never ``interrupted``, which only others can tell.
        fault: Why it failed, in one line.
        stopped: ``early`` or ``cancelled`` where not all steps were taken.
        kept_step: After which step the weights of the checkpoint were taken.
        scores: Of the checkpoint, as ``services.evaluate`` gives them.
        scored_on: ``test`` or ``validation``; none where nothing was held out.
        entry: What loads the checkpoint.
    """

    phase: Phase
    fault: str | None = None
    stopped: str = ""
    kept_step: int | None = None
    scores: dict[str, Any] | None = None
    scored_on: str | None = None
    entry: str | None = None


class Status(Frozen):
    """Where a run stands, for whoever watches.

    Attributes:
        plan: What it is to do.
        state: What its process said last; the phase is ``interrupted`` where that process is gone before its end.
        step: Optimiser steps done.
        steps: In all; 0 where not yet known.
        loss: Mean over the last steps.
        learning_rate: Of the last step told.
        metrics: Of the last look at the validation texts.
        seconds_left: Until the last step, at the pace so far; none where that is not known.
        cancelling: It was asked to stop and has not yet.
    """

    plan: Plan
    state: State
    step: int
    steps: int
    loss: float | None
    learning_rate: float | None
    metrics: dict[str, float] | None
    seconds_left: float | None
    cancelling: bool

    @property
    def final(self) -> bool:
        """Whether nothing will happen any more by itself."""
        return self.state.phase in (*FINAL, "interrupted")


def pace(events: tuple[Event, ...]) -> float | None:
    """Seconds that a step takes, by the events of the last attempt.

    Args:
        events: As written; see ``events.settled`` for what ``attempt`` means.

    Returns:
        Seconds; none before two events.
    """
    begins = max((place for place, one in enumerate(events) if one.kind == "attempt"), default=-1)
    own = events[begins:] if begins >= 0 else ()
    if len(own) < 2 or own[-1].step <= own[0].step:
        return None
    return (own[-1].seconds - own[0].seconds) / (own[-1].step - own[0].step)


def data_hashes(recipe: Recipe, folder: Path) -> dict[str, str]:
    """The sha256 of every file of a recipe.

    Args:
        recipe: The recipe.
        folder: Where relative files are.

    Returns:
        File as the recipe names it to digest; data of the hub, whose commit says as much, are left out.

    Raises:
        InputError: A file cannot be read.
    """
    found = {}
    for source in (*recipe.data, *recipe.validation, *recipe.test):
        if is_hub(source.file):
            continue
        try:
            with (folder / source.file).open("rb") as stream:
                found[source.file] = hashlib.file_digest(stream, "sha256").hexdigest()
        except FileNotFoundError:
            raise InputError(f"there is no file {folder / source.file}", "check the path") from None
        except OSError as error:
            raise InputError(f"{folder / source.file} cannot be read ({error.strerror})", "check the file") from None
    return found
