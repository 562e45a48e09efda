"""How good each checkpoint is on a file, how surely they differ, and how well their confidence can be believed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from workbench.palette import COLOURS
from workbench.schema import CheckpointOnFile, FileComparison, Measure, PairOnFile
from workbench.ui.components.reliability import reliability_drawing
from workbench.ui.style import literal

# Of the sentences that do not begin with a checkpoint's name.
_BEGINNINGS = ("no difference ", "they agree ", "the rows ")
_CANCELLED = "cancelled: "


@dataclass(frozen=True)
class _Figure:
    """A column of the table.

    Attributes:
        title: On top of it.
        tip: On hover.
        value: Of a checkpoint.
        shown: How a value is written.
        low: Less is better.
        judged: It is of the rows with a right label, so that it can be ranked only where these are the same.
        mark: What stands beside the best.
    """

    title: str
    tip: str
    value: Callable[[CheckpointOnFile], float | None]
    shown: Callable[[float], str]
    low: bool = False
    judged: bool = False
    mark: str = "best"


_TITLES = {
    Measure.ACCURACY: ("Accuracy", "share of reviews with exactly the right label; higher is better"),
    Measure.OFF_BY_ONE: ("Within one star", "share of reviews at most one star off; higher is better"),
    Measure.MAE: ("Stars off", "mean absolute error of the expected rating, in stars; lower is better"),
    Measure.MACRO_F1: ("Macro F1", "F1 averaged over the labels; higher is better"),
    Measure.ECE: ("Calibration error", "how far confidence is from the share that is right; lower is better"),
}


def figures_panel(comparison: FileComparison) -> None:
    """Show the figures, what follows from them, and the reliability of each checkpoint.

    Args:
        comparison: On a file.
    """
    st.caption(literal(_source(comparison)))
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
    figures = _figures(sides)
    columns = [_column(sides, figure) for figure in figures]
    head = "".join(f'<th title="{escape(figure.tip)}">{escape(figure.title)}</th>' for figure in figures)
    rows = "".join(
        f"<tr><th>{escape(side.name)}<small>{_of(side, len(comparison.rows))}</small></th>"
        + "".join(column[place] for column in columns)
        + "</tr>"
        for place, side in enumerate(sides)
    )
    partial = (
        f'<div class="wb-note">Cancelled: {len(comparison.rows):,} of {comparison.asked:,} reviews were read by all '
        "checkpoints; everything below is of these alone.</div>"
        if comparison.partial
        else ""
    )
    return (
        f'{partial}<div class="wb-box wb-over" tabindex="0"><table class="wb-table wb-figures"><thead>'
        f"<tr><th>Checkpoint</th>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _figures(sides: Sequence[CheckpointOnFile]) -> list[_Figure]:
    def measured(measure: Measure) -> Callable[[CheckpointOnFile], float | None]:
        return lambda side: side.figures.get(measure)

    judged = [
        _Figure(*_TITLES[measure], measured(measure), "{:.3f}".format, measure.low_is_good, judged=True)
        for measure in Measure
        if any(measure in side.figures for side in sides)
    ]
    speed = "texts a second on this machine, now; higher is better"
    disk = "the weights, with those of a shared base"
    return [
        *judged,
        _Figure("Reviews/s", speed, lambda side: side.texts_per_second, _rate),
        _Figure("Parameters", "number of weights", lambda side: side.parameters, _count, low=True, mark="least"),
        _Figure("On disk", disk, lambda side: side.disk_bytes, _megabytes, low=True, mark="least"),
    ]


def _column(sides: Sequence[CheckpointOnFile], figure: _Figure) -> list[str]:
    """The cells of one figure; nothing is best where all are written the same."""
    values = [figure.value(side) for side in sides]
    cells = ["" if one is None else figure.shown(one) for one in values]
    known = [one for one in values if one is not None]
    fair = not figure.judged or len({side.labelled for side in sides if side.labelled}) == 1
    ranked = fair and len(set(filter(None, cells))) > 1
    best = figure.shown((min if figure.low else max)(known)) if ranked else None
    return [
        f'<td class="wb-first"><b>{cell}</b><small>{figure.mark}</small></td>'
        if cell and cell == best
        else f"<td>{cell or '–'}</td>"
        for cell in cells
    ]


def sentences_html(comparison: FileComparison) -> str:
    """What each pair's figures can show, and what a reader has to know.

    Args:
        comparison: On a file.

    Returns:
        HTML, all text escaped.
    """
    pairs = "".join(_pair(pair, comparison.names(pair)) for pair in comparison.pairs)
    # That it was cancelled stands above the figures.
    others = [note for note in comparison.notes if not note.startswith(_CANCELLED)]
    notes = "".join(f"<li>{escape(_sentence(note))}</li>" for note in others)
    return f'{pairs}<ul class="wb-list wb-dim">{notes}</ul>' if notes else pairs


def _pair(pair: PairOnFile, names: tuple[str, str]) -> str:
    others = [one.sentence for one in pair.differences if one.sentence != pair.sentence]
    items = "".join(f"<li>{escape(_sentence(other))}</li>" for other in others)
    better = any(one.better for one in pair.differences if one.measure is Measure.ACCURACY)
    kind = "" if better else " wb-plain"
    return (
        f'<div class="wb-verdict wb-stack{kind}"><div class="wb-dim">{escape(" − ".join(names))}</div>'
        f"<b>{escape(_sentence(pair.sentence))}</b>"
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


def _source(comparison: FileComparison) -> str:
    """What was compared on."""
    rows, source = f"{len(comparison.rows):,} reviews", comparison.source
    if source is None:
        return rows
    label = f", labels in “{source.label_column}”" if source.label_column else ""
    return f"{rows} of {source.name}: text in “{', '.join(source.text_columns)}”{label}"


def _of(side: CheckpointOnFile, rows: int) -> str:
    return f"{side.labelled:,} of {rows:,} with a label it knows" if side.labelled != rows else f"{rows:,} reviews"


def _sentence(text: str) -> str:
    """A clause as a sentence; the name of a checkpoint, where it begins with one, stays as it is."""
    begun = text[:1].upper() + text[1:] if text.startswith(_BEGINNINGS) else text
    return begun if begun.endswith(".") else f"{begun}."


def _rate(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def _count(value: float) -> str:
    return f"{value / 1e6:,.1f} M" if value >= 1e6 else f"{value:,.0f}"


def _megabytes(value: float) -> str:
    return f"{value / 1e6:,.1f} MB"
