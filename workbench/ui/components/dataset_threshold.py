"""The view Threshold of a data set."""

from __future__ import annotations

import streamlit as st

from workbench.errors import InputError
from workbench.schema import CoverageCurve, RowFilter, ThresholdFigures
from workbench.triage import Dataset, Thresholds
from workbench.ui import state
from workbench.ui.components.coverage import coverage_drawing
from workbench.ui.components.dataset_piles import piles
from workbench.ui.components.dataset_selection import selection
from workbench.ui.dataset_results import curve_of, obstacle_of, scaling_of
from workbench.ui.state import bound, choices, held
from workbench.ui.style import literal

_SCALED = "Use the scaled confidence"


def threshold_panel(dataset: Dataset) -> None:
    """Draw it.

    Args:
        dataset: The data set that is open.
    """
    chosen = _scaled(dataset, selection(dataset))
    try:
        asked, curve = curve_of(dataset, chosen)
    except InputError as error:
        st.error(literal(str(error)), icon=":material/error:")
        return
    st.slider(
        "Threshold",
        min_value=0.0,
        max_value=1.0,
        step=0.001,
        format="%.3f",
        help="Rows of at least this confidence are left to the checkpoint; the others are for a person to look at.",
        **held("dataset_threshold"),
    )
    now = asked.at(choices().dataset_threshold)
    drawn = coverage_drawing(curve, now)
    st.html(f'<div class="wb-row"><div class="wb-box wb-half">{drawn}</div>{told_html(now, curve)}</div>')
    piles(dataset, chosen, now)
    if curve.labelled:
        _least(asked)


def told_html(now: ThresholdFigures, curve: CoverageCurve) -> str:
    """What the threshold does, and how well confidence tells errors from the rest, in words.

    Args:
        now: Both piles.
        curve: Of all thresholds.

    Returns:
        HTML.
    """
    lines = [f"<b>{now.coverage.value:.1%} of {now.rows:,} rows are left to the checkpoint.</b>"]
    if not curve.labelled:
        lines.append("No row has a right label, so nothing says how many of them are right: coverage alone is shown.")
    elif not now.errors:
        lines.append("No row with a right label is predicted wrong, so every threshold leaves right ones alone.")
    else:
        share = now.caught / now.errors
        lines.append(f"{now.caught:,} of {now.errors:,} errors ({share:.1%}) are among what a person looks at.")
        lines.append(area_sentence(now, curve))
    if curve.labelled and curve.labelled < curve.rows:
        lines.append(f"Accuracy and errors are of the {curve.labelled:,} rows with a right label.")
    if curve.temperature is not None:
        lines.append(f"Confidence is scaled by a temperature of {curve.temperature:.2f}.")
    return f'<div class="wb-verdict wb-plain wb-told wb-half">{"".join(f"<p>{line}</p>" for line in lines)}</div>'


def area_sentence(now: ThresholdFigures, curve: CoverageCurve) -> str:
    """The area under the risk-coverage curve in plain words.

    Args:
        now: Both piles, with the number of errors.
        curve: With labels.

    Returns:
        One sentence or two.
    """
    error = now.errors / max(curve.labelled, 1)
    return (
        f"Over all thresholds, {curve.area or 0:.1%} of what is left to the checkpoint is wrong on average (the area "
        f"under the risk-coverage curve). It would be {curve.best_area or 0:.1%} if every error were less sure than "
        f"every right prediction, and {error:.1%} if confidence said nothing."
    )


def _scaled(dataset: Dataset, chosen: RowFilter) -> RowFilter:
    """The rows, by the scaled confidence where that is wanted and can be."""
    if chosen.temperature is not None or obstacle_of(dataset):
        return chosen
    if chosen.confidence is not None:
        st.caption("The rows were chosen by their confidence as it is, so the threshold is on that too.")
        return chosen
    wanted = st.toggle(
        _SCALED,
        help="Confidence after temperature scaling; the view Overview shows what that does.",
        **bound("dataset_scaled"),
    )
    if not wanted:
        return chosen
    scaling = scaling_of(dataset)
    if scaling.at_limit:
        st.caption(literal(f"Not scaled: no temperature fits these {scaling.fitted:,} rows best within the limits."))
        return chosen
    return chosen.model_copy(update={"temperature": scaling.temperature.value})


def _least(asked: Thresholds) -> None:
    """Find the threshold that leaves least to a person."""
    st.subheader("The least threshold that reaches an accuracy", anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.number_input(
            "Accuracy in percent", min_value=0.0, max_value=100.0, step=0.5, format="%.1f", width=190,
            **bound("dataset_wanted"),
        )  # fmt: skip
        st.checkbox(
            "Surely",
            help="The lower end of the 95% interval has to reach it, not the accuracy of these very rows alone.",
            **bound("dataset_surely"),
        )
        found = asked.least(choices().dataset_wanted / 100, surely=choices().dataset_surely)
        st.button(
            "Take it",
            key=state.widget_key("dataset", "least"),
            icon=":material/arrow_upward:",
            on_click=_take,
            args=(0.0 if found is None else found.threshold,),
            disabled=found is None,
        )
    st.caption(literal(least_line(found, choices().dataset_wanted)))


def least_line(found: ThresholdFigures | None, wanted: float) -> str:
    """What the least threshold does.

    Args:
        found: None where no threshold reaches the accuracy.
        wanted: In percent.

    Returns:
        A sentence or two.
    """
    if found is None or found.accuracy is None:
        return f"No threshold reaches {wanted:g}% on these rows."
    return (
        f"From {found.threshold:.3f} on, {found.accuracy.value:.1%} are right, and {found.person:,} of {found.rows:,} "
        f"rows ({found.person / found.rows:.1%}) are for a person. It is chosen on the rows that it is measured on, so "
        "other rows may do a little worse."
    )


def _take(threshold: float) -> None:
    state.put("dataset_threshold", threshold)
