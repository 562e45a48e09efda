"""The two piles of a threshold: counts, the rows behind them, and files of either."""

from __future__ import annotations

import re
from functools import partial

import streamlit as st

from workbench.schema import Estimate, RowFilter, ThresholdFigures
from workbench.services import triage_files
from workbench.triage import Dataset
from workbench.ui import datasets
from workbench.ui.dataset_handing_on import FILES, content
from workbench.ui.state import bound, choices, widget_key
from workbench.ui.style import literal

_NAME_LENGTH = 60


def piles(dataset: Dataset, chosen: RowFilter, now: ThresholdFigures) -> None:
    """Show both piles, open them in the view Reviews, and keep them as files.

    Args:
        dataset: The data set.
        chosen: The rows of both.
        now: The piles.
    """
    fault, choices().dataset_keep_fault = choices().dataset_keep_fault, ""
    if fault:
        st.error(literal(fault), icon=":material/error:")
    sides = st.columns(2, gap="medium")
    for side, confident in zip(sides, (True, False), strict=True):
        with side:
            st.html(pile_html(now, confident=confident))
            _buttons(dataset, chosen, now, confident)
    st.segmented_control(
        "Format of the files",
        list(FILES),
        required=True,
        format_func=lambda suffix: FILES[suffix][0],
        **bound("dataset_format"),
    )
    st.caption(
        "A file is made when its button is pressed. Rows that could not be predicted are in the file for a person too."
    )


def pile_html(now: ThresholdFigures, *, confident: bool) -> str:
    """A pile as a box.

    Args:
        now: The piles.
        confident: What is left to the checkpoint; else what a person looks at.

    Returns:
        HTML.
    """
    title, rows, accuracy = (
        ("Left to the checkpoint", now.confident, now.accuracy)
        if confident
        else ("For a person to look at", now.person, now.person_accuracy)
    )
    errors = now.errors - now.caught if confident else now.caught
    share = rows / now.rows
    right = "" if accuracy is None else f"<div>{_accuracy(accuracy)}; {errors:,} errors</div>"
    sign = "at least" if confident else "below"
    return (
        f'<div class="wb-box"><b>{title}</b> <span class="wb-dim">confidence {sign} {now.threshold:.3f}</span>'
        f'<div><span class="wb-big">{rows:,}</span> rows, {share:.1%}</div>{right}</div>'
    )


def file_name(dataset: Dataset, confident: bool, suffix: str) -> str:
    """A name that every system takes.

    Args:
        dataset: The data set.
        confident: Which pile.
        suffix: Of the format.
    """
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", dataset.folder.name).strip("-.")[:_NAME_LENGTH] or "batch"
    return f"{plain}-{'confident' if confident else 'for-a-person'}{suffix}"


def _buttons(dataset: Dataset, chosen: RowFilter, now: ThresholdFigures, confident: bool) -> None:
    rows = now.confident_rows if confident else now.person_rows
    count, errors = (now.confident, now.errors - now.caught) if confident else (now.person, now.caught)
    name = "confident" if confident else "person"
    suffix = choices().dataset_format
    with st.container(horizontal=True):
        _opener("Open", f"open-{name}", rows, not count)
        if now.errors:
            wrong = rows.model_copy(update={"right": False})
            _opener("Open its errors", f"errors-{name}", wrong, not errors)
        called = file_name(dataset, confident, suffix)
        write = partial(triage_files.export_pile, dataset, now.threshold, confident=confident, chosen=chosen)
        st.download_button(
            f"Download {FILES[suffix][0]}",
            content(write, called, choices()),
            called,
            FILES[suffix][1],
            key=widget_key("dataset", "pile", name),
            icon=":material/download:",
            on_click="ignore",
        )


def _opener(label: str, name: str, rows: RowFilter, disabled: bool) -> None:
    st.button(
        label, key=widget_key("dataset", name), on_click=datasets.show_rows, args=(rows,), disabled=disabled,
        icon=":material/list:" if label == "Open" else ":material/error:", help="In the view Reviews.",
    )  # fmt: skip


def _accuracy(value: Estimate) -> str:
    ends = "" if value.low is None or value.high is None else f" ({value.low:.1%} to {value.high:.1%})"
    return f"{value.value:.1%} right{ends}"
