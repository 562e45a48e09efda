"""Rows of a data set on the command line: which are asked for, and how they are written."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from workbench.cli.common import Number
from workbench.cli.output import table
from workbench.errors import InputError
from workbench.schema import RowFilter, Tag, TriageRow
from workbench.tables import defused
from workbench.text import excerpt

if TYPE_CHECKING:
    from workbench.triage import Dataset

TRIAGE_SCHEMA = "workbench.triage/1"
_Command = TypeVar("_Command", bound=Callable[..., Any])
_SURELY = 2.0  # above any confidence
_FILTERS = (
    click.option("--tag", "tags", multiple=True, metavar="T", help=f"It has this tag: {', '.join(Tag)}; repeatable."),
    click.option("--search", default="", metavar="TEXT", help="This stands in the review, whatever the case."),
    click.option("--word", default="", metavar="WORD", help="Likewise, as a word of its own."),
    click.option("--wrong/--right", "wrong", default=None, help="The prediction is wrong, or right."),
    click.option("--predicted", metavar="LABEL", help="The predicted label."),
    click.option("--label", metavar="LABEL", help="The right label, as the file has it or as the checkpoint calls it."),
    click.option("--language", metavar="L", help="As guessed from the text (en, de, ...)."),
    click.option("--below", type=Number(0, 1), metavar="X", help="The confidence is below it."),
    click.option("--from", "least", type=Number(0, 1), metavar="X", help="The confidence is at least that."),
    click.option("--where", "extra", multiple=True, metavar="COLUMN=VALUE", help="Of the file's own; repeatable."),
    click.option("--relabelled/--not-relabelled", default=None, help="It was marked for another label, or not."),
    click.option("--failed", is_flag=True, help="It could not be predicted."),
    click.option("--sort", default="file", show_default=True, metavar="COLUMN", help="confidence, margin, words, ..."),
    click.option("--descending", is_flag=True, help="Greatest first."),
)
_CELLS = ("id", "file", "row", "text", "cut", "error", "given", "right_label", "right", "label")
_NUMBERS = ("confidence", "margin", "expected", "words", "language", "unread_from")


def filters(command: _Command) -> _Command:
    """The options that say which rows, and in which order.

    Args:
        command: Takes them as ``tags``, ``search`` and so on; see ``chosen``.

    Returns:
        The same with the options.
    """
    for option in reversed(_FILTERS):
        command = option(command)
    return command


def chosen(dataset: Dataset, asked: dict[str, Any]) -> RowFilter:
    """What the options ask for.

    Args:
        dataset: An opened batch.
        asked: What was typed, by option.

    Returns:
        The filter.

    Raises:
        InputError: There is no such tag or label, or it is no COLUMN=VALUE.
    """
    from workbench.services import triaging

    predicted, truth = (
        None if typed is None else triaging.label_index(dataset, typed)
        for typed in (asked["predicted"], asked["label"])
    )
    least, below = asked["least"], asked["below"]
    return RowFilter(
        text=asked["search"],
        word=asked["word"],
        predicted=predicted,
        truth=truth,
        right=None if asked["wrong"] is None else not asked["wrong"],
        tags=tuple(map(_tag, asked["tags"])),
        confidence=None if least is None and below is None else (least or 0.0, _SURELY if below is None else below),
        extra=tuple(map(_column, asked["extra"])),
        language=asked["language"],
        failed=asked["failed"],
        corrected=asked["relabelled"],
    )


def as_table(dataset: Dataset, rows: Sequence[TriageRow]) -> str:
    """Rows as lines of a table.

    Args:
        dataset: Where they are from.
        rows: What to write.

    Returns:
        Lines.
    """
    several = len(dataset.manifest.files) > 1
    header = ["row", "label", "predicted", "confidence", "margin", "tags", "marked", "text"]
    cells = [
        [
            f"{one.file}:{one.row}" if several else one.row,
            one.given or "",
            one.label or "",
            one.confidence,
            one.margin,
            ", ".join(one.tags),
            "" if one.correction is None else one.correction if one.relabelled else "right",
            one.error or excerpt(one.text),
        ]
        for one in rows
    ]
    return table(header, cells)


def as_csv(rows: Sequence[TriageRow]) -> str:
    """Rows as CSV; cells that a spreadsheet would take for a formula stand behind an apostrophe.

    Args:
        rows: What to write.

    Returns:
        Lines.
    """
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    extras = [name for name, _ in rows[0].extras] if rows else []
    writer.writerow([*_CELLS, *_NUMBERS, "tags", "correction", "note", *map(defused, extras)])
    for one in rows:
        plain = [getattr(one, name) for name in (*_CELLS, *_NUMBERS)]
        cells = [*plain, "; ".join(one.tags), one.correction, one.note, *(value for _, value in one.extras)]
        writer.writerow([defused(cell) if isinstance(cell, str) else cell for cell in cells])
    return stream.getvalue()


def as_json(rows: Sequence[TriageRow], **beside: Any) -> str:
    """Rows as JSON.

    Args:
        rows: What to write.
        beside: What else is said.

    Returns:
        A document.
    """
    content = {"schema": TRIAGE_SCHEMA, **beside, "rows": [one.model_dump(mode="json") for one in rows]}
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def one_whole(dataset: Dataset, row: TriageRow) -> str:
    """A row as a table of what is known of it.

    Args:
        dataset: Where it is from.
        row: What to write.

    Returns:
        Lines.
    """
    facts = {name: getattr(row, name) for name in (*_CELLS, *_NUMBERS, "correction", "note") if name != "cut"}
    facts |= {"tags": ", ".join(row.tags), **{f"column {name}": value for name, value in row.extras}}
    labels = dataset.manifest.checkpoint.labels
    facts |= {f"probability of {label}": chance for label, chance in zip(labels, row.probabilities, strict=False)}
    return table(["what", "value"], [[name, value] for name, value in facts.items() if value not in (None, "")])


def _tag(typed: str) -> Tag:
    try:
        return Tag(typed.strip().lower())
    except ValueError:
        raise InputError(f"there is no tag {typed!r}", f"choose from: {', '.join(Tag)}") from None


def _column(typed: str) -> tuple[str, str]:
    name, equals, value = typed.partition("=")
    if not equals:
        raise InputError(f"{typed!r} says nothing about a column", "write it as COLUMN=VALUE")
    return name, value
