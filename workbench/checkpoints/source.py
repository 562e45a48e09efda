"""From the name that a user types to a folder: a bundled name, a folder, or a hub id."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from workbench import resources
from workbench.checkpoints import hub, places
from workbench.checkpoints.fetching import Progress
from workbench.errors import CheckpointError


@dataclass(frozen=True)
class Located:
    """Where a checkpoint is.

    Attributes:
        folder: Its files.
        revision: The commit on the hub; none for anything that is not from there.
        pinned: A name that finds the same files again: the hub id with its commit, an absolute path, a bundled name.
    """

    folder: Path
    revision: str | None
    pinned: str


def bundled() -> dict[str, Path]:
    """The checkpoints that come with the workbench.

    Returns:
        Name to folder; the shared encoder, which has no head of its own, is not among them.
    """
    root = resources.folder("sample_data") / "checkpoints"
    found = sorted(path for path in root.iterdir() if (path / "adapter_config.json").is_file())
    order = {"stars": 0, "stars-early": 1, "sentiment": 2}
    return {path.name: path for path in sorted(found, key=lambda path: (order.get(path.name, 3), path.name))}


def find(name: str) -> Path:
    """The folder of a checkpoint.

    Args:
        name: A bundled name, a folder, or a hub id (``owner/name``, ``owner/name@revision``).

    Returns:
        The folder; a hub id is downloaded into the hub's cache first.

    Raises:
        CheckpointError: No such bundled name or folder, or the hub cannot be reached or has no
            such checkpoint.
    """
    return locate(name).folder


def locate(
    name: str,
    *,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    early: Callable[[Path], object] | None = None,
) -> Located:
    """Find a checkpoint, downloading it where it is on the hub.

    Args:
        name: A bundled name, a folder, or a hub id.
        progress: Told bytes done and bytes in all while downloading.
        cancelled: Asked while downloading; true stops it, and what came is kept for the next time.
        early: Given the folder of a hub id when its small files are there; refuses it by raising.

    Returns:
        The folder, the commit, and a name that finds both again.

    Raises:
        CheckpointError: There is none of that name, it may not be read, or the hub does not give it.
        Cancelled: The caller asked to stop.
    """
    known = bundled()
    if name in known:
        return Located(known[name], None, name)
    folder = _folder(name)
    if folder is not None:
        return Located(folder, None, os.path.abspath(folder))
    wanted = hub.parse(name)
    if wanted is not None:
        folder, commit = hub.fetch(wanted, progress=progress, cancelled=cancelled, early=early)
        return Located(folder, commit, f"{wanted.repository}@{commit}")
    raise CheckpointError(
        f"there is no checkpoint {name!r}", f"give one of {', '.join(known)}, a folder, or a hub id such as owner/name"
    )


def here(name: str) -> Path | None:
    """The folder of a checkpoint that is on this machine.

    Args:
        name: As for ``find``.

    Returns:
        The folder; none where it would have to be downloaded first, or is not there at all.
    """
    folder = bundled().get(name) or _folder(name)
    wanted = hub.parse(name)
    if folder is not None or wanted is None:
        return folder
    copy = hub.cached(wanted)
    return copy[0] if copy else None


def title(name: str) -> str:
    """A checkpoint's name as people read it.

    Args:
        name: Any name; that of ``Located.pinned`` in particular.

    Returns:
        A commit cut to seven digits, a path to its last part, anything else as it is.
    """
    wanted = None if os.path.isabs(name) else hub.parse(name)
    if wanted is not None and wanted.commit:
        return f"{wanted.repository} @ {wanted.commit[:7]}"
    return (os.path.basename(name) or name) if os.path.isabs(name) else name


def _folder(name: str) -> Path | None:
    """The folder of that name, where there is one that may be read."""
    try:
        folder = Path(name).expanduser()
    except RuntimeError:  # ~somebody, and there is no such user
        return None
    if not name or (hub.parse(name) and not places.allows(folder)):
        return None
    if os.sep in name or os.path.isabs(folder):
        places.require(folder, name)
    elif not places.allows(folder):
        return None
    return folder if folder.is_dir() else None
