"""Where rows are from, and what became of those that cannot be used."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from workbench.schema.base import Frozen

Count = Annotated[int, Field(ge=0)]


class RowFault(Frozen):
    """A row of a file that could not be used.

    Attributes:
        number: The first row below the header is 1; where there is no header, the first line.
        reason: A clause.
    """

    number: Annotated[int, Field(ge=1)]
    reason: str


class FileSource(Frozen):
    """Where rows are from, and what became of the others.

    Attributes:
        name: Of the file, without its folder.
        form: ``csv``, ``tsv``, ``jsonl``, ``parquet`` or ``txt``: what it really is.
        encoding: A codec; none for parquet.
        columns: Their names, each once.
        text_columns: Those that make up the text.
        label_column: That of the label, where there is one.
        seen: Rows of the file.
        good: Those that can be used.
        kept: Those that were, drawn at random where fewer than ``good``.
        faults: The first of those that cannot be used.
        fault_counts: All of those, by reason.
        notes: Sentences for the reader.
        sha256: Of the file's bytes, in hexadecimal; none where that was not kept.
    """

    name: str
    form: str
    encoding: str | None
    columns: tuple[str, ...]
    text_columns: tuple[str, ...]
    label_column: str | None
    seen: Count
    good: Count
    kept: Count
    faults: tuple[RowFault, ...] = ()
    fault_counts: dict[str, int] = Field(default_factory=dict)
    notes: tuple[str, ...] = ()
    sha256: str | None = None


class FileRow(Frozen):
    """One review.

    Attributes:
        number: In its file; see ``RowFault``.
        text: The review.
        label: As the file has it.
    """

    number: Count
    text: str
    label: str | None
