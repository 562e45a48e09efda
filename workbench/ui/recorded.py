"""What a saved run brings back into a session: its checkpoint where that is still the same, and its settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench import services
from workbench.checkpoints import Checkpoint, CheckpointTask
from workbench.errors import WorkbenchError
from workbench.schema import CheckpointInfo, Explanation
from workbench.ui import caching, state
from workbench.ui.budgets import BUDGETS
from workbench.ui.state import choices


def as_recorded(info: CheckpointInfo, task: CheckpointTask = "classification") -> tuple[Checkpoint | None, str]:
    """The checkpoint that a saved run is of, where it is still the same.

    Args:
        info: What the run says of it.
        task: What it does.

    Returns:
        The checkpoint, loaded; or none and why, in one line.
    """
    if info.name not in caching.offered(task):
        return None, f"the checkpoint {info.name} is not offered here; add it to compute this"
    try:
        found: Checkpoint = caching.checkpoint(info.name)
    except WorkbenchError as error:
        return None, str(error)
    if found.fingerprint != info.fingerprint:
        return None, f"the checkpoint {info.name} has changed since this run; run again to see what it says now"
    return found, ""


def options_json(method: str, explanation: Explanation | None) -> str:
    """The options of a method in a saved run.

    Args:
        method: Registered name.
        explanation: What it gave, if anything.

    Returns:
        JSON; of the defaults where those of then are not known, or not to this version.
    """
    try:
        return services.make_options(method, None if explanation is None else explanation.options).model_dump_json()
    except WorkbenchError:
        return services.make_options(method).model_dump_json()


def put_shared(options: Mapping[str, Mapping[str, Any]], seed: int, into: dict[str, dict[str, Any]]) -> None:
    """Set what pages have in common: the options of methods, the seed, and the budget that fits.

    Args:
        options: Method to what it ran with.
        seed: Of whatever is random.
        into: The page's choices of options, by method.
    """
    chosen = choices()
    into |= {name: dict(values) for name, values in options.items()}
    state.put("seed", seed)
    budgets = {name: values["budget"] for name, values in options.items() if "budget" in values}
    fitting = [
        size for size, sizes in BUDGETS.items() if all(sizes.get(name, made) == made for name, made in budgets.items())
    ]
    if fitting and chosen.budget not in fitting:
        state.put("budget", fitting[0])
