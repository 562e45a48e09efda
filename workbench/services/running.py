"""What goes into the record of a result."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.metadata import PackageNotFoundError, version

_LIBRARIES = ("torch", "transformers", "shap", "lime", "bertviz", "captum", "numpy")

MethodProgress = Callable[[str, int, int], None]


def installed(package: str) -> str | None:
    """The version of a package.

    Args:
        package: Any name.

    Returns:
        None where it is not installed.
    """
    try:
        return version(package)
    except (PackageNotFoundError, ValueError):  # ValueError: the name is empty
        return None


@cache
def _versions() -> tuple[tuple[str, str], ...]:
    named = [("workbench", "explainability-workbench"), *((name, name) for name in _LIBRARIES)]
    return tuple((name, found) for name, package in named if (found := installed(package)))


def provenance() -> dict[str, str]:
    """Versions of everything that takes part in a result.

    Returns:
        Package to version.
    """
    return dict(_versions())


def named(progress: MethodProgress, name: str) -> Callable[[int, int], None]:
    """Progress of one part of several.

    Args:
        progress: Called with the part, evaluations done and expected.
        name: The part.

    Returns:
        What the part calls.
    """
    return lambda done, total: progress(name, done, total)
