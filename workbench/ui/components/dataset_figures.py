"""The view Overview of a data set."""

from __future__ import annotations

import streamlit as st

from workbench.errors import InputError
from workbench.schema import Activation, DatasetFigures
from workbench.triage import Dataset
from workbench.ui.components.dataset_confidence import confidence_html, scaling_section
from workbench.ui.components.dataset_confusion import confusion_matrix
from workbench.ui.components.dataset_scores import classes_html, predicted_html, scores_html
from workbench.ui.components.dataset_selection import selection
from workbench.ui.dataset_results import figures_of, reliability_of
from workbench.ui.style import literal


def figures_panel(dataset: Dataset) -> None:
    """Draw it.

    Args:
        dataset: The data set that is open.
    """
    chosen = selection(dataset)
    try:
        found = figures_of(dataset, chosen)
    except InputError as error:
        st.error(literal(str(error)), icon=":material/error:")
        return
    st.caption(literal(counts_line(found)))
    if not found.rows:
        st.info("No row of these was predicted, so there is nothing to count.", icon=":material/info:")
        return
    if found.labelled:
        _judged(dataset, found)
    else:
        st.info(literal(unlabelled_line(found)), icon=":material/info:")
        st.html(predicted_html(found))
    st.subheader("How sure it is", anchor=False)
    st.html(confidence_html(found, reliability_of(dataset, chosen) if found.labelled else None))
    if found.labelled:
        scaling_section(dataset)


def _judged(dataset: Dataset, found: DatasetFigures) -> None:
    """What needs right labels."""
    st.html(scores_html(found))
    if dataset.manifest.activation is not Activation.SOFTMAX:
        st.caption(
            "The checkpoint judges its labels one by one: the figures are of the label that it holds for likeliest. "
            "Log loss and Brier score need probabilities that add up to one, and are left out."
        )
    confusion_matrix(found)
    st.subheader("Each label", anchor=False)
    st.html(f'<div class="wb-row">{classes_html(found)}{predicted_html(found)}</div>')


def counts_line(found: DatasetFigures) -> str:
    """How many rows there are, and what is known of them.

    Args:
        found: The figures.

    Returns:
        One line.
    """
    parts = [f"{found.rows:,} rows predicted", f"{found.labelled:,} with a right label"]
    if found.unknown:
        parts.append(f"{found.unknown:,} with a label that the checkpoint does not know")
    if found.errors:
        parts.append(f"{found.errors:,} that could not be predicted")
    if found.chosen.temperature is not None:
        parts.append(f"probabilities are scaled by a temperature of {found.chosen.temperature:.2f}")
    return "; ".join(parts)


def unlabelled_line(found: DatasetFigures) -> str:
    """Why there is the distribution alone.

    Args:
        found: The figures, without right labels.

    Returns:
        One sentence.
    """
    rest = "so there is the distribution of labels and confidence alone."
    if found.unknown:
        return f"The labels of the file are none of the checkpoint's ({', '.join(found.labels[:5])}), {rest}"
    return f"No row has a right label, {rest} Name the column of the label when the batch is run to have all figures."
