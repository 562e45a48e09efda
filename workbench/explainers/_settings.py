"""A method's options from what users give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from workbench.errors import InputError
from workbench.explainers.base import METHODS, Options


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
        what = f"the option {field!r} of {method} cannot be {first['input']!r} ({first['msg']})"
        if field not in kind.model_fields:
            what = f"{method} has no option {field!r}"
        raise InputError(what, f"its options: {', '.join(kind.model_fields) or 'none'}") from None
