"""The view Slices of a data set: where the predictions are worse than elsewhere."""

from __future__ import annotations

from html import escape

import streamlit as st

from workbench.schema import Measure, RowFilter, Slice, SliceKind, Slices, SliceSize
from workbench.triage import Dataset
from workbench.ui import dataset_found, state
from workbench.ui.components.dataset_selection import selection
from workbench.ui.components.dataset_slice_rows import figure, size_rows, slice_rows
from workbench.ui.state import bound, choices
from workbench.ui.style import literal

_MEASURES = {
    Measure.ACCURACY.value: "Accuracy",
    Measure.OFF_BY_ONE.value: "Within one star",
    Measure.MAE.value: "Stars off",
}
_FIRST = 10  # of the worst, until all are asked for
_IN_ORDER, _WORST_FIRST = "In order", "Worst first"
_ORDER = list(SliceKind)


def slices_panel(dataset: Dataset) -> None:
    """Draw it.

    Args:
        dataset: The data set that is open.
    """
    chosen = selection(dataset)
    _settings(dataset)
    asked = choices()
    found = dataset_found.slices(dataset, chosen, Measure(asked.slices_measure), asked.slices_least, asked.slices_pairs)
    if isinstance(found, str):
        st.info(literal(f"Slices cannot be judged here: {found}."), icon=":material/info:")
        _sizes(dataset, chosen)
        return
    st.html(summary_html(found))
    _worst(found)
    _by_kind(found)


def summary_html(found: Slices) -> str:
    """What was looked at, and how many are worse.

    Args:
        found: The slices.

    Returns:
        HTML, all text escaped.
    """
    measure, overall = found.measure, found.overall
    ends = ""
    if overall.low is not None and overall.high is not None:
        ends = f" [{figure(overall.low, measure)}, {figure(overall.high, measure)}]"
    title = _MEASURES[measure.value]
    worse = sum(one.found for one in found.worst)
    told = f"{worse:,} or more" if worse >= 25 else f"{worse:,}"
    said = (
        f"{told} of {found.looked_at:,} slices of at least {found.least_rows:,} rows are worse than the rest"
        if worse
        else f"None of {found.looked_at:,} slices of at least {found.least_rows:,} rows is worse than the rest for sure"
    )
    return (
        f'<div class="wb-verdict wb-plain"><b>{title} {figure(overall.value, measure)}</b>{ends} '
        f"over {found.labelled:,} reviews with a right label. {escape(said)}."
        '<div class="wb-dim">Intervals are 95%. The p values are corrected for all slices looked at: of those called '
        "worse, about one in twenty is so by chance.</div></div>"
    )


def _settings(dataset: Dataset) -> None:
    rated = dataset.manifest.ratings is not None
    measures = list(_MEASURES) if rated else [Measure.ACCURACY.value]
    if choices().slices_measure not in measures:
        state.put("slices_measure", measures[0])
    with st.container(key="wb-asked-slices"):
        judged, least, pairs = st.columns([3, 1.2, 2], vertical_alignment="bottom")
    judged.segmented_control(
        "Judged by", measures, required=True, format_func=_MEASURES.__getitem__, **bound("slices_measure")
    )
    least.number_input(
        "Least rows", min_value=2, max_value=1_000_000, step=10,
        help="With a right label, in a slice and beside it.", **bound("slices_least"),
    )  # fmt: skip
    pairs.toggle(
        "Two conditions at once", help="Such as short reviews of one product; takes a few seconds more.",
        **bound("slices_pairs"),
    )  # fmt: skip


def _worst(found: Slices) -> None:
    if not found.worst:
        return
    st.subheader("The worst slices")
    st.caption("By how much each is worse for sure. A name opens its reviews.")
    shown = found.worst if choices().slices_all else found.worst[:_FIRST]
    slice_rows("worst", shown, found)
    if len(found.worst) > _FIRST:
        st.toggle(f"All {len(found.worst)}", **bound("slices_all"))


def _by_kind(found: Slices) -> None:
    groups: dict[str, list[Slice]] = {}
    for one in sorted(found.slices, key=lambda one: _ORDER.index(one.kind)):
        groups.setdefault(group_name(one, found.chosen), []).append(one)
    if not groups:
        return
    st.subheader("All slices")
    by = _kind_choice(list(groups))
    shown = groups[by]
    if choices().slices_sort == _WORST_FIRST:
        sign = -1 if found.measure.low_is_good else 1
        shown = sorted(shown, key=lambda one: (-one.worse, sign * one.difference.value))
    many = {one.kind for one in shown} & {SliceKind.WORD, SliceKind.PAIR}
    if many:
        st.caption(f"The {len(shown):,} that differ most surely, of all that were looked at.")
    slice_rows("kind", shown, found)
    st.html(f'<ul class="wb-list wb-dim">{"".join(f"<li>{escape(note)}.</li>" for note in found.notes)}</ul>')


def _kind_choice(groups: list[str]) -> str:
    if choices().slices_by not in groups:
        state.put("slices_by", groups[0])
    by, order = st.columns([2, 3], vertical_alignment="bottom")
    by.selectbox("By", groups, **bound("slices_by"))
    order.segmented_control("Sorted", [_IN_ORDER, _WORST_FIRST], required=True, **bound("slices_sort"))
    return choices().slices_by


def group_name(one: Slice | SliceSize, chosen: RowFilter) -> str:
    """The table that a slice stands in.

    Args:
        one: The slice.
        chosen: Which rows were cut.

    Returns:
        Plain text.
    """
    if one.kind is not SliceKind.COLUMN:
        return one.kind.value
    asked = [*one.chosen.extra, *one.chosen.extra_ranges]
    before = {*chosen.extra, *chosen.extra_ranges}
    own = [part for part in asked if part not in before] or asked
    return f"column “{own[-1][0]}”"


def _sizes(dataset: Dataset, chosen: RowFilter) -> None:
    """What there is to show without labels."""
    groups: dict[str, list[SliceSize]] = {}
    for one in dataset_found.sizes(dataset, chosen, 1):
        groups.setdefault(group_name(one, chosen), []).append(one)
    if not groups:
        return
    st.subheader("How many reviews each slice has")
    if choices().slices_by not in groups:
        state.put("slices_by", next(iter(groups)))
    st.selectbox("By", list(groups), width=360, **bound("slices_by"))
    size_rows(groups[choices().slices_by])
