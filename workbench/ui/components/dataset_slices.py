"""The view Slices of a data set."""

from __future__ import annotations

from workbench.triage import Dataset


def slices_panel(dataset: Dataset) -> None:
    """Draw it.

    Args:
        dataset: The data set that is open.
    """
