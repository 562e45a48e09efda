"""Training runs from the plan to a checkpoint on the user's list."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from safetensors import SafetensorError

from workbench.checkpoints import catalogue, find, hub, load_checkpoint, locate
from workbench.checkpoints.source import bundled
from workbench.errors import Cancelled, InputError, WorkbenchError
from workbench.services.evaluating import evaluate
from workbench.services.training_setup import command_line
from workbench.tables import Row
from workbench.training import runs
from workbench.training.card import card
from workbench.training.data import Data, check_labels, gather
from workbench.training.events import Event
from workbench.training.hub_data import pinned
from workbench.training.modelling import check_base
from workbench.training.plan import Plan, State, data_hashes
from workbench.training.recipe import Recipe
from workbench.training.recording import Run, record
from workbench.training.saving import appearing, check_new
from workbench.training.trainer import Fitted, fit
from workbench.training.watching import Watch, last_state, state_of

_LOG = logging.getLogger(__name__)
Step = Callable[[int, int, float | None], None]


def plan_run(
    recipe: Recipe,
    output: Path,
    *,
    data_folder: Path = Path(),
    snapshots: tuple[tuple[float, Path], ...] = (),
    command: str | None = None,
    licence: str | None = None,
    listed: bool = True,
    save_seconds: float = 120.0,
) -> Plan:
    """Make a run of a recipe, after a look at what can be seen to be wrong at once.

    Args:
        recipe: What is trained, on what, how.
        output: New folder for the checkpoint.
        data_folder: Where the recipe's relative files are.
        snapshots: Pairs of a share of the steps and a folder.
        command: What does the same again on the command line; by default by the options of ``workbench train``.
        licence: Of the data.
        listed: Whether the checkpoint is put on the user's list.
        save_seconds: How often the state is saved.

    Returns:
        The plan; ``training.runs.start`` starts it in a process of its own, ``work`` does it in this one.

    Raises:
        InputError: A file is at fault, or the folder is not empty.
        CheckpointError: The base cannot be used.
    """
    for folder in [output, *(place for _, place in snapshots)]:
        check_new(folder)
    located = locate(recipe.base)
    check_base(located.folder)
    fixed = recipe.with_sources(pinned)
    return runs.create(
        fixed,
        output,
        base=located.pinned,
        data_folder=data_folder,
        snapshots=snapshots,
        command=command_line(fixed, output) if command is None else command,
        licence=licence,
        listed=listed,
        save_seconds=save_seconds,
    )


def work(run: str, *, step: Step | None = None) -> State:
    """Work on a run in this process, from its last saved state where there is one.

    Args:
        run: Its id.
        step: Called with steps done, steps in all, and the last loss.

    Returns:
        How it ended.

    Raises:
        WorkbenchError: Whatever went wrong, which the run's state says too; or another process works on it.
    """
    with runs.claimed(run) as place:
        runs.note_process(place)
        try:
            state = _work(place, runs.read(run).plan, step)
        except Cancelled:
            state = State(phase="cancelled", stopped="cancelled")
        except WorkbenchError as error:
            runs.say(place, State(phase="failed", fault=str(error)))
            raise
        except SafetensorError as error:  # what its library makes of a full disk
            unsaved = WorkbenchError(f"the weights cannot be saved ({error})", f"free some room; {_again(place.name)}")
            runs.say(place, State(phase="failed", fault=str(unsaved)))
            raise unsaved from None
        except Exception as error:  # nobody watches this process: its state says what went wrong
            fault = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}; see {place / 'log.txt'}"
            runs.say(place, State(phase="failed", fault=fault))
            raise
        runs.say(place, state)
        return state


def _again(run: str) -> str:
    return f"go on with: workbench train --resume {run}"


def _work(place: Path, plan: Plan, step: Step | None) -> State:
    runs.say(place, State(phase="reading"))
    check_new(plan.output)
    _check_unchanged(plan)
    data = gather(plan.recipe, plan.data_folder)
    check_labels(plan.recipe, data)

    def cancelled() -> bool:
        return (place / "cancel").exists()

    if cancelled():
        raise Cancelled
    states = place / "states"
    states.mkdir(exist_ok=True)
    resume = last_state(states)
    done = int((state_of(resume) or {}).get("global_step", 0)) if resume else 0
    for broken in states.glob("checkpoint-*"):
        if state_of(broken) is None:
            shutil.rmtree(broken)
    runs.tell(place, Event(kind="attempt", step=done, steps=0, epoch=0.0, seconds=0.0))
    watch = Watch(
        event=lambda event: runs.tell(place, event),
        cancelled=cancelled,
        save_seconds=plan.save_seconds,
        snapshots=plan.snapshots,
    )
    if step:
        watch.step = step
    runs.say(place, State(phase="training"))
    base = find(plan.base)
    fitted = fit(plan.recipe, data, base, states, watch, resume=resume, hub=_hub_base(plan))
    runs.say(place, State(phase="scoring", stopped=fitted.stopped, kept_step=fitted.kept_step))
    return _finish(place, plan, data, fitted)


def _check_unchanged(plan: Plan) -> None:
    now = data_hashes(plan.recipe, plan.data_folder)
    changed = next((name for name, digest in plan.data_hashes.items() if now.get(name) != digest), None)
    if changed is not None:
        raise InputError(f"{changed} has changed since the run was made", "start a new run")


def _hub_base(plan: Plan) -> tuple[str, str] | None:
    if plan.base in bundled() or Path(plan.base).is_absolute():
        return None
    wanted = hub.parse(plan.base)
    return (wanted.repository, wanted.commit) if wanted and wanted.commit else None


def _finish(place: Path, plan: Plan, data: Data, fitted: Fitted) -> State:
    """Save, measure, describe; only then does the checkpoint get its name."""
    scored_on = "test" if data.test else "validation" if data.validation else None
    run = Run(
        output=plan.output,
        train_rows=len(data.train),
        test_rows=len(data.test),
        steps=fitted.steps,
        seconds=fitted.seconds,
        loss=fitted.loss,
    )
    with appearing(plan.output) as part:
        fitted.save(part)
        scores = _scores(part, plan.recipe, data, scored_on)
        facts: dict[str, Any] = {
            "stopped": fitted.stopped or None,
            "kept_step": fitted.kept_step,
            "loss": fitted.loss,
            "validation_rows": len(data.validation),
            "left_out": dict(data.left_out),
            "data_sha256": {Path(name).name: digest for name, digest in plan.data_hashes.items()},
            "scores": scores,
            "scored_on": scored_on,
            "command": plan.command or None,
        }
        record(plan.recipe, run, part, 1.0, **facts)
        (part / "README.md").write_text(card(plan, data, fitted, scores, scored_on), encoding="utf-8")
    for share, folder in plan.snapshots:
        if folder.exists():
            record(plan.recipe, run, folder, share)
    shutil.rmtree(place / "states", ignore_errors=True)
    return State(
        phase="cancelled" if fitted.stopped == "cancelled" else "done",
        stopped=fitted.stopped,
        kept_step=fitted.kept_step,
        scores=scores,
        scored_on=scored_on,
        entry=_listed(plan) if plan.listed else str(plan.output),
    )


def _listed(plan: Plan) -> str:
    """Put the checkpoint on the user's list; it is there, and can be used, even where the list cannot be written."""
    try:
        return catalogue.add(str(plan.output)).name
    except WorkbenchError as error:
        _LOG.warning("%s is not on your list of checkpoints: %s", plan.output, error)
        return str(plan.output)


def _scores(folder: Path, recipe: Recipe, data: Data, scored_on: str | None) -> dict[str, Any] | None:
    """The figures of ``evaluate`` on the checkpoint as it was saved."""
    held: Sequence[Any] = data.test if scored_on == "test" else data.validation
    if not held:
        return None
    rows = [Row(one.text, recipe.labels[one.label], one.text) for one in held]
    found = evaluate(load_checkpoint(str(folder)), rows)
    return found.model_dump(exclude={"name"})
