"""A report's JSON values beside the recomputed ones: every leaf, but for those that recomputing cannot tell."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from workbench.reports.comparison_json import COMPARISON_SCHEMA
from workbench.reports.entities_json import ENTITIES_SCHEMA
from workbench.reports.explanation_json import EXPLANATION_SCHEMA
from workbench.reports.file_comparison import FILE_SCHEMA
from workbench.reports.prediction_json import REST
from workbench.reports.runs_json import RUNS_SCHEMA
from workbench.schema import Deviation, Fault, PartChecked
from workbench.schema.verification import Value
from workbench.text import excerpt

Path = tuple[str, ...]

# What recomputing cannot tell; each stands for all that lies below it. docs/verify.md has the same list.
UNVERIFIABLE = (
    "checkpoint.name",
    "checkpoint.revision",
    "explanations.*.seconds",
    "explanations.*.evaluations.made",
    "explanations.*.provenance",
    "explained.explanations.*.seconds",
    "explained.explanations.*.evaluations.made",
    "explained.explanations.*.provenance",
    "trust.evaluations.made",
    "provenance",
    "checkpoints.*.checkpoint.name",
    "checkpoints.*.checkpoint.revision",
    "checkpoints.*.explanation.seconds",
    "checkpoints.*.explanation.evaluations.made",
    "checkpoints.*.explanation.provenance",
    "pairs.*.checkpoints",
    "pairs.*.difference.seconds",
    "pairs.*.difference.evaluations.made",
    "pairs.*.difference.evaluations_of.*.made",
    "pairs.*.difference.provenance",
)
# Of a comparison on a file; of its source, all where the file itself is not read again.
UNVERIFIABLE_OF_FILES = (
    "checkpoints.*.checkpoint.name",
    "checkpoints.*.checkpoint.revision",
    "checkpoints.*.seconds",
    "checkpoints.*.disk_bytes",
    "words.*.made",
    "provenance",
)
OF_THE_FILE = ("source", "rows.*.number")
OF_A_FILE_READ = ("source.name", "source.notes")
# Of saved runs, beside those of each result.
UNVERIFIABLE_OF_RUNS = (
    "title",
    "runs.*.id",
    "runs.*.created",
    "runs.*.seconds",
    "runs.*.faults",
    "runs.*.note",
    "runs.*.tags",
)
# Left out where the methods are not judged again.
OF_TRUST = ("trust", "explanations.*.units.*.spread")
# Left out where a report has not got it yet.
NOT_IN_OLDER = (
    *(f"prediction.{name}" for name in REST),
    *(f"prediction.windows.*.{name}" for name in (*REST, "unread_from")),
)
NOT_IN_OLDER_FILES = ("checkpoints.*.intervals",)

# What documents of a schema do not have.
_ELSEWHERE = {
    EXPLANATION_SCHEMA: ("checkpoints.", "pairs.", "explained."),
    COMPARISON_SCHEMA: ("checkpoint.", "explanations.", "trust.", "explained."),
    ENTITIES_SCHEMA: ("checkpoints.", "pairs.", "explanations.", "trust."),
}

_SHOWN = 40  # signs of a word in a place
_LARGEST_INT, _LARGEST = 2**63, sys.float_info.max
# What names an entry of a list, where there is one of a name; units stand at a number.
_NAMED = ("method", "name", "depth")


def unverifiable_in(schema: str, *, read: bool = False) -> tuple[str, ...]:
    """What recomputing cannot tell of a report.

    Args:
        schema: Of its document.
        read: The file that it is of, where it is of one, was read again.

    Returns:
        Those of the paths above that such a document can have.
    """
    if schema == FILE_SCHEMA:
        return (*UNVERIFIABLE_OF_FILES, *(OF_A_FILE_READ if read else OF_THE_FILE))
    if schema == RUNS_SCHEMA:
        return (*UNVERIFIABLE_OF_RUNS, *(f"runs.*.result.{name}" for name in UNVERIFIABLE))
    return tuple(name for name in UNVERIFIABLE if not name.startswith(_ELSEWHERE[schema]))


def within(recorded: float, recomputed: float, tolerance: float) -> bool:
    """Whether two numbers are the same but for the tolerance.

    Args:
        recorded: In the report.
        recomputed: Here and now.
        tolerance: Times the size of the number, where that is above one.

    Returns:
        True where they are.
    """
    return abs(recorded - recomputed) <= tolerance * max(1.0, abs(recomputed))


@dataclass
class _Part:
    """What is known so far of a part."""

    values: int = 0
    largest: float = 0.0
    largest_at: str | None = None
    deviations: list[Deviation] = field(default_factory=list)


class Comparing:
    """Compares JSON values leaf by leaf.

    Args:
        tolerance: See ``within``.
        leaving_out: Paths that are not compared, with ``*`` for an entry of a list or any key.
        before: Put before the names of places and parts.
    """

    def __init__(self, tolerance: float, leaving_out: Sequence[str] = UNVERIFIABLE, before: str = "") -> None:
        self._tolerance = tolerance
        patterns = [tuple(one.split(".")) for one in leaving_out]
        self._patterns = {len(one): [other for other in patterns if len(other) == len(one)] for one in patterns}
        self._before = before
        self._parts: dict[str, _Part] = {}

    @property
    def parts(self) -> Iterator[PartChecked]:
        """What was compared."""
        for name, part in self._parts.items():
            yield PartChecked(
                name=name,
                values=part.values,
                largest=part.largest,
                largest_at=part.largest_at,
                beyond=len(part.deviations),
            )

    @property
    def deviations(self) -> tuple[Deviation, ...]:
        """All that differs."""
        return tuple(one for part in self._parts.values() for one in part.deviations)

    def results(self, recorded: Mapping[str, Any], recomputed: Mapping[str, Any]) -> None:
        """Compare two documents of one schema.

        Args:
            recorded: Of the report.
            recomputed: Here and now.
        """
        mains = {"checkpoints": "comparison", "predictions": "entities"}
        main = next((part for key, part in mains.items() if key in recomputed), "prediction")
        self._values(recorded, recomputed, (), "", main)

    def _values(self, recorded: Any, recomputed: Any, path: Path, place: str, part: str) -> None:
        if self._left_out(path):
            return
        if isinstance(recorded, Mapping) and isinstance(recomputed, Mapping):
            self._keys(recorded, recomputed, path, place, part)
        elif isinstance(recorded, list) and isinstance(recomputed, list):
            self._entries(recorded, recomputed, path, place, part)
        else:
            self._leaf(recorded, recomputed, place, part)

    def _left_out(self, path: Path) -> bool:
        found = self._patterns.get(len(path), ())
        return any(all(want in ("*", have) for have, want in zip(path, one, strict=True)) for one in found)

    def _keys(
        self, recorded: Mapping[str, Any], recomputed: Mapping[str, Any], path: Path, place: str, part: str
    ) -> None:
        for name in [*recomputed, *(name for name in recorded if name not in recomputed)]:
            below, inner = (*path, name), _below(place, path, name)
            own = f"trust.{name}" if path == ("trust",) else part
            if name in recorded and name in recomputed:
                self._values(recorded[name], recomputed[name], below, inner, own)
            elif not self._left_out(below):
                fault = Fault.MISSING if name in recomputed else Fault.SURPLUS
                self._note(fault, inner, own, recorded.get(name), recomputed.get(name))

    def _entries(self, recorded: list[Any], recomputed: list[Any], path: Path, place: str, part: str) -> None:
        if len(recorded) != len(recomputed):
            self._note(Fault.COUNT, place, part, len(recorded), len(recomputed))
            return
        top = path in {("explanations",), ("checkpoints",), ("pairs",), ("explained", "explanations")}
        for at, (one, other) in enumerate(zip(recorded, recomputed, strict=True)):
            inner = f"{place}{_entry(other, at)}"
            self._values(one, other, (*path, "*"), inner, inner if top else part)

    def _leaf(self, recorded: Any, recomputed: Any, place: str, part: str) -> None:
        found = self._part(part)
        found.values += 1
        if isinstance(recomputed, float) and _is_number(recorded):
            number = float(max(-_LARGEST, min(recorded, _LARGEST)))
            size = min(abs(number - recomputed), _LARGEST)
            if size > found.largest:
                found.largest, found.largest_at = size, self._before + place
            if not within(number, recomputed, self._tolerance):
                self._note(Fault.NUMBER, place, part, recorded, recomputed, size)
        elif recorded != recomputed or isinstance(recorded, bool) is not isinstance(recomputed, bool):
            self._note(Fault.VALUE, place, part, recorded, recomputed)

    def _note(
        self, fault: Fault, place: str, part: str, recorded: Any, recomputed: Any, size: float | None = None
    ) -> None:
        one, other = _scalar(recorded), _scalar(recomputed)
        found = Deviation(place=self._before + place, fault=fault, recorded=one, recomputed=other, size=size)
        self._part(part).deviations.append(found)

    def _part(self, name: str) -> _Part:
        return self._parts.setdefault(self._before + name, _Part())


def _below(place: str, path: Path, name: str) -> str:
    """A place under a name; names that are the report's own words, such as labels, in quotes."""
    quoted = path[-1:] and path[-1] in {"probabilities", "logits", "scale", "places"}
    return f"{place}[{excerpt(name, _SHOWN)!r}]" if quoted else f"{place}.{excerpt(name, _SHOWN)}".removeprefix(".")


def _entry(item: Any, at: int) -> str:
    """How an entry of a list is called."""
    if not isinstance(item, Mapping):
        return f"[{at}]"
    for key in _NAMED:
        if isinstance(item.get(key), str):
            return f".{excerpt(item[key], _SHOWN)}"
    if isinstance(item.get("checkpoint"), Mapping):
        return f".{item['checkpoint']['name']}"
    both = item.get("methods") or item.get("checkpoints")
    if both:
        return f".{' and '.join(map(str, both))}"
    return f"[{at}] {excerpt(item['text'], _SHOWN)!r}" if isinstance(item.get("text"), str) else f"[{at}]"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _scalar(value: Any) -> Value:
    """A value as a result may hold it; anything large as its beginning."""
    if value is None or isinstance(value, bool | str | float):
        return value
    if isinstance(value, int) and abs(value) < _LARGEST_INT:
        return value
    if isinstance(value, int):
        return f"an integer of {value.bit_length()} bits"
    return excerpt(json.dumps(value, ensure_ascii=False), 80)
