"""The folder of a training run, in ``runs`` below the user's data folder.

It holds what a job's does (see ``workbench.work.jobs``), and::

    progress.jsonl  losses and looks at the validation texts; only ever added to
    states/         the trainer's own saved states: weights as safetensors; optimizer, scheduler and random numbers as
                    torch saves them, read back with ``weights_only`` and from nowhere but here

Everything here can be read without torch.
"""

from __future__ import annotations

import json
from pathlib import Path

from workbench.placing import place_text
from workbench.training.events import Event
from workbench.training.plan import State
from workbench.work.jobs import Jobs

RUNS = Jobs(where="runs", noun="run", command="workbench training")


def say(place: Path, state: State) -> None:
    """Write down how far a run is; only for who holds it.

    Args:
        place: Its folder.
        state: How far.
    """
    place_text(place / "state.json", state.model_dump_json(), private=True, durable=False)


def tell(place: Path, event: Event) -> None:
    """Add a line to a run's progress; only for who holds it.

    Args:
        place: Its folder.
        event: What happened.
    """
    with (place / "progress.jsonl").open("a", encoding="utf-8") as stream:
        stream.write(event.model_dump_json(exclude_none=True) + "\n")


def lines(place: Path) -> tuple[Event, ...]:
    """The events as written; half a last line is left for the next look.

    Args:
        place: The run's folder.

    Returns:
        In the order of writing; see ``events.settled``.
    """
    try:
        content = (place / "progress.jsonl").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ()
    found = []
    for line in content.splitlines():
        try:
            found.append(Event.model_validate(json.loads(line)))
        except (ValueError, RecursionError):
            continue
    return tuple(found)
