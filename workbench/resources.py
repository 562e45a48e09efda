"""Where the files that come with the workbench are: in a checkout, an editable install or a wheel."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

_PACKAGES = {"pages": "workbench._pages", "sample_data": "workbench._sample_data"}


def folder(name: str) -> Path:
    """A folder that ships with the workbench.

    Args:
        name: ``pages`` or ``sample_data``.

    Returns:
        Its path.

    Raises:
        FileNotFoundError: The installation is incomplete.
    """
    beside = Path(__file__).resolve().parent.parent / name
    if beside.is_dir():
        return beside
    try:
        packaged = Path(str(resources.files(_PACKAGES[name])))
    except ModuleNotFoundError:
        packaged = beside
    if not packaged.is_dir():
        raise FileNotFoundError(f"the folder {name} is missing from this installation; install the workbench again")
    return packaged
