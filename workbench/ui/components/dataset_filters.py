"""Which rows of a data set are listed: fields to narrow them down, and what is asked for as chips that take it away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zlib import crc32

import streamlit as st

from workbench.schema import RowFilter, Tag
from workbench.services import triaging
from workbench.triage import Dataset
from workbench.ui import dataset_rows, state
from workbench.ui.components.dataset_filter_columns import column_filter
from workbench.ui.components.dataset_filter_fields import choice_field, follow_text, key_of
from workbench.ui.dataset_conditions import SURELY, parts_of
from workbench.ui.state import bound, choices
from workbench.ui.style import literal

_WIDTHS = (3.4, 1.6, 1.5, 1.5, 1.5, 1.1)
_RIGHT = {True: "Right", False: "Wrong"}
_PREDICTED = {False: "Predicted", True: "Could not be", None: "Both"}
_MARKS: dict[str, tuple[bool | None, bool | None]] = {
    "Any": (None, None),
    "Not marked": (False, None),
    "Marked": (True, None),
    "Relabelled": (None, True),
    "Confirmed": (True, False),
}


def row_filters(dataset: Dataset) -> None:
    """Draw the fields, the tags with their counts, and what is asked for.

    Args:
        dataset: The data set that is open.
    """
    with st.container(key="wb-rows-filters"):
        search, word, predicted, truth, right, more = st.columns(_WIDTHS, vertical_alignment="bottom")
        follow_text(search, "text", "Search in the texts", ":material/search:")
        follow_text(word, "word", "A whole word")
        labels = dict(enumerate(dataset.manifest.checkpoint.labels))
        choice_field(predicted, "predicted", "Predicted", labels)
        if dataset.manifest.options.label_column is not None:
            choice_field(truth, "truth", "Label", labels)
            choice_field(right, "right", "Right or wrong", _RIGHT)
        more.toggle("More", **bound("dataset_more"))
        # Not in a box that pops up: what a callback sets does not reach the fields of one that is closed.
        if choices().dataset_more:
            _more(dataset)
        _tags(dataset)


def filter_chips(dataset: Dataset, total: int) -> None:
    """Draw how many rows meet the filter, and each of its conditions with what takes it away.

    Args:
        dataset: The data set that is open.
        total: How many meet it.
    """
    parts = parts_of(choices().dataset_filter, dataset.manifest.checkpoint.labels)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="wb-rows-chips"):
        st.caption(f"**{total:,}** of {dataset_rows.all_rows(dataset):,} rows", width="content")
        for number, part in enumerate(parts):
            # Of its words as well, so that the second press of a double one is not about the next.
            key = key_of("without", str(number), str(crc32(part.words.encode("utf-8", "replace"))))
            st.button(
                literal(part.words), icon=":material/close:", icon_position="right", key=key, help="Take this away",
                on_click=_take_away, args=(part.without,),
            )  # fmt: skip
        if parts:
            clear_button()


def clear_button() -> None:
    """Draw the button that takes all conditions away."""
    st.button("Clear", icon=":material/filter_alt_off:", type="tertiary", key=key_of("clear"), on_click=_clear)


def _take_away(without: dict[str, Any]) -> None:
    dataset_rows.narrow(**without)


def _clear() -> None:
    dataset_rows.show(RowFilter())


def _tags(dataset: Dataset) -> None:
    chosen = choices().dataset_filter
    counts = dataset_rows.counts(dataset)
    # Those that no row has are not offered.
    offered = [tag for tag in Tag if counts[tag] or tag in chosen.tags]
    if not offered:
        return
    key = key_of("tags")
    state.reset(key, [tag.value for tag in offered if tag in chosen.tags])
    st.pills(
        "Tags", [tag.value for tag in offered], selection_mode="multi", label_visibility="collapsed", key=key,
        format_func=lambda name: f"{literal(name)}: {counts[Tag(name)]:,}", on_change=_take_tags, args=(key,),
    )  # fmt: skip


def _take_tags(key: str) -> None:
    found = set(state.value(key) or ())
    dataset_rows.narrow(tags=tuple(tag for tag in Tag if tag.value in found))


def _more(dataset: Dataset) -> None:
    chosen = choices().dataset_filter
    with st.container(border=True, key="wb-rows-more"):
        first, second, third = st.columns(3, gap="medium")
        with first:
            _confidence(chosen)
            _words(dataset, chosen)
        with second:
            languages = {name: f"{name}: {rows:,}" for name, rows in triaging.languages(dataset)}
            choice_field(st, "language", "Language", languages, "Any")
            column_filter(dataset)
        with third:
            _segments("failed", "Prediction", list(_PREDICTED.values()), _PREDICTED[chosen.failed], _take_failed)
            marks = next((name for name, pair in _MARKS.items() if pair == (chosen.marked, chosen.corrected)), None)
            _segments("marks", "Marks", list(_MARKS), marks, _take_marks)


def _confidence(chosen: RowFilter) -> None:
    least, below = chosen.confidence or (0.0, SURELY)
    key = key_of("confidence")
    state.reset(key, (round(least, 2), round(min(max(below, least), 1.0), 2)))
    st.slider("Confidence", 0.0, 1.0, step=0.01, key=key, on_change=_take_confidence, args=(key,))


def _take_confidence(key: str) -> None:
    least, below = state.value(key)
    # The right end of the scale belongs to the range.
    end = SURELY if below >= 1 else below
    dataset_rows.narrow(confidence=None if (least, end) == (0.0, SURELY) else (least, end))


def _words(dataset: Dataset, chosen: RowFilter) -> None:
    top = triaging.most_words(dataset)
    left, right = st.columns(2)
    ends = chosen.words or (0, top)
    for place, name, column in ((0, "Words from", left), (1, "to", right)):
        key = key_of("words", str(place))
        state.reset(key, int(ends[place]))
        column.number_input(name, 0, max(top, ends[place]), step=10, key=key, on_change=_take_words, args=(top,))


def _take_words(top: int) -> None:
    least, most = (int(state.value(key_of("words", place)) or 0) for place in ("0", "1"))
    dataset_rows.narrow(words=None if (least, most) == (0, top) else (least, max(least, most)))


def _segments(name: str, title: str, options: list[str], current: str | None, take: Callable[[str], None]) -> None:
    key = key_of(name)
    state.reset(key, current)
    st.segmented_control(title, options, key=key, on_change=take, args=(key,), wrap=True)


def _take_failed(key: str) -> None:
    found = state.value(key)
    dataset_rows.narrow(failed=next((value for value, name in _PREDICTED.items() if name == found), False))


def _take_marks(key: str) -> None:
    marked, corrected = _MARKS.get(state.value(key) or "Any", (None, None))
    dataset_rows.narrow(marked=marked, corrected=corrected)
