"""Which checkpoint of this machine has a fingerprint: what a result was computed with may go by another name here."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from workbench import resources
from workbench.checkpoints import catalogue, places
from workbench.checkpoints.adapters import adapter_base, is_adapter
from workbench.checkpoints.fingerprint import fingerprint
from workbench.checkpoints.source import bundled, here
from workbench.errors import WorkbenchError

_MARKS = ("config.json", "adapter_config.json")


def fingerprint_here(name: str) -> str | None:
    """The fingerprint of a checkpoint that is on this machine; nothing is downloaded and no weights are loaded.

    Args:
        name: A bundled name, a folder, or a hub id.

    Returns:
        ``sha256:...``; none where it is not there, or may not be read.
    """
    try:
        folder = here(name)
        if folder is None or not any((folder / mark).is_file() for mark in _MARKS):
            return None
        return fingerprint([folder, adapter_base(folder)] if is_adapter(folder) else [folder])
    except (WorkbenchError, OSError, ValueError):  # ValueError: a null character in the name
        return None


def recognise(wanted: str, named: str, revision: str | None = None) -> str | None:
    """The name under which a checkpoint is found here.

    Args:
        wanted: Its fingerprint.
        named: As it was named once, which is tried first.
        revision: Its commit on the hub, where it was from there.

    Returns:
        A name that loads it, perhaps another one; none where no checkpoint that the workbench knows is the same.
    """
    repository = named.partition("@")[0]
    first = [f"{repository}@{revision}", named] if revision else [named]
    tried = set()
    for name in (*first, *_known(wanted)):
        if name not in tried and fingerprint_here(name) == wanted:
            return name
        tried.add(name)
    return None


def _known(wanted: str) -> Iterator[str]:
    """All checkpoints that the workbench knows of: bundled, on the user's list, offered, and in the roots."""
    yield from bundled()
    for entry in catalogue.entries():
        # A commit of the hub never changes, so that its files need not be read again.
        if entry.revision is None or entry.facts.get("fingerprint") == wanted:
            yield entry.name
    yield from filter(None, os.environ.get(resources.OFFERED, "").split("\n"))
    for root in (*(places.roots() or ()), resources.home()):
        yield from map(str, _folders(root))


def _folders(root: Path) -> Iterator[Path]:
    """The checkpoints that lie in a folder, or are it."""
    try:
        inside = sorted(root.iterdir()) if root.is_dir() else []
    except OSError:
        return
    yield from (place for place in (root, *inside) if any((place / mark).is_file() for mark in _MARKS))
