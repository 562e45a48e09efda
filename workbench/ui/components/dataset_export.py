"""Rows of a data set as files: those that are listed, the corrections, all with corrected labels; made on demand."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import streamlit as st

from workbench.schema import RowFilter, RowOrder
from workbench.services import triage_files
from workbench.triage import Dataset
from workbench.ui import dataset_handing_on
from workbench.ui.components.dataset_filter_fields import key_of
from workbench.ui.state import choices


def row_exports(dataset: Dataset, total: int) -> None:
    """Draw the downloads.

    Args:
        dataset: The data set that is open.
        total: How many rows are listed.
    """
    chosen = choices()
    listed = partial(_export_listed, dataset, chosen.dataset_filter, chosen.dataset_order)
    with st.popover("Export", icon=":material/download:"):
        _files("rows", f"The {total:,} rows that are listed", "With prediction, tags and marks.", listed, not total)
        _files(
            "corrections", "The corrections", "Rows about whose label something was said, to train with.",
            partial(triage_files.export_corrections, dataset), dataset.version is None,
        )  # fmt: skip
        _files(
            "corrected", "All rows with corrected labels", "Likewise.",
            partial(triage_files.export_corrected, dataset), False,
        )  # fmt: skip
        st.caption(
            "In CSV, cells that a spreadsheet would run as a formula stand behind an apostrophe; to train on the texts "
            "as they are, take one of the other two."
        )


def _export_listed(dataset: Dataset, which: RowFilter, by: RowOrder, path: Path) -> int:
    return triage_files.export_rows(dataset, path, which, by)


def _files(what: str, heading: str, about: str, write: Callable[[Path], object], disabled: bool) -> None:
    st.markdown(f"**{heading}**", help=about)
    with st.container(horizontal=True):
        for suffix, (title, kind) in dataset_handing_on.FILES.items():
            st.download_button(
                title,
                dataset_handing_on.content(write, what + suffix, choices()),
                f"{what}{suffix}",
                kind,
                key=key_of("file", what, suffix),
                icon=":material/download:",
                on_click="ignore",
                disabled=disabled,
            )
