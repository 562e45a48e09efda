"""A comparison on a file as JSON, schema ``workbench.file-comparison/1``, and its disagreements as CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from workbench.errors import InputError
from workbench.schema import Choice, FileComparison, PairOnFile
from workbench.tables import defused

FILE_SCHEMA = "workbench.file-comparison/1"


def file_document(comparison: FileComparison) -> dict[str, Any]:
    """A comparison on a file as JSON values.

    Args:
        comparison: What to write.

    Returns:
        A dictionary of schema ``workbench.file-comparison/1``; ``docs/compare-file.md`` describes the keys.
    """
    document = comparison.model_dump(mode="json", by_alias=True)
    # Keys that came later: a document from before has none of them, and is the same when it is written again.
    later = [(document, "words"), (document["source"], "sha256")]
    for holder, key in [*later, *((side, "intervals") for side in document["checkpoints"])]:
        if holder is not None and not holder[key]:
            del holder[key]
    return document


def read_file_document(document: Mapping[str, Any]) -> FileComparison:
    """The comparison that a document holds.

    Args:
        document: From ``file_document``, or the JSON of a file.

    Returns:
        The same again.

    Raises:
        InputError: It is no such document, or contradicts itself.
    """
    try:
        return FileComparison.model_validate(document)
    except ValidationError as error:
        raise _refused(error) from None


def comparison_json(comparison: FileComparison) -> bytes:
    """The comparison whole, without loss.

    Args:
        comparison: What to write.

    Returns:
        UTF-8.
    """
    return (json.dumps(file_document(comparison), ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def read_comparison_json(content: bytes | str) -> FileComparison:
    """A comparison as ``comparison_json`` wrote it.

    Args:
        content: The document.

    Returns:
        An equal comparison.

    Raises:
        InputError: It is none, or of another version.
    """
    try:
        return FileComparison.model_validate_json(content)
    except ValidationError as error:
        raise _refused(error) from None


def disagreements_csv(comparison: FileComparison, pair: PairOnFile, choice: Choice = Choice.ALL) -> bytes:
    """The rows of a pair, the most disagreement first.

    Args:
        comparison: What to write.
        pair: One of its pairs.
        choice: Which rows.

    Returns:
        UTF-8; cells that a spreadsheet would take for a formula stand behind an apostrophe.
    """
    names = comparison.names(pair)
    sides = comparison.checkpoints[pair.first], comparison.checkpoints[pair.second]
    header = ["row", "text", "label", f"disagreement ({pair.distance})", "labels differ"]
    for name, side in zip(names, sides, strict=True):
        header += [f"{name}: label", f"{name}: right", *(f"{name}: {label}" for label in side.checkpoint.labels)]
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(map(defused, header))
    for place in comparison.chosen(pair, choice):
        one = comparison.disagreement(pair, place)
        cells: list[object] = [one.row.number, defused(one.row.text), defused(one.row.label or ""), repr(one.amount)]
        cells.append(_said(one.differ))
        for label, right, chances in zip(one.labels, one.right, one.probabilities, strict=True):
            cells += [defused(label), _said(right), *map(repr, chances.values())]
        writer.writerow(cells)
    return stream.getvalue().encode("utf-8")


def pairs_csv(comparison: FileComparison) -> bytes:
    """The rows of every pair, one table below the other with a blank line between.

    Args:
        comparison: What to write.

    Returns:
        UTF-8, as ``disagreements_csv``.
    """
    return b"\r\n".join(disagreements_csv(comparison, pair) for pair in comparison.pairs)


def _refused(error: ValidationError) -> InputError:
    first = error.errors()[0]
    place = ".".join(map(str, first["loc"]))[:100] or "the document"
    return InputError(
        f"this is no comparison on a file ({place}: {first['msg']})", f"give a document of schema {FILE_SCHEMA}"
    )


def _said(answer: bool | None) -> str:
    return "" if answer is None else "yes" if answer else "no"
