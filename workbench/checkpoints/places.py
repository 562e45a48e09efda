"""Which folders may be read when the app is served to others; on one's own machine, all of them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from workbench import resources
from workbench.errors import CheckpointError


def roots() -> tuple[Path, ...] | None:
    """The folders that checkpoints may lie in.

    Returns:
        Resolved folders, those of the workbench itself first; none where every folder may be read.
    """
    named = os.environ.get(resources.ROOTS)
    if named is None:
        return None
    own = (resources.folder("sample_data"), resources.trained())
    return (*(folder.resolve() for folder in own), *(Path(line).resolve() for line in named.split("\n") if line))


def allows(folder: Path) -> bool:
    """Whether a folder may be read.

    Args:
        folder: Absolute or relative, perhaps with ``..`` and through symbolic links, perhaps not there at all.

    Returns:
        True when the folder, and every file in it, really lies in one of the roots.
    """
    within = roots()
    if within is None:
        return True
    try:
        real = folder.resolve()
        files = [file.resolve() for file in real.iterdir()] if _inside(real, within) and real.is_dir() else []
    except (OSError, RuntimeError, ValueError):  # a loop of links, a null character, no permission
        return False
    # The files of the hub's own cache are links to its blobs.
    return _inside(real, within) and all(_inside(file, (*within, _hub_cache())) for file in files)


def require(folder: Path, named: str) -> Path:
    """Refuse a folder that may not be read; whether it is there plays no part, so nothing can be probed.

    Args:
        folder: The folder.
        named: As somebody named it.

    Returns:
        The folder.

    Raises:
        CheckpointError: It lies outside the roots.
    """
    if allows(folder):
        return folder
    raise CheckpointError(
        f"{named!r} is outside the folders that this app may read",
        "use a hub id or a checkpoint from the list, or have it started with --root",
    )


def _inside(path: Path, within: Iterable[Path]) -> bool:
    return any(path.is_relative_to(root) for root in within)


def _hub_cache() -> Path:
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE).resolve()
