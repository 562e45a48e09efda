"""What a run tells while it goes on, one line of JSON each."""

from __future__ import annotations

from typing import Literal

from workbench.schema import Frozen


class Event(Frozen):
    """One line of a run's progress.

    Attributes:
        kind: A mean loss over the last steps, a look at the validation texts, or the beginning of an attempt; what was
            told before of later steps than its own is then void, since those steps are taken again.
        step: Optimiser steps done.
        steps: Steps in all; 0 where not yet known.
        epoch: Passes over the data done, with fractions.
        seconds: Since this attempt began to train.
        loss: Mean since the last such event.
        learning_rate: Of the step.
        metrics: ``loss``, ``accuracy`` and ``macro_f1`` on the validation texts.
    """

    kind: Literal["attempt", "train", "evaluate"]
    step: int
    steps: int
    epoch: float
    seconds: float
    loss: float | None = None
    learning_rate: float | None = None
    metrics: dict[str, float] | None = None


def settled(events: list[Event]) -> tuple[Event, ...]:
    """The events of a run without those that a later attempt took back.

    Args:
        events: In the order of writing.

    Returns:
        With steps in rising order; attempts left out.
    """
    kept: list[Event] = []
    for event in events:
        if event.kind == "attempt":
            kept = [one for one in kept if one.step <= event.step]
        else:
            kept.append(event)
    return tuple(kept)
