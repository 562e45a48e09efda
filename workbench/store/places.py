"""Where the history lies: a file of the user's, or a PostgreSQL database that a setting names."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from workbench import resources
from workbench.errors import StoreError

FILE = "history.sqlite3"
# Environment variable with the URL of a PostgreSQL database.
DATABASE = "WORKBENCH_DATABASE_URL"


@dataclass(frozen=True)
class Place:
    """Where a history lies.

    Attributes:
        url: For SQLAlchemy; it may hold a password, so it is never shown.
        file: The file, where it is one.
    """

    url: URL
    file: Path | None = None

    def __repr__(self) -> str:
        return f"Place({self})"

    def __str__(self) -> str:
        """As messages name it, without user and password."""
        if self.file is not None:
            return str(self.file)
        port = "" if self.url.port is None else f":{self.url.port}"
        return f"{self.url.host or 'localhost'}{port}/{self.url.database or ''}"


def current_place() -> Place:
    """The place that the settings name.

    Returns:
        The database of ``WORKBENCH_DATABASE_URL`` where that is set, else a file in the user's folder.

    Raises:
        StoreError: The URL is none of PostgreSQL.
    """
    named = os.environ.get(DATABASE)
    return url_place(named) if named else file_place(resources.home() / FILE)


def file_place(file: Path) -> Place:
    """A SQLite file.

    Args:
        file: Perhaps not there yet.

    Returns:
        The place.
    """
    path = Path(os.path.abspath(file))
    return Place(URL.create("sqlite", database=str(path)), path)


def url_place(url: str) -> Place:
    """A PostgreSQL database.

    Args:
        url: ``postgresql://user:password@host:port/name``.

    Returns:
        The place.

    Raises:
        StoreError: It is something else; the message does not repeat it, as it may hold a password.
    """
    try:
        parsed = make_url(url.strip())
    except (ArgumentError, ValueError):
        parsed = None
    if parsed is None or parsed.drivername.split("+")[0] not in {"postgresql", "postgres"}:
        raise StoreError(
            f"{DATABASE} is no URL of a PostgreSQL database", "write it as postgresql://user:password@host/name"
        ) from None
    return Place(parsed.set(drivername="postgresql+psycopg"))
