"""What happens between the steps of a run: when to look, save and stop, and what is told to whoever watches."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from workbench.training.events import Event
from workbench.training.recipe import Recipe

Snapshot = tuple[float, Path]
_STATE = "trainer_state.json"


@dataclass
class Watch:
    """How a run is watched.

    Attributes:
        event: Told of losses and looks at the validation texts.
        step: Told steps done, steps in all and the last loss, after every step.
        cancelled: Asked after every step; true stops.
        save_seconds: The state of the run is saved when so long has passed, and at each look; none for never.
        snapshots: Pairs of a share of the steps and a folder.
    """

    event: Callable[[Event], None] = lambda event: None
    step: Callable[[int, int, float | None], None] = lambda done, total, loss: None
    cancelled: Callable[[], bool] = lambda: False
    save_seconds: float | None = None
    snapshots: Sequence[Snapshot] = ()
    stopped: str = field(default="", init=False)


def looks(recipe: Recipe, steps: int, validates: bool) -> frozenset[int]:
    """After which steps the validation texts are looked at.

    Args:
        recipe: How often in an epoch.
        steps: In all.
        validates: Whether there are any.

    Returns:
        Steps; the last is one.
    """
    if not validates:
        return frozenset()
    every = max(1, math.ceil(steps / (recipe.epochs * recipe.evaluations)))
    return frozenset([*range(every, steps + 1, every), steps])


def exhausted(history: Sequence[Mapping[str, Any]], recipe: Recipe) -> bool:
    """Whether so many looks brought nothing better that training stops.

    Args:
        history: What the trainer logged.
        recipe: Metric and patience.

    Returns:
        True where training is to stop early.
    """
    sign = -1 if recipe.metric == "loss" else 1
    values = [sign * entry[f"eval_{recipe.metric}"] for entry in history if f"eval_{recipe.metric}" in entry]
    if not recipe.patience or not values:
        return False
    return len(values) - 1 - values.index(max(values)) >= recipe.patience


def last_state(folder: Path) -> Path | None:
    """The newest saved state that is whole.

    Args:
        folder: The trainer's.

    Returns:
        A folder; none where nothing was saved. The trainer writes its own state last, so one with it is complete.
    """
    found = sorted(folder.glob("checkpoint-*"), key=lambda place: int(place.name.rsplit("-", 1)[1]), reverse=True)
    return next((place for place in found if state_of(place)), None)


def state_of(place: Path) -> dict[str, Any] | None:
    """What the trainer said of itself when it saved a state; none where it did not get so far."""
    try:
        content = json.loads((place / _STATE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def callback(recipe: Recipe, watch: Watch, keep: Callable[[Path], None], validates: bool) -> Any:
    """The trainer's callback.

    Args:
        recipe: What is trained.
        watch: How it is watched; ``stopped`` is set where it ends before the last step.
        keep: Saves a snapshot.
        validates: Whether there are validation texts.

    Returns:
        For ``Trainer.add_callback``.
    """
    import transformers

    class Watching(transformers.TrainerCallback):  # type: ignore[misc, unused-ignore]
        """Decides by the steps alone, so that a run that goes on does what the whole would have done."""

        def __init__(self) -> None:
            self.start = self.saved = time.monotonic()
            self.looks: frozenset[int] = frozenset()

        def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            self.looks = looks(recipe, state.max_steps, validates)

        def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            step = state.global_step
            for share, folder in watch.snapshots:
                if step == max(1, round(share * state.max_steps)):
                    keep(folder)
            last = next((entry["loss"] for entry in reversed(state.log_history) if "loss" in entry), None)
            watch.step(step, state.max_steps, last)
            if watch.cancelled():
                watch.stopped = "cancelled"
                control.should_training_stop = True
            ends = control.should_training_stop or step >= state.max_steps
            due = watch.save_seconds is not None and time.monotonic() - self.saved >= watch.save_seconds
            control.should_evaluate = validates and (ends or step in self.looks)
            control.should_save = watch.save_seconds is not None and (control.should_evaluate or ends or due)
            # What is logged before a state is saved is not lost with what comes after.
            control.should_log = control.should_log or control.should_evaluate or control.should_save or ends

        def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            self.saved = time.monotonic()

        def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
            if logs and "loss" in logs:
                watch.event(
                    _event("train", state, self.start, loss=logs["loss"], learning_rate=logs.get("learning_rate"))
                )

        def on_evaluate(self, args: Any, state: Any, control: Any, metrics: Any = None, **kwargs: Any) -> None:
            kept = {name: float((metrics or {})[f"eval_{name}"]) for name in ("loss", "accuracy", "macro_f1")}
            watch.event(_event("evaluate", state, self.start, metrics=kept))
            if not watch.stopped and exhausted(state.log_history, recipe) and state.global_step < state.max_steps:
                watch.stopped = "early"
                control.should_training_stop = True

    return Watching()


def _event(kind: Literal["train", "evaluate"], state: Any, start: float, **values: Any) -> Event:
    """What is told of the trainer's state, at a time since its start."""
    return Event(
        kind=kind,
        step=state.global_step,
        steps=state.max_steps,
        epoch=float(state.epoch or 0),
        seconds=time.monotonic() - start,
        **values,
    )
