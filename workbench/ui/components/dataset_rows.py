"""The view Reviews of a data set."""

from __future__ import annotations

import streamlit as st

from workbench.errors import WorkbenchError
from workbench.schema import RowFilter
from workbench.services import triaging
from workbench.triage import Dataset
from workbench.ui import dataset_rows, history
from workbench.ui.components.dataset_export import row_exports
from workbench.ui.components.dataset_filters import clear_button, filter_chips, row_filters
from workbench.ui.components.dataset_row import row_detail
from workbench.ui.components.dataset_table import rows_table
from workbench.ui.state import choices
from workbench.ui.style import literal

_SIDES = (8, 5)


def rows_panel(dataset: Dataset) -> None:
    """Draw it.

    Args:
        dataset: The data set that is open.
    """
    choices().dataset_moved = False
    try:
        _notices(dataset)
        found = dataset_rows.listed(dataset)
        row_filters(dataset)
        with st.container(horizontal=True, vertical_alignment="center"):
            filter_chips(dataset, found.total)
            row_exports(dataset, found.total)
        with st.container(key="wb-rows"):
            left, right = st.columns(_SIDES, gap="medium")
            with left:
                rows_table(dataset, found)
            with right:
                row_detail(dataset, found.total)
    except WorkbenchError as error:
        st.error(literal(str(error)), icon=":material/error:")
        if choices().dataset_filter != RowFilter():
            clear_button()


def _notices(dataset: Dataset) -> None:
    chosen = choices()
    fault, chosen.dataset_keep_fault = chosen.dataset_keep_fault, ""
    if fault:
        st.error(literal(fault), icon=":material/error:")
    damaged = triaging.damaged_corrections(dataset)
    if damaged:
        lines = "1 line of the corrections is" if damaged == 1 else f"{damaged:,} lines of the corrections are"
        st.warning(f"{lines} damaged and passed over; the others count.", icon=":material/warning:")
    if dataset.summary is None:
        st.info(
            f"This batch is not finished: {dataset_rows.all_rows(dataset):,} of {dataset.manifest.rows:,} rows are "
            "there, and what is said here is about those.",
            icon=":material/hourglass:",
        )
    if history.is_shared():
        st.caption("Everyone who uses this app sees and changes the same marks.")
