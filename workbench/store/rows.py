"""A run as rows of the tables, and a line of the history from them."""

from __future__ import annotations

from datetime import datetime

from workbench.schema import RunSummary, SavedRun, summary_of
from workbench.store.codec import pack
from workbench.store.models import Run, RunCheckpoint, RunDocument, RunMethod, RunTag
from workbench.store.searching import searched


def row_of(run: SavedRun, deleted: datetime | None = None) -> Run:
    """A run as rows.

    Args:
        run: Any.
        deleted: When it was deleted.

    Returns:
        The row of the run, with all that belongs to it.

    Raises:
        StoreError: It is too large.
    """
    line = summary_of(run)
    return Run(
        id=run.id,
        created=run.created,
        deleted=deleted,
        kind=line.kind,
        text=line.text,
        note=run.note,
        expected_rating=line.expected_rating,
        seconds=run.seconds,
        folded=searched(run),
        checkpoints=[
            RunCheckpoint(place=place, name=info.name, fingerprint=info.fingerprint, label=label)
            for place, (info, label) in enumerate(run.said)
        ],
        methods=[RunMethod(place=place, name=name) for place, name in enumerate(run.methods)],
        tags=[RunTag(place=place, name=name) for place, name in enumerate(run.tags)],
        document=RunDocument(content=pack(run)),
    )


def summary_from(row: Run) -> RunSummary:
    """A line of the history.

    Args:
        row: With its checkpoints, methods and tags.

    Returns:
        The line.
    """
    names = tuple(one.name for one in row.checkpoints)
    return RunSummary(
        id=row.id,
        created=row.created,
        kind=row.kind,
        text=row.text,
        # Of entities each type that was found has a row.
        checkpoints=names[:1] if row.kind == "entities" else names,
        labels=tuple(one.label for one in row.checkpoints),
        expected_rating=row.expected_rating,
        methods=tuple(one.name for one in row.methods),
        seconds=row.seconds,
        note=row.note,
        tags=tuple(one.name for one in row.tags),
    )
