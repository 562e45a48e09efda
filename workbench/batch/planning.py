"""What a batch is about, found by reading its input once; and whether another one is the same."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.batch.machine import THREADS, machine_of
from workbench.batch.parts import TableReader
from workbench.checkpoints import Checkpoint, require_task
from workbench.errors import Cancelled, InputError
from workbench.pipeline import known_places
from workbench.schema import Activation, BatchFile, BatchManifest, BatchOptions
from workbench.schema.batch import NO_LABEL
from workbench.tables import Source, check_columns, choose_label, choose_text, match_labels, open_source

# Columns of the input that are taken over unless some are named.
MOST_EXTRA = 20
# More different labels than this are no labels.
MOST_LABELS = 1_000
_SHOWN = 5
_LOOK = 1_000  # rows after which it is asked whether to stop
_HIDDEN = (".", "_")  # begin the names of what is no shard, such as _SUCCESS


@dataclass(frozen=True)
class _Scan:
    """What one reading of a file found."""

    file: BatchFile
    broken_off: str


def plan(
    source: Path,
    checkpoint: Checkpoint,
    options: BatchOptions,
    provenance: Mapping[str, str] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> BatchManifest:
    """Read the input once and settle what is asked of it. Memory does not grow with the input.

    Args:
        source: csv, tsv, jsonl, parquet or txt, or a folder of files of one of these forms.
        checkpoint: What will predict.
        options: What is asked. Without columns of the text, or of the label, they are guessed; without extra ones all
            others are taken over, up to ``MOST_EXTRA``.
        provenance: Versions of what will compute.
        cancelled: Asked now and then; true stops.

    Returns:
        The manifest, its options complete.

    Raises:
        InputError: The input cannot be read, has no rows, lacks a column, or mixes forms.
        IncompatibleError: The checkpoint tags tokens.
        Cancelled: The caller asked to stop.
    """
    require_task(checkpoint, "classification")
    tables = [open_source(file) for file in input_files(source)]
    _check_alike(tables)
    settled, notes = _settled(tables[0], options)
    for table in tables:
        check_columns(table, settled.text_columns, table.file.name)
        check_columns(table, [settled.label_column] if settled.label_column is not None else [], table.file.name)
    labels: dict[str, None] = {}
    scans = [_scanned(table, settled, labels, cancelled) for table in tables]
    if not any(scan.file.rows for scan in scans):
        raise InputError(f"{source.name} has no rows", "give a file with texts")
    notes = [*dict.fromkeys(note for table in tables for note in table.notes), *notes, *_damage(scans)]
    if len(labels) > MOST_LABELS:
        notes.append(f"there are more than {MOST_LABELS:,} different labels; those after them mean nothing here")
    places = known_places(checkpoint.labels) if checkpoint.activation is Activation.SOFTMAX else None
    return BatchManifest(
        checkpoint=checkpoint.info,
        activation=checkpoint.activation,
        ratings=checkpoint.ratings,
        places=None if places is None else tuple(places[label] for label in checkpoint.labels),
        limit=checkpoint.token_limit,
        input=source.resolve().name,
        files=tuple(scan.file for scan in scans),
        options=settled,
        label_meanings=match_labels(list(labels)[:MOST_LABELS], checkpoint.labels),
        notes=tuple(notes),
        provenance={**(provenance or {}), **machine_of(checkpoint)},
    )


def input_files(source: Path) -> list[Path]:
    """The files of an input.

    Args:
        source: A file, or a folder of shards; hidden and empty files of a folder are none.

    Returns:
        Their paths, by name.

    Raises:
        InputError: There is nothing to read.
    """
    if not source.is_dir():
        return [source]
    names = [file for file in source.iterdir() if file.is_file() and not file.name.startswith(_HIDDEN)]
    found = sorted((file for file in names if file.stat().st_size), key=lambda file: file.name)
    if not found:
        raise InputError(f"there is no file in the folder {source}", "give csv, tsv, jsonl, parquet or txt files")
    return found


def check_same(old: BatchManifest, new: BatchManifest) -> None:
    """Refuse to go on with a batch under other circumstances than it was begun in.

    Args:
        old: What it was begun with.
        new: What it would be gone on with.

    Raises:
        InputError: Something differs; the message names it.
    """
    changes = list(_changes(old, new))
    if changes:
        more = f" and {len(changes) - _SHOWN} more" if len(changes) > _SHOWN else ""
        raise InputError(
            f"the batch was begun differently: {', '.join(changes[:_SHOWN])}{more}",
            "undo that, or start a new batch in another folder",
        )


def _changes(old: BatchManifest, new: BatchManifest) -> Iterator[str]:
    if old.checkpoint.fingerprint != new.checkpoint.fingerprint:
        yield f"the checkpoint was {old.checkpoint.name} with other weights or files than {new.checkpoint.name} has now"
    yield from _file_changes({file.name: file for file in old.files}, {file.name: file for file in new.files})
    # None of these changes by itself where the files have.
    for name in BatchOptions.model_fields:
        was, now = getattr(old.options, name), getattr(new.options, name)
        if was != now:
            yield f"the option {name} was {_told(was)} and is {_told(now)}"
    # As many threads are used again as at its beginning.
    for package in sorted({*old.provenance, *new.provenance} - {THREADS}):
        before, after = old.provenance.get(package, "none"), new.provenance.get(package, "none")
        if before != after:
            yield f"{package} was {before} and is {after}"


def _file_changes(old: Mapping[str, BatchFile], new: Mapping[str, BatchFile]) -> Iterator[str]:
    # A single file may have been moved.
    if len(old) == len(new) == 1 and next(iter(old.values())).sha256 == next(iter(new.values())).sha256:
        return
    for name in sorted({*old, *new}):
        if name not in new:
            yield f"the file {name} is gone"
        elif name not in old:
            yield f"the file {name} is new"
        elif old[name].sha256 != new[name].sha256:
            yield f"the file {name} has changed"


def _told(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)


def _check_alike(tables: Sequence[Source]) -> None:
    forms = {table.form: table.file.name for table in tables}
    if len(forms) > 1:
        (one, first), (other, second), *_ = forms.items()
        raise InputError(
            f"the files are of several forms ({first} is {one}, {second} is {other})", "put files of one form into it"
        )


def _settled(table: Source, options: BatchOptions) -> tuple[BatchOptions, list[str]]:
    """The options with all columns named, and notes on those that were guessed."""
    name = table.file.name
    texts, notes = choose_text(table, options.text_columns, name)
    label = choose_label(table, options.label_column, texts, name) if options.label_column != NO_LABEL else None
    check_columns(table, options.extra_columns, name)
    others = [one for one in options.extra_columns or table.columns if one not in texts and one != label]
    if not options.extra_columns and len(others) > MOST_EXTRA:
        notes.append(f"of the other columns the first {MOST_EXTRA} of {len(others)} were taken over; name those wanted")
        others = others[:MOST_EXTRA]
    columns = {"text_columns": texts, "label_column": label, "extra_columns": tuple(dict.fromkeys(others))}
    return options.model_copy(update=columns), notes


def _scanned(
    table: Source, options: BatchOptions, labels: dict[str, None], cancelled: Callable[[], bool] | None
) -> _Scan:
    """Read a file to its end; its labels are added to those of the others."""
    reader = TableReader(table, options)
    rows = 0
    for rows, cells in enumerate(reader.cells(), 1):
        if cancelled and rows % _LOOK == 0 and cancelled():
            raise Cancelled
        label = reader.label(cells) if len(labels) <= MOST_LABELS else None
        if label is not None:
            labels[label] = None
    file = BatchFile(
        name=table.file.name, form=table.form, bytes=table.file.stat().st_size, sha256=_hash(table.file), rows=rows
    )
    return _Scan(file, reader.broken_off)


def _damage(scans: Sequence[_Scan]) -> list[str]:
    return [
        f"{scan.file.name} cannot be read beyond row {scan.file.rows:,} ({scan.broken_off})"
        for scan in scans
        if scan.broken_off
    ]


def _hash(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
