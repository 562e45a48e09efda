"""The tables. A change here needs a migration; a test compares the two."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import DateTime, Dialect, Double, ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

# The newest revision in migrations/versions.
HEAD = "0001"


class UtcTime(TypeDecorator[datetime]):
    """A time with its zone; SQLite has no zones, so there it is written in UTC without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database."""
        if value is None:
            return None
        moved = value.astimezone(UTC)
        return moved.replace(tzinfo=None) if dialect.name == "sqlite" else moved

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Plain(TypeDecorator[str]):
    """Any text. The null character, which PostgreSQL refuses and SQLite stops at, is replaced by its picture."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """To the database."""
        return None if value is None else value.replace("\0", "\N{SYMBOL FOR NULL}")


class Base(DeclarativeBase):
    """Of all tables."""


class Run(Base):
    """What the list of runs shows and searches; everything else is in the document."""

    __tablename__ = "runs"
    # What a page of the list is found by, so that the rows before it are not read.
    __table_args__ = (Index("ix_runs_listing", "deleted", "created", "id"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    created: Mapped[datetime] = mapped_column(UtcTime, index=True)
    deleted: Mapped[datetime | None] = mapped_column(UtcTime)
    kind: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Plain)
    note: Mapped[str] = mapped_column(Plain)
    expected_rating: Mapped[float | None] = mapped_column(Double)
    seconds: Mapped[float] = mapped_column(Double)
    # Last and loaded by no list: it is as long as the text.
    folded: Mapped[str] = mapped_column(Plain, deferred=True)

    checkpoints: Mapped[list[RunCheckpoint]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by="RunCheckpoint.place"
    )
    methods: Mapped[list[RunMethod]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by="RunMethod.place"
    )
    tags: Mapped[list[RunTag]] = relationship(
        cascade="all, delete-orphan", passive_deletes=True, order_by="RunTag.place"
    )
    document: Mapped[RunDocument] = relationship(cascade="all, delete-orphan", passive_deletes=True)


class RunCheckpoint(Base):
    """A checkpoint that took part, and what it predicted; of entities a row for each type that was found."""

    __tablename__ = "run_checkpoints"

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(Plain, index=True)
    fingerprint: Mapped[str] = mapped_column(Plain)
    label: Mapped[str] = mapped_column(Plain, index=True)


class RunMethod(Base):
    """A method that took part."""

    __tablename__ = "run_methods"

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(Plain, index=True)


class RunTag(Base):
    """A tag of the owner's."""

    __tablename__ = "run_tags"

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(Plain, index=True)


class RunDocument(Base):
    """The whole run, in a table of its own so that lists and searches pass over it."""

    __tablename__ = "run_documents"

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
