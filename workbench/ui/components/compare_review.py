"""Checkpoints compared on one review."""

from __future__ import annotations

from collections.abc import Sequence


def compare_review_panel(names: Sequence[str]) -> None:
    """Draw the review, the button and what came of it.

    Args:
        names: Of the checkpoints, two to four; fewer draw a hint.
    """
