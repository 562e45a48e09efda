"""Files of jobs: written in one step, named so that they do no harm."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

_UNSAFE = re.compile(r"[^\w.() -]")
_LONGEST = 80


def write(file: Path, content: str) -> None:
    """Write a file in one step, so that a reader never meets half of it.

    Args:
        file: Where.
        content: What.
    """
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(content)
    os.replace(name, file)


def safe_name(name: str) -> str:
    """The last part of a name that somebody else gave, harmless as the name of a file.

    Args:
        name: Perhaps with folders, of any system.

    Returns:
        Without them, never empty.
    """
    last = re.split(r"[\\/]", name)[-1]
    return _UNSAFE.sub("_", last)[-_LONGEST:].strip(" .") or "file"
