"""Engines: how connections are made and how their transactions begin."""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, create_engine, event

from workbench.errors import MissingExtraError
from workbench.store.places import Place

READING = "BEGIN"
# With the right to write from the start, so that no transaction fails halfway for want of it.
WRITING = "BEGIN IMMEDIATE"
# Seconds that a connection waits for another one's transaction, or for a server's answer.
_WAIT = 5


def make_engine(place: Place, *, migrating: bool = False) -> Engine:
    """An engine; nothing is opened yet.

    Args:
        place: Where the history lies.
        migrating: For a change of the tables, which moves rows that others refer to.

    Returns:
        The engine. Its option ``begins`` says how transactions on a file begin; by default for reading.

    Raises:
        MissingExtraError: The driver of PostgreSQL is not installed.
    """
    if place.file is None:
        return _postgres(place)
    # A connection a transaction: none is carried into a fork, or keeps a file that was set aside.
    engine = create_engine(place.url, poolclass=NullPool, hide_parameters=True, connect_args={"timeout": _WAIT})
    pragmas = ["synchronous=NORMAL", f"foreign_keys={'OFF' if migrating else 'ON'}", "secure_delete=ON"]

    def set_up(connection: sqlite3.Connection, _record: object) -> None:
        # The driver would begin transactions by itself, at its own moments.
        connection.isolation_level = None
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    event.listen(engine, "connect", set_up)
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    statement = connection.get_execution_options().get("begins", READING)
    if statement:
        connection.exec_driver_sql(statement)


def _postgres(place: Place) -> Engine:
    waiting: dict[str, Any] = {"connect_timeout": _WAIT}
    try:
        return create_engine(
            place.url, hide_parameters=True, pool_pre_ping=True, pool_recycle=600, connect_args=waiting
        )
    except ImportError:
        raise MissingExtraError("a history in PostgreSQL", "postgres") from None
