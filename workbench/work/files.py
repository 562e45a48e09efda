"""Files of jobs: named so that they do no harm, and what stands at their end."""

from __future__ import annotations

import re
from pathlib import Path

_UNSAFE = re.compile(r"[^\w.() -]")
_LONGEST = 80
_CONTROL = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")
_TAIL = 8192  # bytes of a log


def safe_name(name: str) -> str:
    """The last part of a name that somebody else gave, harmless as the name of a file.

    Args:
        name: Perhaps with folders, of any system.

    Returns:
        Without them, never empty.
    """
    last = re.split(r"[\\/]", name)[-1]
    return _UNSAFE.sub("_", last)[-_LONGEST:].strip(" .") or "file"


def last_line(log: Path) -> str:
    """What a process wrote last.

    Args:
        log: Its file; perhaps not there.

    Returns:
        One line without control characters, warnings left out; empty where there is none.
    """
    try:
        with log.open("rb") as stream:
            stream.seek(0, 2)
            stream.seek(max(0, stream.tell() - _TAIL))
            text = stream.read().decode("utf-8", errors="replace")
    except FileNotFoundError:
        return ""
    lines = [_CONTROL.sub("", line).rstrip() for line in re.split(r"[\r\n]+", text)]
    # Libraries warn of what is no matter of the user's; indented lines are code that is quoted below a warning.
    told = (line for line in reversed(lines) if line and not line[0].isspace() and "Warning: " not in line)
    return next(told, "")[:400]
