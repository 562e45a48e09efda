"""The input of a new batch: where it is, its columns, its first rows, and about how many there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import streamlit as st

from workbench.batch.parts import TableReader
from workbench.batch.planning import MOST_EXTRA, input_files
from workbench.errors import InputError
from workbench.schema import BatchOptions, FileSource, RowFault
from workbench.schema.batch import EXPLANATIONS, PREDICTIONS, SELECTIONS
from workbench.tables import Row, Source, Table, choose_label, choose_text, numbered, open_source
from workbench.ui.dataset_choices import DatasetChoices
from workbench.ui.file_choice import NO_COLUMN, typed_path
from workbench.ui.train_choices import PATH

HEAD = 100  # rows that are looked at; a file of any length is shown as fast
_DIGITS = 2  # of a number of rows that is estimated


@dataclass(frozen=True)
class Input:
    """What a file, or a folder of files, looks like from its beginning.

    Attributes:
        columns: Of its first file.
        text: Position of the column that looks like the text; ``NO_COLUMN`` where none does.
        label: Likewise of the label.
        rows: How many there are; none where that cannot be told.
        exact: Whether that is counted rather than estimated.
        files: How many.
    """

    columns: tuple[str, ...]
    text: int
    label: int
    rows: int | None
    exact: bool
    files: int

    @property
    def others(self) -> list[int]:
        """Positions of the columns that are taken over where nobody says otherwise."""
        own = {self.text, self.label}
        return [place for place in range(len(self.columns)) if place not in own][:MOST_EXTRA]


def chosen_source(chosen: DatasetChoices) -> Path | None:
    """The file or folder that a session has chosen for a new batch.

    Args:
        chosen: Its choices.

    Returns:
        Its path; none where there is none yet, or the upload is gone with the batch that it was made for.

    Raises:
        InputError: It may not be read here, or is not there.
    """
    if chosen.dataset_from == PATH:
        return typed_path(chosen.dataset_path, folders=True)
    kept = chosen.dataset_upload
    return kept if kept is not None and kept.exists() else None


def batch_folder(typed: str) -> Path | None:
    """The folder of a finished batch.

    Args:
        typed: Its path.

    Returns:
        Absolute; none where nothing was typed.

    Raises:
        InputError: It may not be read here, or is not there.
    """
    path = typed_path(typed, folders=True)
    if path is not None:
        if path.is_file():
            raise InputError(f"{typed.strip()} is a file", "name the folder of a batch, or predict it as a new batch")
        # What lies in them is read too, wherever links lead.
        for name in (PREDICTIONS, EXPLANATIONS, SELECTIONS):
            if (path / name).exists():
                typed_path(str(path / name), folders=True)
    return path


def look(source: Path) -> Input:
    """Look at the beginning of an input.

    Args:
        source: A file or a folder.

    Returns:
        What it looks like.

    Raises:
        InputError: There is no table in it.
    """
    return _looked(str(source), _stamp(source))


def head(source: Path, text: str, label: str | None) -> Table:
    """The first rows of an input, as a batch would read them.

    Args:
        source: A file or a folder, of which the first file is read.
        text: Column of the text.
        label: Column of the label; none for no label.

    Returns:
        The rows that can be used, of the first ``HEAD``, and what is wrong with the others.

    Raises:
        InputError: There is no table in it.
    """
    return _headed(str(source), _stamp(source), (text,), label)


@st.cache_data(show_spinner=False, max_entries=32)
def _looked(source: str, stamp: tuple[tuple[str, int, int], ...]) -> Input:
    files = [Path(name) for name, *_ in stamp]
    table = open_source(files[0])
    try:
        texts, _ = choose_text(table, (), table.file.name)
    except InputError:
        texts = ()  # Where nothing looks like it, the reader chooses.
    label = choose_label(table, None, texts, table.file.name)
    rows, exact = _counted(files, table, sum(size for *_, size in stamp))
    return Input(
        columns=table.columns,
        text=table.columns.index(texts[0]) if texts else NO_COLUMN,
        label=NO_COLUMN if label is None else table.columns.index(label),
        rows=rows,
        exact=exact,
        files=len(files),
    )


@st.cache_data(show_spinner=False, max_entries=32)
def _headed(source: str, stamp: tuple[tuple[str, int, int], ...], texts: tuple[str, ...], label: str | None) -> Table:
    table = open_source(Path(stamp[0][0]))
    reader = TableReader(table, BatchOptions(text_columns=texts, label_column=label))
    found = [reader.row(number, cells) for number, cells in enumerate(islice(reader.cells(), HEAD), 1)]
    rows = tuple(Row(one.text, one.given, one.text, one.number) for one in found if one.error is None)
    faults = tuple(RowFault(number=one.number, reason=one.error) for one in found if one.error is not None)
    return Table(
        rows,
        FileSource(
            name=Path(source).name,
            form=table.form,
            encoding=table.encoding,
            columns=table.columns,
            text_columns=texts,
            label_column=label,
            seen=len(found),
            good=len(rows),
            kept=len(rows),
            faults=faults,
            fault_counts=dict(Counter(fault.reason for fault in faults).most_common()),
            notes=table.notes,
        ),
    )


def _stamp(source: Path) -> tuple[tuple[str, int, int], ...]:
    """The files of an input as they are now: name, when they were changed, size."""
    try:
        seen = [(file, file.stat()) for file in input_files(source)]
    except FileNotFoundError:
        raise InputError(f"there is no file {source.name} any more", "choose another one") from None
    except OSError as error:
        raise InputError(f"{source} cannot be read ({error.strerror})", "check its rights") from None
    return tuple((str(file), stat.st_mtime_ns, stat.st_size) for file, stat in seen)


def _counted(files: Sequence[Path], table: Source, size: int) -> tuple[int | None, bool]:
    if table.form == "parquet":
        import pyarrow.parquet as pq

        try:
            return sum(pq.read_metadata(file).num_rows for file in files), True
        except (OSError, ValueError):
            return None, False
    try:
        cells = list(islice(numbered(table.rows(range(len(table.columns)))), HEAD + 1))
    except (OSError, ValueError):  # damaged so early that nothing can be said; the batch keeps what it can reach
        return None, False
    if len(cells) <= HEAD and len(files) == 1:
        return len(cells), True
    whole = [_bytes_of(row, table) for row in cells if isinstance(row, list)]
    if not whole:
        return None, False
    rows = size * len(whole) / sum(whole)
    return int(float(f"{rows:.{_DIGITS}g}")), False


def _bytes_of(row: list[object], table: Source) -> int:
    """About how long a row is in its file: its cells, what stands between them, and the end of the line."""
    named = sum(len(name) + 6 for name in table.columns) if table.form == "jsonl" else len(row)
    return named + sum(len(str(cell).encode(table.encoding or "utf-8", "replace")) for cell in row)
