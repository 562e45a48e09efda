"""What can be done with the runs that are picked: compare two, export, delete and bring back."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from workbench import services
from workbench.errors import WorkbenchError
from workbench.reports import FORMATS
from workbench.ui import history, state
from workbench.ui.components.history_rows import pick_all, pick_key
from workbench.ui.history import Found
from workbench.ui.state import Choices, choices, widget_key
from workbench.ui.style import literal

_FORMATS_KEY = widget_key("history", "formats")
_TWO = 2


def history_actions(found: Found) -> None:
    """Draw the count, the buttons, and what came of them.

    Args:
        found: The page that is listed.
    """
    chosen = choices()
    _notices(chosen)
    if not found.total and not chosen.history.picked:
        return
    picked = chosen.history.picked
    st.caption(history.counted(found) + (f"; {len(picked):,} picked" if picked else ""))
    with st.container(horizontal=True, vertical_alignment="center"):
        everything = {run.id for run in found.runs} <= set(picked)
        st.button(
            "Pick this page", icon=":material/select_check_box:", key=widget_key("history", "pick"),
            on_click=pick_all, args=(found.runs, True), disabled=everything,
        )  # fmt: skip
        _button("Unpick all", ":material/deselect:", _let_go, not picked)
        _button("Compare", ":material/compare_arrows:", _compare, len(picked) != _TWO, "Two runs that are picked.")
        _export(chosen)
        _button("Delete", ":material/delete:", _delete, not picked, "They can be brought back for thirty days.")


def _button(label: str, icon: str, on_click: Callable[[], None], disabled: bool, tip: str | None = None) -> None:
    key = widget_key("history", label)
    st.button(label, icon=icon, key=key, on_click=on_click, disabled=disabled, help=tip)


def _notices(chosen: Choices) -> None:
    listing = chosen.history
    fault, listing.fault = listing.fault, ""
    for line in [*services.history_notices(), *([fault] if fault else [])]:
        st.warning(literal(line), icon=":material/history:")
    if listing.deleted:
        count = len(listing.deleted)
        with st.container(horizontal=True, vertical_alignment="center", key="wb-deleted"):
            st.caption(f"{'1 run was' if count == 1 else f'{count:,} runs were'} deleted.")
            _button("Undo", ":material/undo:", _undo, disabled=False)


def _export(chosen: Choices) -> None:
    listing = chosen.history
    with st.popover("Export", icon=":material/folder_zip:", disabled=not listing.picked):
        # A value set from outside would be lost while the box is closed, so it is a default.
        st.pills(
            "Formats", list(FORMATS), selection_mode="multi", format_func=lambda suffix: FORMATS[suffix].title,
            default=[suffix for suffix in chosen.history_formats if suffix in FORMATS],
            key=_FORMATS_KEY, on_change=_take_formats,
        )  # fmt: skip
        st.download_button(
            "Download the zip",
            _archive(chosen, tuple(listing.picked), tuple(chosen.history_formats)),
            "workbench-runs.zip",
            "application/zip",
            key=widget_key("history", "zip"),
            icon=":material/download:",
            on_click="ignore",
            disabled=not listing.picked or not chosen.history_formats,
        )
        st.caption("A folder for each run, and an index of all.")


def _archive(chosen: Choices, run_ids: tuple[str, ...], formats: tuple[str, ...]) -> Callable[[], bytes]:
    """Makes the zip when it is asked for, on a thread of Streamlit's; a fault is told when the page is drawn next."""

    def made() -> bytes:
        try:
            return history.archive(run_ids, formats)
        except WorkbenchError as error:
            fault = error
        except Exception as error:  # noqa: BLE001 - Streamlit would log where it happened and tell the user nothing
            what = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
            fault = WorkbenchError(f"the zip could not be made ({what})", "choose another format")
        chosen.history.fault = str(fault)
        raise fault

    return made


def _take_formats() -> None:
    choices().history_formats = list(state.value(_FORMATS_KEY))


def _let_go() -> None:
    listing = choices().history
    for run_id in listing.picked:
        state.reset(pick_key(run_id), False)
    listing.picked, listing.compared = [], ()


def _compare() -> None:
    listing = choices().history
    listing.compared = tuple(listing.picked)


def _delete() -> None:
    history.delete(choices())


def _undo() -> None:
    history.bring_back(choices())
