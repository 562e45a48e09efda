"""Where the files that come with the workbench are: in a checkout, an editable install or a wheel."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path

# Environment variable in which the command line tells the app which checkpoints to offer, one a line.
OFFERED = "WORKBENCH_CHECKPOINTS"
# And which folders it may read, one a line; without it, all.
ROOTS = "WORKBENCH_READS_ONLY"
# The user's: where the workbench keeps what is theirs.
HOME = "WORKBENCH_HOME"
# And whether nothing of what they do is kept.
PRIVATE = "WORKBENCH_PRIVATE"
# How many batches of the queue run at a time on this machine.
AT_ONCE = "WORKBENCH_BATCHES_AT_ONCE"

# The wheel has them inside the package (see package-dir in pyproject.toml); a checkout, beside it.
_PACKAGED = {"pages": "_pages", "sample_data": "_sample_data"}


def folder(name: str) -> Path:
    """A folder that ships with the workbench.

    Args:
        name: ``pages`` or ``sample_data``.

    Returns:
        Its path.

    Raises:
        FileNotFoundError: The installation is incomplete.
    """
    package = Path(str(resources.files("workbench")))
    for place in (package / _PACKAGED[name], package.parent / name):
        if place.is_dir():
            return place
    raise FileNotFoundError(f"the folder {name} is missing from this installation; install the workbench again")


def home() -> Path:
    """Where the workbench keeps what is the user's own, such as the list of checkpoints.

    Returns:
        ``WORKBENCH_HOME`` where it is set, else the place that the system has for it; perhaps not there yet.
    """
    import platformdirs

    return Path(os.environ.get(HOME) or platformdirs.user_data_dir("workbench", appauthor=False)).expanduser()


def trained() -> Path:
    """Where the app puts the checkpoints that it trains; perhaps not there yet."""
    return home() / "checkpoints"
