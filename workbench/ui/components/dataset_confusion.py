"""Right against predicted labels: every cell is a button that opens the reviews behind it."""

from __future__ import annotations

from html import escape

import streamlit as st

from workbench.schema import DatasetFigures
from workbench.ui import datasets
from workbench.ui.state import widget_key
from workbench.ui.style import literal

_MOST_LABELS = 12
_MOST_PAIRS = 30
_STRONGEST = 0.55  # more, and the number could not be read in the dark


def confusion_matrix(found: DatasetFigures) -> None:
    """Draw the matrix; of more labels than a screen takes, the pairs that are confused most.

    Args:
        found: The figures, with labels.
    """
    st.subheader("Confusion matrix", anchor=False)
    if len(found.labels) > _MOST_LABELS:
        _pairs(found)
        return
    st.html(f"<style>{matrix_css(found)}</style>")
    with st.container(key="wb-confusion"):
        st.html('<div class="wb-cell-head"></div>')
        for label in found.labels:
            st.html(f'<div class="wb-cell-head" title="{escape(label)}">{escape(label)}</div>')
        for truth, label in enumerate(found.labels):
            st.html(f'<div class="wb-cell-side" title="{escape(label)}">{escape(label)}</div>')
            for predicted in range(len(found.labels)):
                _cell(found, truth, predicted)
    st.caption(
        "Right label down, predicted label across. "
        "A cell opens its reviews. Colour is the share of its row: blue is right, orange is wrong."
    )


def cell_key(truth: int, predicted: int) -> str:
    """The key of a cell's button.

    Args:
        truth: Index of the right label.
        predicted: Index of the predicted one.
    """
    return widget_key("dataset", "cell", str(truth), str(predicted))


def matrix_css(found: DatasetFigures) -> str:
    """How many columns there are, and the colour of each cell.

    Args:
        found: The figures, with labels.

    Returns:
        Rules.
    """
    rules = [f".st-key-wb-confusion{{--wb-columns:{len(found.labels)}}}"]
    for truth, row in enumerate(found.confusion):
        for predicted, count in enumerate(row):
            if count:
                place = cell_key(truth, predicted).replace(".", "-")
                colour = "up" if truth == predicted else "down"
                strength = count / sum(row) * _STRONGEST
                rules.append(f".st-key-{place} button{{background:rgba(var(--wb-{colour}),{strength:.3f})}}")
    return "".join(rules)


def _cell(found: DatasetFigures, truth: int, predicted: int) -> None:
    count, row = found.confusion[truth][predicted], sum(found.confusion[truth])
    _opener(found, truth, predicted, f"{count:,}", f"{count / max(row, 1):.1%} of these {row:,} rows")


def _pairs(found: DatasetFigures) -> None:
    """The most frequent errors as a list of buttons."""
    wrong = sorted(
        (-count, truth, predicted)
        for truth, row in enumerate(found.confusion)
        for predicted, count in enumerate(row)
        if count and truth != predicted
    )
    st.caption(
        f"{len(found.labels)} labels make a matrix too wide to read. These are the {min(len(wrong), _MOST_PAIRS)} "
        f"most frequent of {len(wrong):,} kinds of error."
    )
    with st.container(horizontal=True, key="wb-confused"):
        for count, truth, predicted in wrong[:_MOST_PAIRS]:
            shown = f"{-count:,} × {literal(found.labels[truth])} → {literal(found.labels[predicted])}"
            _opener(found, truth, predicted, shown, "", width="content")


def _opener(found: DatasetFigures, truth: int, predicted: int, shown: str, share: str, width: str = "stretch") -> None:
    right, said = literal(found.labels[truth]), literal(found.labels[predicted])
    st.button(
        shown,
        key=cell_key(truth, predicted),
        on_click=datasets.show_rows,
        args=(found.cell(truth, predicted),),
        disabled=not found.confusion[truth][predicted],
        help=f"{right}, predicted {said}{': ' if share else ''}{literal(share)}",
        width=width,  # type: ignore[arg-type]
    )
