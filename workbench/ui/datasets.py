"""The data set that a session looks at, and the way from any figure to the rows behind it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from workbench.schema import RowFilter
from workbench.schema.batch import EXPLANATIONS, MANIFEST, PREDICTIONS, SUMMARY
from workbench.triage import Dataset
from workbench.ui import state
from workbench.ui.dataset_choices import REVIEWS
from workbench.ui.state import choices


def opened() -> Dataset | None:
    """The data set of this session, with the shards that are there by now.

    Returns:
        The data set; none where none is open.

    Raises:
        InputError: It cannot be opened any more.
    """
    folder = choices().dataset
    return _opened(folder, _stamp(Path(folder))) if folder else None


def check(folder: Path) -> None:
    """See whether a data set can be opened; what is opened for that is kept.

    Args:
        folder: Of a batch.

    Raises:
        InputError: It cannot.
    """
    _opened(str(folder), _stamp(folder))


def open_folder(folder: str) -> None:
    """Turn to another data set; what was chosen for the last one is forgotten. From a callback.

    Args:
        folder: Of a batch.
    """
    chosen = choices()
    chosen.dataset = folder
    show_rows(RowFilter(), view=chosen.dataset_view)


def show_rows(which: RowFilter, view: str = REVIEWS) -> None:
    """Show the rows behind a figure; from a callback.

    Args:
        which: The rows.
        view: Where.
    """
    chosen = choices()
    chosen.dataset_filter, chosen.dataset_page, chosen.dataset_row = which, 0, None
    state.put("dataset_view", view)


@st.cache_resource(show_spinner="Opening the data set", max_entries=4)
def _opened(folder: str, stamp: tuple[int, int, bool, int]) -> Dataset:
    return Dataset(Path(folder))


def _stamp(folder: Path) -> tuple[int, int, bool, int]:
    """Which shards are there: a batch that goes on is opened again with more of them, and so is another one there."""
    shards, beside = (sum(1 for _ in (folder / name).glob("*.parquet")) for name in (PREDICTIONS, EXPLANATIONS))
    manifest = folder / MANIFEST
    begun = manifest.stat().st_mtime_ns if manifest.exists() else 0
    return shards, beside, (folder / SUMMARY).exists(), begun
