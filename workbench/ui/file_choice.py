"""The file of reviews that a session has chosen: its content, its columns, and the rows that come of it."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from workbench import resources
from workbench.checkpoints import places
from workbench.errors import InputError
from workbench.tables import Table, open_source, read_table, unlabelled
from workbench.tables.rows import LABEL_NAMES, TEXT_NAMES
from workbench.work.files import safe_name

SAMPLE = "reviews.csv"
NO_COLUMN = -1


@dataclass(frozen=True)
class ChosenFile:
    """A file as a browser gave it.

    Attributes:
        name: Without its folder, harmless as the name of a file.
        content: Its bytes.
        digest: Of them.
    """

    name: str
    content: bytes = field(repr=False)
    digest: str


def chosen_file(name: str, content: bytes) -> ChosenFile:
    """A file under a name that can do no harm.

    Args:
        name: As the browser says.
        content: Its bytes.

    Returns:
        The file.
    """
    return ChosenFile(safe_name(name), content, hashlib.sha256(content).hexdigest())


def sample_file() -> ChosenFile:
    """The bundled sample reviews."""
    return chosen_file(SAMPLE, (resources.folder("sample_data") / SAMPLE).read_bytes())


def columns_of(file: ChosenFile) -> tuple[str, ...]:
    """The columns of a file.

    Args:
        file: Which.

    Returns:
        Their names, each once.

    Raises:
        InputError: There is no table in it.
    """
    with tempfile.TemporaryDirectory() as folder:
        return open_source(_placed(file, folder)).columns


def guessed_columns(columns: tuple[str, ...]) -> tuple[int, int]:
    """Which columns have the usual names.

    Args:
        columns: Their names.

    Returns:
        Position of the text and of the label, ``NO_COLUMN`` where none is so called: the text is then looked for in
        the rows, and there is no label.
    """
    names = [column.strip().casefold() for column in columns]
    texts = [place for place, name in enumerate(names) if name in TEXT_NAMES]
    labels = [place for place, name in enumerate(names) if name in LABEL_NAMES]
    return next(iter(texts), NO_COLUMN), next(iter(labels), NO_COLUMN)


def rows_of(file: ChosenFile, text: str | None, label: str | None, limit: int) -> Table:
    """The reviews of a file.

    Args:
        file: Which.
        text: Column of the text; none to look for it.
        label: Column of the label; none for reviews without labels.
        limit: The most rows.

    Returns:
        The rows, and what became of the others.

    Raises:
        InputError: The file cannot be read, or no row of it.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = _placed(file, folder)
        table = read_table(path, text=() if text is None else (text,), label=label, limit=limit)
    if label is not None or table.source.label_column is None:
        return table
    return unlabelled(table)


def typed_path(typed: str, *, folders: bool = False) -> Path | None:
    """A path of this machine that somebody typed.

    Args:
        typed: The path.
        folders: Whether it may be a folder too.

    Returns:
        Absolute; none where nothing was typed.

    Raises:
        InputError: It may not be read here, or is not there.
    """
    typed = typed.strip()
    if not typed:
        return None
    missing = InputError(f"there is no file{' or folder' * folders} {typed}", "check the path")
    try:
        path = Path(typed).expanduser().absolute()
    except RuntimeError:  # ~somebody, and there is no such user
        raise missing from None
    # Whether it is there plays no part in this answer, so nothing can be probed.
    if not places.allows(path):
        raise InputError(
            f"{typed} is outside the folders that this app may read", "upload it, or have the app started with --root"
        )
    try:
        there = path.is_file() or (folders and path.is_dir())
    except (OSError, ValueError):  # a null character, no permission
        there = False
    if not there:
        raise missing
    return path


def _placed(file: ChosenFile, folder: str) -> Path:
    path = Path(folder) / file.name
    path.write_bytes(file.content)
    return path
