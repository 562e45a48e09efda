"""The history: runs that are kept, found again, annotated, deleted and handed on."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from workbench import resources
from workbench.errors import InputError, WorkbenchError
from workbench.schema import RunFacets, RunQuery, RunResult, RunSummary, SavedRun

if TYPE_CHECKING:
    from workbench.store import Store

# Without signs that are easily taken for one another.
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
_LENGTH = 12
# How long deleted runs can be restored.
KEPT_DELETED = timedelta(days=30)
_OFF = {"", "0", "no", "off", "false"}


class Kept(NamedTuple):
    """What became of a run.

    Attributes:
        id: Of the run, where it was kept.
        notice: What the user should be told, in one line.
    """

    id: str | None
    notice: str | None


def history_enabled() -> bool:
    """Whether runs are kept: not where ``WORKBENCH_PRIVATE`` is set."""
    return os.environ.get(resources.PRIVATE, "").strip().lower() in _OFF


def new_run(result: RunResult, seconds: float = 0.0, faults: Mapping[str, str] | None = None) -> SavedRun:
    """A result as a run of its own.

    Args:
        result: An explanation, a comparison, or entities.
        seconds: How long it took.
        faults: Method to why it gave nothing.

    Returns:
        The run, under a new id, ended now.
    """
    run_id = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    return SavedRun(id=run_id, created=datetime.now(UTC), result=result, seconds=seconds, faults=dict(faults or {}))


def keep_run(run: SavedRun) -> Kept:
    """Save a run, or save it again with what came later, such as an assessment.

    Args:
        run: From ``new_run``; a changed copy of it replaces it, but for note and tags.

    Returns:
        Its id, and a notice where there is something to tell. Where the history cannot be used, the notice says so:
        that is no reason for a result to fail. In private mode neither, and nothing is written.
    """
    if not history_enabled():
        return Kept(None, None)
    try:
        store = _store()
        store.keep(run)
    except WorkbenchError as error:
        return Kept(None, f"the run is not kept: {error}")
    return Kept(run.id, "; ".join(store.take_notices()) or None)


def open_run(run_id: str) -> SavedRun:
    """A saved run.

    Args:
        run_id: Its id.

    Returns:
        The whole of it.

    Raises:
        UnknownNameError: There is none, or it was deleted.
        StoreError: The history cannot be used.
    """
    return _store().get(run_id)


def full_run_id(prefix: str) -> str:
    """The id that begins so.

    Args:
        prefix: Some of its first signs, or all.

    Returns:
        The id; of deleted runs too.

    Raises:
        UnknownNameError: No id begins so, or several do.
        StoreError: The history cannot be used.
    """
    return _store().full_id(prefix)


def find_runs(
    query: RunQuery | None = None, *, limit: int = 50, offset: int = 0, deleted: bool = False
) -> tuple[int, tuple[RunSummary, ...]]:
    """Saved runs, newest first.

    Args:
        query: Which; by default all.
        limit: The most to return.
        offset: So many are passed over.
        deleted: Those that were deleted and can be restored, instead of the others.

    Returns:
        How many there are in all, and those asked for.

    Raises:
        StoreError: The history cannot be used.
    """
    return _store().find(query, limit=limit, offset=offset, deleted=deleted)


def run_facets() -> RunFacets:
    """What there is to choose from in a query.

    Returns:
        Checkpoints, methods, labels and tags of all saved runs.

    Raises:
        StoreError: The history cannot be used.
    """
    return _store().facets()


def annotate_run(run_id: str, *, note: str | None = None, tags: Sequence[str] | None = None) -> SavedRun:
    """Change the note or the tags of a run.

    Args:
        run_id: Its id.
        note: The new one; none leaves it.
        tags: The new ones; none leaves them. White space around a tag, and repetition, is taken away.

    Returns:
        The run as it is now.

    Raises:
        InputError: The note or a tag cannot be written.
        UnknownNameError: There is none, or it was deleted.
        StoreError: The history cannot be used.
    """
    cleaned = None if tags is None else tuple(dict.fromkeys(filter(None, (_writable(tag).strip() for tag in tags))))
    return _store().annotate(run_id, note=None if note is None else _writable(note), tags=cleaned)


def delete_runs(run_ids: Sequence[str], *, for_good: bool = False) -> tuple[str, ...]:
    """Delete runs; those deleted more than thirty days ago are removed for good.

    Args:
        run_ids: Their ids; unknown ones are passed over.
        for_good: Remove them at once: they cannot be restored.

    Returns:
        The ids of those deleted now.

    Raises:
        StoreError: The history cannot be used.
    """
    store, now = _store(), datetime.now(UTC)
    deleted = store.delete(run_ids)
    store.purge(now - KEPT_DELETED)
    if for_good:
        store.purge(datetime.now(UTC) + timedelta(seconds=1), run_ids)
    return deleted


def restore_runs(run_ids: Sequence[str]) -> tuple[str, ...]:
    """Bring deleted runs back.

    Args:
        run_ids: Their ids; unknown ones are passed over.

    Returns:
        The ids of those restored now.

    Raises:
        StoreError: The history cannot be used.
    """
    return _store().restore(run_ids)


def history_notices() -> tuple[str, ...]:
    """What the user should be told of the history itself, each once and in one line; none where it cannot be used."""
    try:
        return _store().take_notices()
    except WorkbenchError:
        return ()


def history_place() -> str:
    """Where the history lies, without user and password.

    Raises:
        StoreError: The setting names no place.
    """
    return str(_store().place)


def damaged_histories() -> tuple[str, ...]:
    """Damaged files that were set aside, oldest first.

    Raises:
        StoreError: The setting names no place.
    """
    return tuple(map(str, _store().set_aside()))


def _writable(text: str) -> str:
    """Refuse what no file can hold; the null character, which no database can, is left out."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise InputError("a note or a tag holds a lone surrogate", "save it as UTF-8 and paste it again") from None
    return text.replace("\0", "")


def _store() -> Store:
    # What it stands on is slow to import, and the first page is drawn without it.
    from workbench.store import current_store

    return current_store()
