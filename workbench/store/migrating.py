"""Bringing the tables to the newest version, once, however many processes start together."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from importlib import resources as packaged
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from workbench.errors import StoreError
from workbench.store.engines import WRITING, make_engine
from workbench.store.locking import locked
from workbench.store.models import HEAD
from workbench.store.places import Place

# Any number that nothing else on the server uses: "workbench", by its place in the alphabet.
_SERVER_LOCK = 23_15_18_11_02_05_14
_VERSIONS = "alembic_version"
# Alembic keeps the migration that runs in a global of its module.
_ONE_AT_A_TIME = threading.Lock()


def prepare(place: Place, engine: Engine) -> None:
    """Make the tables, or bring them to the newest version; quick where they are.

    Args:
        place: Where the history lies.
        engine: Of that place.

    Raises:
        StoreError: They are of a newer version of the workbench: they are left alone.
    """
    if place.file is None or place.file.exists():
        with engine.begin() as connection:
            if version_of(connection) == HEAD:
                return
    with nullcontext() if place.file is None else locked(place.file), _ONE_AT_A_TIME:
        if place.file is not None:
            _create(place.file)
        own = make_engine(place, migrating=True)
        try:
            _migrate(place, own)
        finally:
            own.dispose()


def version_of(connection: Connection) -> str | None:
    """The version of the tables.

    Args:
        connection: To a history.

    Returns:
        A revision, or none where there are no tables yet.
    """
    if not inspect(connection).has_table(_VERSIONS):
        return None
    found = connection.scalar(text(f"SELECT version_num FROM {_VERSIONS}"))  # noqa: S608 - a constant
    return None if found is None else str(found)


def _create(file: Path) -> None:
    """An empty file that its owner alone may read: reviews can be private."""
    if not file.exists():
        file.touch(mode=0o600)


def _migrate(place: Place, engine: Engine) -> None:
    if place.file is not None:
        _write_ahead(engine)
    with engine.execution_options(begins=WRITING).begin() as connection:
        if place.file is None:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SERVER_LOCK})
        version = version_of(connection)
        if version == HEAD:
            return
        _check_known(place, version)
        upgrade(connection)
        if place.file is not None and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
            raise StoreError(f"the history in {place} does not hold together", "move the file away and begin a new one")


def _write_ahead(engine: Engine) -> None:
    """Readers and a writer at once. The file remembers it; where a file system has no means for it, all goes on."""
    with engine.execution_options(begins="").connect() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode=WAL")


def _check_known(place: Place, version: str | None) -> None:
    from alembic.script import ScriptDirectory

    known = {one.revision for one in ScriptDirectory(str(_folder())).walk_revisions()}
    if version is not None and version not in known:
        raise StoreError(
            f"the history in {place} was written by a newer version of the workbench ({version})",
            "update the workbench, or name another place",
        )


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run the migrations that are still to be run.

    Args:
        connection: In a transaction, which the caller commits.
        revision: Up to this one.
    """
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    # The configuration takes a percent sign for the start of a variable.
    config.set_main_option("script_location", str(_folder()).replace("%", "%%"))
    command.upgrade(config, revision)


def _folder() -> Path:
    return Path(str(packaged.files("workbench.store.migrations")))
