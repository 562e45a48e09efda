"""How good each checkpoint is on a file, how surely they differ, and how well their confidence can be believed."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from workbench.file_view import (
    FileFigure,
    as_sentence,
    best_of,
    cancelled_line,
    figures_of,
    labelled_line,
    other_notes,
    source_line,
)
from workbench.palette import COLOURS
from workbench.schema import CheckpointOnFile, FileComparison, Measure, PairOnFile
from workbench.ui.components.reliability import reliability_drawing
from workbench.ui.style import literal


def figures_panel(comparison: FileComparison) -> None:
    """Show the figures, what follows from them, and the reliability of each checkpoint.

    Args:
        comparison: On a file.
    """
    st.caption(literal(source_line(comparison)))
    st.html(figures_html(comparison))
    st.html(sentences_html(comparison))
    if any(side.calibration for side in comparison.checkpoints):
        st.html(reliability_html(comparison.checkpoints))


def figures_html(comparison: FileComparison) -> str:
    """Checkpoints by figures, the best of each marked with a word.

    Args:
        comparison: On a file.

    Returns:
        HTML, all text escaped.
    """
    sides = comparison.checkpoints
    figures = figures_of(sides)
    columns = [_column(sides, figure) for figure in figures]
    head = "".join(f'<th title="{escape(figure.tip)}">{escape(figure.title)}</th>' for figure in figures)
    rows = "".join(
        f"<tr><th>{escape(side.name)}<small>{labelled_line(side, len(comparison.rows))}</small></th>"
        + "".join(column[place] for column in columns)
        + "</tr>"
        for place, side in enumerate(sides)
    )
    partial = f'<div class="wb-note">{cancelled_line(comparison)}</div>' if comparison.partial else ""
    return (
        f'{partial}<div class="wb-box wb-over" tabindex="0"><table class="wb-table wb-figures"><thead>'
        f"<tr><th>Checkpoint</th>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _column(sides: Sequence[CheckpointOnFile], figure: FileFigure) -> list[str]:
    """The cells of one figure."""
    cells = []
    for side, best in zip(sides, best_of(sides, figure), strict=True):
        value = figure.value(side)
        shown = "–" if value is None else figure.shown(value)
        tip = _tip(side, figure)
        if best:
            cells.append(f'<td class="wb-first"{tip}><b>{shown}</b><small>{figure.mark}</small></td>')
        else:
            cells.append(f"<td{tip}>{shown}</td>")
    return cells


def _tip(side: CheckpointOnFile, figure: FileFigure) -> str:
    """On hover, where the figure lies."""
    ends = side.intervals.get(figure.measure) if figure.measure else None
    return f' title="95%: {figure.shown(ends[0])} to {figure.shown(ends[1])}"' if ends else ""


def sentences_html(comparison: FileComparison) -> str:
    """What each pair's figures can show, and what a reader has to know.

    Args:
        comparison: On a file.

    Returns:
        HTML, all text escaped.
    """
    pairs = "".join(_pair(pair, comparison.names(pair)) for pair in comparison.pairs)
    notes = "".join(f"<li>{escape(note)}</li>" for note in other_notes(comparison))
    return f'{pairs}<ul class="wb-list wb-dim">{notes}</ul>' if notes else pairs


def _pair(pair: PairOnFile, names: tuple[str, str]) -> str:
    others = [one.sentence for one in pair.differences if one.sentence != pair.sentence]
    items = "".join(f"<li>{escape(as_sentence(other))}</li>" for other in others)
    better = any(one.better for one in pair.differences if one.measure is Measure.ACCURACY)
    kind = "" if better else " wb-plain"
    return (
        f'<div class="wb-verdict wb-stack{kind}"><div class="wb-dim">{escape(" − ".join(names))}</div>'
        f"<b>{escape(as_sentence(pair.sentence))}</b>"
        f"{f'<ul>{items}</ul>' if items else ''}</div>"
    )


def reliability_html(sides: Sequence[CheckpointOnFile]) -> str:
    """A drawing a checkpoint: how often it is right when it is so sure.

    Args:
        sides: Checkpoints on a file.

    Returns:
        HTML, all text escaped.
    """
    drawings = "".join(
        f'<div class="wb-box"><b>{escape(side.name)}</b>{_drawing(side, place)}</div>'
        for place, side in enumerate(sides)
        if side.calibration
    )
    return (
        f'<div class="wb-row wb-next wb-small">{drawings}</div><div class="wb-dim">Reliability: the share that is '
        "right against the confidence. On the dashed line a checkpoint is right as often as it says; below, it is too "
        "sure. The larger a dot, the more reviews.</div>"
    )


def _drawing(side: CheckpointOnFile, place: int) -> str:
    return reliability_drawing(side.name, side.calibration, COLOURS[place % len(COLOURS)])
