"""Which runs are wanted, as conditions on the tables."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from sqlalchemy import ColumnElement, func, select

from workbench.errors import InputError
from workbench.schema import RunQuery, SavedRun
from workbench.store.models import Run, RunCheckpoint, RunMethod, RunTag

# SQLite refuses conditions that are nested a thousand deep.
_MOST_WORDS = 200


def folded(text: str) -> str:
    """A text as it is searched: case and the way accents are written play no part.

    Args:
        text: Any.

    Returns:
        What the Unicode standard compares in a canonical caseless match (section 3.13, D145).
    """
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).casefold())


def searched(run: SavedRun) -> str:
    """All that is searched of a run.

    Args:
        run: Any.

    Returns:
        Text, note and tags, folded; words do not reach from one into the next.
    """
    return folded("\n".join([run.text, run.note, *run.tags]))


def conditions(query: RunQuery, dialect: str) -> Iterator[ColumnElement[bool]]:
    """What has to hold of a run.

    Args:
        query: Which are wanted.
        dialect: ``sqlite`` or ``postgresql``.

    Yields:
        Conditions, all of which have to hold.

    Raises:
        InputError: There are too many words.
    """
    words = set(folded(query.words).split())
    if len(words) > _MOST_WORDS:
        raise InputError(f"the search has {len(words)} different words", f"use at most {_MOST_WORDS}")
    # Unlike LIKE these take any sign for itself, and words of any length.
    find = func.strpos if dialect == "postgresql" else func.instr
    yield from (find(Run.folded, word.replace("\0", "\N{SYMBOL FOR NULL}")) > 0 for word in sorted(words))
    if query.kind is not None:
        yield Run.kind == query.kind
    # Looked up once; a subquery that names the row would be looked up for each row anew.
    if query.checkpoint is not None:
        yield Run.id.in_(select(RunCheckpoint.run_id).where(RunCheckpoint.name == query.checkpoint))
    if query.label is not None:
        yield Run.id.in_(select(RunCheckpoint.run_id).where(RunCheckpoint.label == query.label))
    if query.method is not None:
        yield Run.id.in_(select(RunMethod.run_id).where(RunMethod.name == query.method))
    if query.tag is not None:
        yield Run.id.in_(select(RunTag.run_id).where(RunTag.name == query.tag))
    if query.since is not None:
        yield Run.created >= query.since
    if query.until is not None:
        yield Run.created < query.until
