"""The input of a batch as parts: so many rows of one file, streamed; every part becomes one shard."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from workbench.errors import InputError
from workbench.schema import BatchManifest, BatchOptions
from workbench.tables import Judge, Source, cell_text, numbered, open_source


@dataclass(frozen=True)
class InputRow:
    """A row of the input.

    Attributes:
        number: In its file, the first below the header being 1.
        text: The review; empty where it could not be read.
        given: Its label, as the file has it.
        extra: The columns taken over, as text.
        error: Why it cannot be predicted, a clause; none where it can.
    """

    number: int
    text: str
    given: str | None
    extra: tuple[str | None, ...]
    error: str | None


@dataclass(frozen=True)
class InputPart:
    """Rows of a file that become one shard.

    Attributes:
        file: Which of the manifest's files.
        part: Which of its parts, from 0.
        rows: As many as the options say, or what is left of the file.
    """

    file: int
    part: int
    rows: tuple[InputRow, ...]

    @property
    def key(self) -> tuple[int, int]:
        """File and part."""
        return self.file, self.part


def read_parts(source: Path, manifest: BatchManifest, skip: Collection[tuple[int, int]] = ()) -> Iterator[InputPart]:
    """The input, part by part.

    Args:
        source: The file or folder.
        manifest: What it consists of.
        skip: Files and numbers of parts that are left out.

    Yields:
        Parts in the order of the files.

    Raises:
        InputError: A file is not what it was.
    """
    for file in range(len(manifest.files)):
        yield from read_file_parts(source, manifest, file, skip)


def read_file_parts(
    source: Path, manifest: BatchManifest, file: int, skip: Collection[tuple[int, int]] = ()
) -> Iterator[InputPart]:
    """One file of the input, part by part.

    Args:
        source: The file or folder of all input.
        manifest: What it consists of.
        file: Which of its files.
        skip: As for ``read_parts``.

    Yields:
        Parts in the order of their rows.

    Raises:
        InputError: The file is not what it was.
    """
    known, size = manifest.files[file], manifest.options.shard_rows
    left = [part for part in range(-(-known.rows // size)) if (file, part) not in skip]
    if not left:
        return
    reader = TableReader(open_source(path_of(source, known.name)), manifest.options)
    rows = reader.cells()
    done = 0
    for part in left:
        chunk = list(islice(rows, part * size - done, min((part + 1) * size, known.rows) - done))
        done = min((part + 1) * size, known.rows)
        if part * size + len(chunk) != done:
            raise InputError(f"{known.name} has fewer rows than when the batch began", "start a new batch")
        yield InputPart(
            file, part, tuple(reader.row(number, cells) for number, cells in enumerate(chunk, part * size + 1))
        )


def path_of(source: Path, name: str) -> Path:
    """Where a file of the input is.

    Args:
        source: The file or folder of all input.
        name: As in the manifest.

    Returns:
        Its path.
    """
    return source / name if source.is_dir() else source


class TableReader:
    """Reads the rows of one table as the options say.

    Args:
        source: The table; it has the columns of text and label.
        options: Which columns count. Of those taken over, the table may lack some.

    Attributes:
        broken_off: What stopped the last reading of it before its end, if anything did.
    """

    def __init__(self, source: Source, options: BatchOptions) -> None:
        self._source = source
        self._texts = len(options.text_columns)
        self._labelled = options.label_column is not None
        own = [*options.text_columns, *([options.label_column] if options.label_column is not None else [])]
        self._own = [source.columns.index(name) for name in own]
        there = [name for name in options.extra_columns if name in source.columns]
        self._optional = [source.columns.index(name) for name in there]
        self._extra = [there.index(name) if name in there else None for name in options.extra_columns]
        self._judge = Judge(source, self._texts, self._labelled)
        self.broken_off = ""

    def cells(self) -> Iterator[list[object] | str]:
        """All rows that can be reached.

        Yields:
            Cells, or what is wrong with the row.
        """
        self.broken_off = ""
        try:
            yield from numbered(self._source.rows(self._own, self._optional))
        except (OSError, ValueError) as error:
            # What stands before a damaged stretch of a parquet file is good.
            self.broken_off = " ".join(str(error).split())[:120]

    def row(self, number: int, cells: list[object] | str) -> InputRow:
        """One row.

        Args:
            number: In the file, from 1.
            cells: From ``cells``.

        Returns:
            What is in it, or why it cannot be used.
        """
        found = self._judge.read(cells)
        extra = self._taken_over(cells)
        if isinstance(found, str):
            return InputRow(number, "", None, extra, found)
        return InputRow(number, *found, extra, None)

    def label(self, cells: list[object] | str) -> str | None:
        """The label of a row that can be used, where there is one."""
        if not self._labelled or isinstance(cells, str):
            return None
        found = self._judge.read(cells)
        return None if isinstance(found, str) else found[1]

    def _taken_over(self, cells: list[object] | str) -> tuple[str | None, ...]:
        if isinstance(cells, str):
            return (None,) * len(self._extra)
        first = len(self._own)
        return tuple(None if place is None else _plain(cells[first + place]) for place in self._extra)


def _plain(cell: object) -> str | None:
    """A cell of a column that is only taken over: whatever is in it, it does not spoil the row."""
    return cell_text(cell).encode("utf-8", "replace").decode("utf-8") or None
