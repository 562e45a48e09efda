"""Times for readers."""

from __future__ import annotations

from datetime import datetime


def duration(seconds: float) -> str:
    """A time for readers.

    Args:
        seconds: How long.

    Returns:
        Such as ``40 s``, ``12 min`` or ``3.4 h``.
    """
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def when(moment: str) -> str:
    """A moment for readers.

    Args:
        moment: As ISO 8601 with the zone.

    Returns:
        Day and time of day, in the zone of the app.
    """
    return f"{datetime.fromisoformat(moment).astimezone():%d %b %H:%M}"
