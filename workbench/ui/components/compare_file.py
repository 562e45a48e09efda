"""Checkpoints compared on a file of reviews."""

from __future__ import annotations

from collections.abc import Sequence


def compare_file_panel(names: Sequence[str]) -> None:
    """Draw the file, the button and what came of it.

    Args:
        names: Of the checkpoints, two to four; fewer draw a hint.
    """
