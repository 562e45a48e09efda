"""What to say of the label of a row: another one, that it is right, or nothing any more; with a note."""

from __future__ import annotations

from zlib import crc32

import streamlit as st

from workbench.schema import TriageRow
from workbench.services import triaging
from workbench.text import excerpt
from workbench.triage import Dataset
from workbench.ui import dataset_marking, state
from workbench.ui.components.dataset_filter_fields import key_of
from workbench.ui.state import held
from workbench.ui.style import literal

# So many digits there are on a keyboard; of more labels one is chosen from a list.
_MOST_BUTTONS = 9
_MOST_NOTE = 2_000
_SHOWN = 30


def row_marks(dataset: Dataset, row: TriageRow) -> None:
    """Draw what can be said of the label of a row.

    Args:
        dataset: The data set that is open.
        row: The row that is open.
    """
    note = _note_key(row)
    labels = triaging.known_labels(dataset)
    # Keys name the row, so that the second press of a double one is not about the next.
    with st.container(key="wb-row-marks"):
        st.caption(literal(_standing(row)))
        if len(labels) <= _MOST_BUTTONS:
            _buttons(dataset, row, labels, note)
        else:
            _list(dataset, row, labels, note)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                "Label is right", icon=":material/check:", key=key_of("confirm", str(row.id)), shortcut="Y",
                disabled=row.given is None, on_click=_confirm, args=(dataset, row.id, note),
            )  # fmt: skip
            st.button(
                "Undo", icon=":material/undo:", key=key_of("undo", str(row.id)), shortcut="U",
                disabled=row.correction is None, on_click=dataset_marking.undo, args=(dataset, row.id),
            )  # fmt: skip
            st.checkbox("Then show the next", **held("dataset_onwards"))
        st.text_input(
            "Note",
            key=state.seed(note, row.note),
            label_visibility="collapsed",
            placeholder="Note, kept with the mark",
            max_chars=max(_MOST_NOTE, len(row.note)),
            on_change=_annotate,
            args=(dataset, row, note),
        )


def _standing(row: TriageRow) -> str:
    if row.correction is None:
        return "Relabel to"
    return f"Relabelled to {row.correction}" if row.relabelled else "Its label was said to be right. Relabel to"


def _note_key(row: TriageRow) -> str:
    """A field that is a new one once its content has changed, here or in another session."""
    return key_of("note", str(row.id), str(crc32(row.note.encode("utf-8", "replace"))))


def _buttons(dataset: Dataset, row: TriageRow, labels: tuple[str, ...], note: str) -> None:
    with st.container(horizontal=True, gap="xsmall"):
        for number, label in enumerate(labels, 1):
            st.button(
                literal(excerpt(label, _SHOWN)) or "–", key=key_of("label", str(row.id), str(number)),
                shortcut=str(number), type="primary" if label == row.correction else "secondary",
                on_click=_relabel, args=(dataset, row.id, label, note),
            )  # fmt: skip


def _list(dataset: Dataset, row: TriageRow, labels: tuple[str, ...], note: str) -> None:
    key = key_of("labels", str(row.id))
    state.reset(key, row.correction if row.correction in labels else None)
    st.selectbox(
        "Relabel to", labels, index=None, placeholder="Choose a label", label_visibility="collapsed", key=key,
        on_change=_take_label, args=(dataset, row.id, key, note),
    )  # fmt: skip


def _take_label(dataset: Dataset, row_id: int, key: str, note: str) -> None:
    label = state.value(key)
    if label is None:
        dataset_marking.undo(dataset, row_id)
    else:
        _relabel(dataset, row_id, label, note)


def _relabel(dataset: Dataset, row_id: int, label: str, note: str) -> None:
    dataset_marking.relabel(dataset, row_id, label, _typed(note))


def _confirm(dataset: Dataset, row_id: int, note: str) -> None:
    dataset_marking.confirm(dataset, row_id, _typed(note))


def _annotate(dataset: Dataset, row: TriageRow, note: str) -> None:
    dataset_marking.annotate(dataset, row, _typed(note))


def _typed(note: str) -> str:
    return str(state.peek(note) or "")
