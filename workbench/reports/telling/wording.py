"""Names and numbers as readers see them."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.schema import Figure

_ACRONYMS = {"shap", "lime"}


def method_title(name: str) -> str:
    """A method as readers see it.

    A report cannot ask the methods themselves: it is also written where they are not loaded.

    Args:
        name: Registered name.

    Returns:
        Its title.
    """
    if name in _ACRONYMS:
        return name.upper()
    words = name.replace("-x-", " × ").replace("-", " ")
    return words[:1].upper() + words[1:]


def figure_title(name: str) -> str:
    """A figure as readers see it.

    Args:
        name: Of a metric.

    Returns:
        Words.
    """
    return name.replace("_", " ").capitalize()


def figure_text(figure: Figure | None, digits: int = 2) -> str:
    """A figure, or why there is none.

    Args:
        figure: With a value or a reason; none where it was not measured.
        digits: After the point.

    Returns:
        A phrase.
    """
    if figure is None:
        return ""
    return f"{figure.value:.{digits}f}" if figure.value is not None else f"n/a ({figure.reason})"


def value_of(figures: Mapping[str, Figure], name: str) -> float | None:
    """The number of a figure.

    Args:
        figures: By name.
        name: Of one that may be missing.

    Returns:
        None where it is missing or undefined.
    """
    return figures[name].value if name in figures else None


def counted(count: int, one: str) -> str:
    """A number of things.

    Args:
        count: How many.
        one: What one is called.

    Returns:
        Such as ``2 words``.
    """
    return f"{count:,} {one}{'' if count == 1 else 's'}"


def listed(names: list[str]) -> str:
    """Names in a sentence.

    Args:
        names: At least one.

    Returns:
        Such as ``a, b and c``.
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
