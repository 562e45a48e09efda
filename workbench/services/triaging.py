"""Triage of a data set: its rows page by page, and what people say about their labels."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from workbench.errors import InputError, UnknownNameError
from workbench.schema import Correction
from workbench.tables import match_label
from workbench.triage import Dataset, count, row, rows, tag_counts
from workbench.triage.corrections import add_corrections, read_corrections
from workbench.triage.dataset import FILE_STEP
from workbench.triage.facets import column_values, languages, most_words

__all__ = [
    "column_values",
    "confirm_labels",
    "count",
    "damaged_corrections",
    "known_labels",
    "label_index",
    "languages",
    "most_words",
    "open_dataset",
    "parse_row",
    "relabel",
    "row",
    "rows",
    "tag_counts",
    "take_back",
]


def open_dataset(folder: Path) -> Dataset:
    """Open what a batch has written.

    Args:
        folder: The batch's; of an unfinished one the rows that are there.

    Returns:
        Its rows, with their tags.

    Raises:
        InputError: There is no batch, or it is damaged, or has no rows yet.
    """
    return Dataset(folder)


def known_labels(dataset: Dataset) -> tuple[str, ...]:
    """What rows can be relabelled to.

    Args:
        dataset: An opened batch.

    Returns:
        The checkpoint's labels, then those of the file that mean nothing to it.
    """
    foreign = [label for label, meaning in dataset.manifest.label_meanings.items() if meaning is None]
    return tuple(dict.fromkeys([*dataset.manifest.checkpoint.labels, *foreign]))


def relabel(dataset: Dataset, labels: Mapping[int, str], note: str = "") -> dict[int, str]:
    """Mark rows for another label; all of them or, where one cannot be, none.

    Args:
        dataset: An opened batch.
        labels: Number of a row over all files to one of ``known_labels``, or to what the file or a reader writes for
            it, such as ``5``.
        note: Why.

    Returns:
        The labels as they are called.

    Raises:
        InputError: There is no such label, or the batch's folder cannot be written to.
        UnknownNameError: There is no such row.
    """
    meant = {one: _label(dataset, label) for one, label in labels.items()}
    _right_labels(dataset, [*meant])
    add_corrections(dataset.folder, [Correction(id=one, label=label, note=note) for one, label in meant.items()])
    return meant


def label_index(dataset: Dataset, typed: str) -> int:
    """Which label of the checkpoint is meant.

    Args:
        dataset: An opened batch.
        typed: As the checkpoint calls it, or what the file or a reader writes for it, such as ``5``.

    Returns:
        Its index.

    Raises:
        InputError: It is none of the checkpoint's.
    """
    labels = dataset.manifest.checkpoint.labels
    label = _label(dataset, typed)
    if label not in labels:
        raise InputError(f"the checkpoint has no label {typed!r}", f"choose from: {', '.join(labels)}")
    return labels.index(label)


def confirm_labels(dataset: Dataset, ids: Sequence[int], note: str = "") -> None:
    """Say of rows that their label is right.

    Args:
        dataset: An opened batch.
        ids: Their numbers over all files.
        note: Why.

    Raises:
        InputError: A row has no label, or the batch's folder cannot be written to.
        UnknownNameError: There is no such row.
    """
    labels = _right_labels(dataset, ids)
    bare = [one for one in ids if not labels[one]]
    if bare:
        raise InputError(f"row {bare[0]} has no label that could be right", "relabel it")
    add_corrections(dataset.folder, [Correction(id=one, label=labels[one], note=note) for one in ids])


def take_back(dataset: Dataset, ids: Sequence[int]) -> None:
    """Take back what was said about rows.

    Args:
        dataset: An opened batch.
        ids: Their numbers over all files.

    Raises:
        InputError: The batch's folder cannot be written to.
        UnknownNameError: There is no such row.
    """
    _right_labels(dataset, ids)
    add_corrections(dataset.folder, [Correction(id=one, label=None) for one in ids])


def damaged_corrections(dataset: Dataset) -> int:
    """How many of the marks cannot be read.

    Args:
        dataset: An opened batch.

    Returns:
        Lines of its file.

    Raises:
        InputError: The file cannot be read at all.
    """
    return read_corrections(dataset.folder).damaged


def parse_row(dataset: Dataset, typed: str) -> int:
    """The number of a row over all files.

    Args:
        dataset: An opened batch.
        typed: Its number in the only file, ``FILE:NUMBER``, or its number over all files.

    Returns:
        The number; whether there is such a row is not looked up.

    Raises:
        UnknownNameError: It is no such thing, or there is no such file.
    """
    name, colon, number = typed.rpartition(":")
    files = [file.name for file in dataset.manifest.files]
    if not re.fullmatch(r"[0-9]{1,18}", number):
        raise UnknownNameError(f"{typed!r} is no row", "give its number, or FILE:NUMBER")
    if colon and name not in files:
        raise UnknownNameError(f"there is no file {name!r}", f"choose from: {', '.join(files[:8])}")
    return int(number) + (files.index(name) * FILE_STEP if colon else 0)


def _label(dataset: Dataset, typed: str) -> str:
    known, meanings = known_labels(dataset), dataset.manifest.label_meanings
    if typed in known:
        return typed
    try:
        return meanings.get(typed) or match_label(typed, dataset.manifest.checkpoint.labels)
    except InputError:
        raise InputError(f"there is no label {typed!r}", f"choose from: {', '.join(known)}") from None


def _right_labels(dataset: Dataset, ids: Sequence[int]) -> dict[int, str | None]:
    found: dict[int, str | None] = dict(
        dataset.ask("SELECT id, right_label FROM reviews WHERE id IN (SELECT unnest(?))", [list(ids)])
    )
    missing = [one for one in ids if one not in found]
    if missing:
        raise UnknownNameError(f"there is no row {missing[0]} in {dataset.folder.name}", "choose one of those listed")
    return found
