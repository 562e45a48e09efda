"""Where the files that come with the workbench are: in a checkout, an editable install or a wheel."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

# Environment variable in which the command line tells the app which checkpoints to offer, one a line.
OFFERED = "WORKBENCH_CHECKPOINTS"

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
