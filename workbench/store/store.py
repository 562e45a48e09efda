"""The store: what can be done with saved runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session, selectinload

from workbench.errors import UnknownNameError
from workbench.schema import RunFacets, RunQuery, RunSummary, SavedRun
from workbench.store.codec import unpack
from workbench.store.database import Database
from workbench.store.mending import damaged_files
from workbench.store.models import Run, RunCheckpoint, RunDocument, RunMethod, RunTag
from workbench.store.places import Place
from workbench.store.rows import row_of, summary_from
from workbench.store.searching import conditions

# SQLite takes some thirty thousand values in one statement; ids are handed over in parts.
_PART = 500


class Store:
    """Saved runs in one place. Threads may share it; several processes may use one place at once.

    Every method raises ``StoreError`` where the place cannot be used.

    Args:
        place: Where they lie; nothing is opened or made before the first use.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        self._database = Database(place)

    def keep(self, run: SavedRun) -> None:
        """Save a run. One of the same id is replaced, but for its note and tags, which ``annotate`` alone changes.

        Args:
            run: To save.
        """

        def work(session: Session) -> None:
            old = session.get(Run, run.id)
            if old is None:
                session.add(row_of(run))
                return
            noted = run.model_copy(update={"note": old.note, "tags": tuple(tag.name for tag in old.tags)})
            _replace(session, old, noted)

        self._database.run(work, writes=True)

    def get(self, run_id: str) -> SavedRun:
        """A whole run.

        Args:
            run_id: Its id.

        Returns:
            As it was saved, with its note and tags of now.

        Raises:
            UnknownNameError: There is none, or it was deleted.
            StoreError: What was saved cannot be read.
        """
        self._check_there(run_id)
        content = self._database.run(lambda session: _content(session, run_id))
        return unpack(content, run_id)

    def full_id(self, prefix: str) -> str:
        """The id that begins so.

        Args:
            prefix: Some of its first signs, or all.

        Returns:
            The id; of deleted runs too.

        Raises:
            UnknownNameError: No id begins so, or several do.
        """
        self._check_there(prefix)
        begins = func.substr(Run.id, 1, len(prefix)) == prefix
        found = self._database.run(
            lambda session: session.scalars(select(Run.id).where(begins).order_by(Run.id).limit(4)).all()
        )
        if prefix in found:
            return prefix
        if len(found) == 1:
            return found[0]
        if not found or not prefix:
            raise _unknown(prefix)
        shown = ", ".join(found[:3]) + (", ..." if len(found) > 3 else "")
        raise UnknownNameError(f"several saved runs begin with {prefix!r}: {shown}", "give more of the id")

    def find(
        self, query: RunQuery | None = None, *, limit: int = 50, offset: int = 0, deleted: bool = False
    ) -> tuple[int, tuple[RunSummary, ...]]:
        """Runs, newest first.

        Args:
            query: Which; by default all.
            limit: The most to return.
            offset: So many are passed over.
            deleted: Those that were deleted and can be restored, instead of the others.

        Returns:
            How many there are in all, and those asked for.

        Raises:
            InputError: Too many words are searched.
        """
        wanted = [_is_deleted(deleted), *conditions(query or RunQuery(), self.place.url.get_backend_name())]
        newest = (Run.created.desc(), Run.id.desc())
        chosen = select(Run.id).where(*wanted).order_by(*newest).limit(limit).offset(offset).scalar_subquery()
        page = select(Run).where(Run.id.in_(chosen)).order_by(*newest)
        parts = [selectinload(Run.checkpoints), selectinload(Run.methods), selectinload(Run.tags)]

        def work(session: Session) -> tuple[int, tuple[RunSummary, ...]]:
            total = session.scalar(select(func.count()).select_from(Run).where(*wanted)) or 0
            return total, tuple(map(summary_from, session.scalars(page.options(*parts))))

        return self._database.run(work) if self._is_there() else (0, ())

    def facets(self) -> RunFacets:
        """What there is to choose from, over all runs that are not deleted."""

        def names(session: Session, column: InstrumentedAttribute[str]) -> tuple[str, ...]:
            query = select(column).distinct().join(Run, Run.id == column.class_.run_id).where(_is_deleted(False))
            return tuple(sorted(session.scalars(query), key=lambda name: (name.casefold(), name)))

        def work(session: Session) -> RunFacets:
            columns = {
                "checkpoints": RunCheckpoint.name,
                "methods": RunMethod.name,
                "labels": RunCheckpoint.label,
                "tags": RunTag.name,
            }
            return RunFacets(**{facet: names(session, column) for facet, column in columns.items()})

        return self._database.run(work) if self._is_there() else RunFacets()

    def annotate(self, run_id: str, *, note: str | None = None, tags: Sequence[str] | None = None) -> SavedRun:
        """Change the note or the tags of a run.

        Args:
            run_id: Its id.
            note: The new one; none leaves it.
            tags: The new ones; none leaves them.

        Returns:
            The run as it is now.

        Raises:
            UnknownNameError: There is none, or it was deleted.
        """

        def work(session: Session) -> SavedRun:
            run = unpack(_content(session, run_id), run_id)
            changes = {"note": run.note if note is None else note, "tags": run.tags if tags is None else tuple(tags)}
            # Made anew, not copied, so that the tags are checked.
            changed = SavedRun(**{name: getattr(run, name) for name in SavedRun.model_fields} | changes)
            _replace(session, session.get_one(Run, run_id), changed)
            return changed

        return self._database.run(work, writes=True)

    def delete(self, run_ids: Sequence[str]) -> tuple[str, ...]:
        """Take runs off all lists; ``restore`` brings them back until they are purged.

        Args:
            run_ids: Their ids; unknown ones and those deleted before are passed over.

        Returns:
            The ids of those deleted now.
        """
        return self._mark(run_ids, datetime.now(UTC))

    def restore(self, run_ids: Sequence[str]) -> tuple[str, ...]:
        """Bring deleted runs back.

        Args:
            run_ids: Their ids; unknown ones and those not deleted are passed over.

        Returns:
            The ids of those restored now.
        """
        return self._mark(run_ids, None)

    def _mark(self, run_ids: Sequence[str], when: datetime | None) -> tuple[str, ...]:
        def work(session: Session) -> tuple[str, ...]:
            changed: set[str] = set()
            for part in _parts(run_ids):
                chosen = session.scalars(select(Run.id).where(Run.id.in_(part), _is_deleted(when is None))).all()
                session.execute(update(Run).where(Run.id.in_(chosen)).values(deleted=when))
                changed.update(chosen)
            return tuple(run_id for run_id in dict.fromkeys(run_ids) if run_id in changed)

        return self._database.run(work, writes=True)

    def purge(self, before: datetime, run_ids: Sequence[str] | None = None) -> int:
        """Remove deleted runs for good.

        Args:
            before: Those deleted before this time.
            run_ids: Only these; by default all.

        Returns:
            How many.
        """

        def work(session: Session) -> int:
            wanted = select(Run.id).where(Run.deleted < before)
            narrowed = [wanted] if run_ids is None else [wanted.where(Run.id.in_(part)) for part in _parts(run_ids)]
            chosen = [run_id for query in narrowed for run_id in session.scalars(query)]
            for part in _parts(chosen):
                session.execute(delete(Run).where(Run.id.in_(part)))
            return len(chosen)

        return self._database.run(work, writes=True)

    def _is_there(self) -> bool:
        """Whether there is anything to read: reading makes no file."""
        return self.place.file is None or self.place.file.exists()

    def _check_there(self, run_id: str) -> None:
        if not self._is_there():
            raise _unknown(run_id)

    def set_aside(self) -> tuple[Path, ...]:
        """Damaged files that were set aside, oldest first."""
        return () if self.place.file is None else damaged_files(self.place.file)

    def take_notices(self) -> tuple[str, ...]:
        """What the user should be told of the store itself, each once and in one line."""
        return self._database.take_notices()

    def close(self) -> None:
        """Give up all connections; the next use opens new ones."""
        self._database.close()


def _content(session: Session, run_id: str) -> bytes:
    there = select(RunDocument.content).join(Run, Run.id == RunDocument.run_id).where(Run.id == run_id)
    content = session.scalar(there.where(_is_deleted(False)))
    if content is not None:
        return content
    if session.get(Run, run_id) is None:
        raise _unknown(run_id)
    raise UnknownNameError(f"the saved run {run_id} was deleted", f"bring it back: workbench history restore {run_id}")


def _replace(session: Session, old: Run, run: SavedRun) -> None:
    """Another run in the place of an old one; what refers to the old one goes with it."""
    deleted = old.deleted
    session.expunge(old)
    session.execute(delete(Run).where(Run.id == run.id))
    session.add(row_of(run, deleted))


def _is_deleted(deleted: bool) -> ColumnElement[bool]:
    return Run.deleted.is_not(None) if deleted else Run.deleted.is_(None)


def _parts(run_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (run_ids[start : start + _PART] for start in range(0, len(run_ids), _PART))


def _unknown(run_id: str) -> UnknownNameError:
    return UnknownNameError(f"there is no saved run {run_id!r}", "see: workbench history list")
