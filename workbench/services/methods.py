"""Which methods there are for a checkpoint, and their options."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.checkpoints import Checkpoint
from workbench.errors import IncompatibleError, InputError
from workbench.explainers import METHODS, Options, make_options
from workbench.schema import Unit

__all__ = [
    "DEFAULT_METHODS",
    "choose_methods",
    "make_options",
    "method_names",
    "methods_for",
    "options_from_json",
    "parse_unit",
]

DEFAULT_METHODS = ("shap", "lime", "attention-rollout")


def methods_for(checkpoint: Checkpoint) -> dict[str, str | None]:
    """Which methods can run on a checkpoint.

    Args:
        checkpoint: The model.

    Returns:
        Name to the reason why it cannot run, or none.
    """
    return {name: METHODS[name].obstacle(checkpoint) for name in method_names()}


def method_names() -> tuple[str, ...]:
    """All methods in the order in which they are shown: the usual ones first."""
    return tuple(dict.fromkeys([*DEFAULT_METHODS, *METHODS]))


def choose_methods(checkpoint: Checkpoint, names: Sequence[str]) -> tuple[str, ...]:
    """Names of methods as typed, checked; ``all`` means every method that can run.

    Args:
        checkpoint: The model.
        names: Registered names, or ``all``.

    Returns:
        Registered names, each once.

    Raises:
        UnknownNameError: There is no such method.
        IncompatibleError: A method named cannot run on this checkpoint.
    """
    able = methods_for(checkpoint)
    if "all" in names:
        return tuple(name for name, obstacle in able.items() if obstacle is None)
    for name in names:
        obstacle = METHODS[name].obstacle(checkpoint)
        if obstacle:
            raise IncompatibleError(f"{name} cannot run on {checkpoint.name}: {obstacle}", "choose another method")
    return tuple(dict.fromkeys(names))


def options_from_json(method: str, content: str) -> Options:
    """A method's options from their own JSON.

    Args:
        method: Registered name.
        content: As ``model_dump_json`` wrote it.

    Returns:
        The options.
    """
    return METHODS[method].options.model_validate_json(content)


def parse_unit(unit: str) -> Unit:
    """Read a unit as the command line takes it.

    Args:
        unit: ``word`` or ``token``.

    Returns:
        The unit.

    Raises:
        InputError: It is neither.
    """
    try:
        return Unit(unit)
    except ValueError:
        raise InputError(f"there is no unit {unit!r}", f"choose one of {', '.join(Unit)}") from None
