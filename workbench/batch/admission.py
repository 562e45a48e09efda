"""What a batch may read and write where the app is served to others; on one's own machine, everything."""

from __future__ import annotations

from pathlib import Path

from workbench.checkpoints import places
from workbench.errors import InputError


def admit(source: Path, output: Path | None, *, uploaded: bool) -> None:
    """Refuse what may not be read or written here, and a source that is not there.

    Args:
        source: The file or folder of reviews.
        output: Where the result is to go; none for the batch's own folder, which is always allowed.
        uploaded: Whether the source was uploaded.

    Raises:
        InputError: It is refused. Of what lies outside nothing is said, not even whether it is there.
    """
    if places.roots() is not None and output is not None:
        # The roots were named for reading.
        raise InputError(f"{output} is a folder that this app may not write to", "leave it to the app where to write")
    if not uploaded and not places.allows(source):
        raise InputError(
            f"{source} is outside the folders that this app may read", "upload it, or have the app started with --root"
        )
    try:
        there = source.exists()
    except (OSError, ValueError):  # a null character, no permission
        there = False
    if not there:
        raise InputError(f"there is no file or folder {source}", "check the path")
