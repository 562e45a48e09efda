"""A filter of rows in words, one condition after the other, and what takes each away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from workbench.schema import RowFilter
from workbench.text import excerpt

# A range of confidence that ends above one has no end.
SURELY = 2.0
_SHOWN = 40
_MARKED = {True: "marked", False: "not marked"}
_RELABELLED = {True: "relabelled", False: "not relabelled"}
_FAILED = {True: "could not be predicted", None: "also what could not be predicted"}


class Part(NamedTuple):
    """A condition that rows meet.

    Attributes:
        words: What it says.
        without: The fields of the filter that take it away.
    """

    words: str
    without: dict[str, Any]


def parts_of(chosen: RowFilter, labels: Sequence[str]) -> list[Part]:
    """The conditions of a filter.

    Args:
        chosen: The filter.
        labels: Of the checkpoint.

    Returns:
        One for each thing that is asked for; none for the filter that asks for nothing.
    """
    return [*_of_text(chosen), *_of_labels(chosen, labels), *_of_numbers(chosen), *_of_columns(chosen), *_said(chosen)]


def _of_text(chosen: RowFilter) -> Iterable[Part]:
    if chosen.text:
        yield Part(f"contains “{excerpt(chosen.text, _SHOWN)}”", {"text": ""})
    if chosen.word:
        yield Part(f"word “{excerpt(chosen.word, _SHOWN)}”", {"word": ""})


def _of_labels(chosen: RowFilter, labels: Sequence[str]) -> Iterable[Part]:
    if chosen.predicted is not None:
        yield Part(f"predicted {_label(chosen.predicted, labels)}", {"predicted": None})
    if chosen.truth is not None:
        yield Part(f"label {_label(chosen.truth, labels)}", {"truth": None})
    if chosen.right is not None:
        yield Part("right" if chosen.right else "wrong", {"right": None})
    for tag in chosen.tags:
        yield Part(tag.value, {"tags": tuple(one for one in chosen.tags if one != tag)})


def _label(index: int, labels: Sequence[str]) -> str:
    return excerpt(labels[index], _SHOWN) if index < len(labels) else f"number {index}"


def _of_numbers(chosen: RowFilter) -> Iterable[Part]:
    if chosen.confidence is not None:
        yield Part(f"confidence {_confidence(*chosen.confidence)}", {"confidence": None})
    if chosen.temperature is not None:
        yield Part(f"confidence at temperature {chosen.temperature:.4g}", {"temperature": None})
    if chosen.words is not None:
        yield Part(f"{chosen.words[0]:,} to {chosen.words[1]:,} words", {"words": None})
    if chosen.language is not None:
        yield Part(f"language {chosen.language or '(none)'}", {"language": None})


def _confidence(least: float, below: float) -> str:
    ends = [*([f"at least {least:.4g}"] if least > 0 else []), *([f"below {below:.4g}"] if below <= 1 else [])]
    return ", ".join(ends) or "known"


def _of_columns(chosen: RowFilter) -> Iterable[Part]:
    for name, value in chosen.extra:
        said = "is missing" if value is None else f"= {excerpt(value, _SHOWN) or '(empty)'}"
        yield Part(f"{excerpt(name, _SHOWN)} {said}", {"extra": _without(chosen.extra, (name, value))})
    for name, low, high in chosen.extra_ranges:
        said = f"{excerpt(name, _SHOWN)} {low:g} to {high:g}"
        yield Part(said, {"extra_ranges": _without(chosen.extra_ranges, (name, low, high))})


def _without(conditions: Iterable[tuple[Any, ...]], one: tuple[Any, ...]) -> tuple[tuple[Any, ...], ...]:
    return tuple(other for other in conditions if other != one)


def _said(chosen: RowFilter) -> Iterable[Part]:
    if chosen.failed is not False:
        yield Part(_FAILED[chosen.failed], {"failed": False})
    if chosen.marked is not None:
        yield Part(_MARKED[chosen.marked], {"marked": None})
    if chosen.corrected is not None:
        yield Part(_RELABELLED[chosen.corrected], {"corrected": None})
