"""Which methods there are for a checkpoint, and their options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from workbench.checkpoints import Checkpoint
from workbench.errors import IncompatibleError, InputError
from workbench.explainers import METHODS, Options
from workbench.schema import Unit

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


def make_options(method: str, values: Mapping[str, Any] | None = None, budget: int | None = None) -> Options:
    """A method's options from loose values.

    Args:
        method: Registered name.
        values: Field name to value.
        budget: For the field of that name, where the method has one.

    Returns:
        The options.

    Raises:
        InputError: A field is unknown or its value out of bounds.
    """
    kind = METHODS[method].options
    given = dict(values or {})
    if budget is not None and "budget" in kind.model_fields:
        given.setdefault("budget", budget)
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise InputError(
            f"the option {field!r} of {method} cannot be {first['input']!r} ({first['msg']})",
            f"its options: {', '.join(kind.model_fields) or 'none'}",
        ) from None


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
