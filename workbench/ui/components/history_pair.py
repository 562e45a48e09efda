"""Two saved runs side by side: what each says, the same method on both, and the differences of its scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import streamlit as st

from workbench import services
from workbench.errors import WorkbenchError
from workbench.render import heat_html, strongest
from workbench.schema import CheckpointInfo, EntityReport, Explanation, SavedRun, Score, Span
from workbench.ui import history
from workbench.ui.components.entities_found import found_html
from workbench.ui.components.history_filters import method_title
from workbench.ui.components.methods import aside_html, counts_html
from workbench.ui.components.verdict import verdict_html
from workbench.ui.components.whatif import distinct
from workbench.ui.components.words import decimals
from workbench.ui.history import Zone
from workbench.ui.state import choices, widget_key
from workbench.ui.style import literal

_TWO = 2


@dataclass(frozen=True)
class Voice:
    """What one checkpoint said in a run.

    Attributes:
        checkpoint: The one.
        shown: What it said, as HTML, all text escaped.
        explanations: Method to what it says.
    """

    checkpoint: CheckpointInfo
    shown: str
    explanations: dict[str, Explanation]


def history_pair(where: Zone) -> None:
    """Draw the two runs that are compared; nothing where there are none.

    Args:
        where: The zone in which times are shown.
    """
    compared = choices().history.compared
    if len(compared) != _TWO:
        return
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.header("Two runs", anchor=False)
        st.button("Close", icon=":material/close:", key=widget_key("history", "close"), on_click=_close)
    try:
        runs = [services.open_run(run_id) for run_id in compared]
    except WorkbenchError as error:
        st.error(literal(str(error)), icon=":material/error:")
        return
    voices = []
    for run, column in zip(runs, st.columns(_TWO), strict=True):
        with column:
            st.markdown(f"**{literal(history.moment(run.created, where))}**")
            voices.append(_voice(run))
    # In a row of their own, so that they stand side by side where only one of the runs has checkpoints to choose from.
    for voice, column in zip(voices, st.columns(_TWO), strict=True):
        with column:
            st.caption(literal(f"{voice.checkpoint.name}, {voice.checkpoint.fingerprint[:19]}"))
            st.html(voice.shown)
    _methods(voices)


def _close() -> None:
    choices().history.compared = ()


def _voice(run: SavedRun) -> Voice:
    """What the run says; of several checkpoints, the reader chooses one."""
    if isinstance(run.result, EntityReport):
        found = {one.method: one for one in run.explanations}
        marked = found_html(run.result.prediction, run.result.entity)
        return Voice(run.result.prediction.checkpoint, marked, found)
    names = [one.checkpoint.name for one in run.predictions]
    at = 0
    if len(names) > 1:
        shown = distinct([literal(name) for name in names])
        key = widget_key("history", "voice", run.id)
        at = st.segmented_control(
            "Checkpoint", range(len(names)), default=0, required=True, format_func=shown.__getitem__, key=key
        )
    said = run.predictions[at]
    found = {one.method: one for one in run.explanations if one.checkpoint == said.checkpoint}
    return Voice(said.checkpoint, verdict_html(said), found)


def _methods(voices: Sequence[Voice]) -> None:
    first, second = (one.explanations for one in voices)
    common = [name for name in first if name in second]
    if not common:
        st.caption("No method ran in both, so that only the verdicts can be compared.")
        return
    titles = dict(zip(common, distinct([literal(method_title(name)) for name in common]), strict=True))
    method = st.segmented_control(
        "Method", common, default=common[0], required=True, format_func=titles.__getitem__,
        key=widget_key("history", "method", *common),
    )  # fmt: skip
    st.html(pair_html(first[method], second[method]))


def obstacle(first: Explanation, second: Explanation) -> str | None:
    """Why the scores of two explanations are not set against each other.

    Args:
        first: Of one run.
        second: Of the other, of the same method.

    Returns:
        One sentence, or none where they can be.
    """
    if first.target != second.target:
        return (
            f"They explain different things, the {first.target.phrase()} and the {second.target.phrase()}: each row "
            "has a scale of its own, and no differences are formed."
        )
    if first.text != second.text:
        return "The texts differ: the rows share a scale, and no differences are formed."
    if first.unit != second.unit:
        return f"The units differ, {first.unit.value} and {second.unit.value}: no differences are formed."
    return None


def pair_html(first: Explanation, second: Explanation) -> str:
    """One method in two runs: both texts as heat maps, and the differences of the scores where they can be formed.

    Args:
        first: Of one run.
        second: Of the other.

    Returns:
        HTML, all text escaped.
    """
    why = obstacle(first, second)
    alike = first.target == second.target
    top = max(strongest(first), strongest(second)) or None if alike else None
    rows = "".join(_row(name, one, top) for name, one in (("First", first), ("Second", second)))
    told = f"{why or _settings(first, second)} Hover for the number."
    colours = "lowers the target (line above)<i></i>raises it (line below). " if first.signed else ""
    legend = f'<div class="wb-legend wb-dim">{colours}{escape(told)}</div>'
    return f'<div class="wb-box">{rows}{legend}</div>{"" if why else differences_html(first, second)}'


def _settings(first: Explanation, second: Explanation) -> str:
    """What the two runs do not have in common, as the reason of differences."""
    found = [
        f"{what}: {one} and {other}"
        for what, one, other in [
            ("checkpoint", first.checkpoint.name, second.checkpoint.name),
            ("fingerprint", first.checkpoint.fingerprint[:19], second.checkpoint.fingerprint[:19]),
            ("seed", first.seed, second.seed),
            *(
                (name, first.options.get(name), second.options.get(name))
                for name in dict.fromkeys([*first.options, *second.options])
            ),
        ]
        if one != other
    ]
    told = "They differ in " + "; ".join(found) if found else "Checkpoint, seed and options are the same"
    return f"{told}. One scale for both rows."


def _row(name: str, one: Explanation, top: float | None) -> str:
    return (
        f'<div class="wb-mrow"><div><b>{name}</b><small>{escape(one.target.phrase())}<br>{counts_html(one)}</small>'
        "</div>"
        f'<div class="wb-text" dir="auto" tabindex="0">{heat_html(one, top)}</div>'
        f'<div class="wb-f">{aside_html(one)}</div></div>'
    )


def differences_html(first: Explanation, second: Explanation) -> str:
    """Each unit with both scores and their difference, the largest first.

    Args:
        first: Of one run.
        second: Of the other, on the same text.

    Returns:
        HTML, all text escaped.
    """
    before, after = ({unit.span: unit for unit in one.units} for one in (first, second))
    spans = sorted({*before, *after}, key=lambda span: (-abs(_change(before, after, span) or 0.0), span.start))
    largest = max((abs(_change(before, after, span) or 0.0) for span in spans), default=0.0) or 1.0
    digits = decimals(max((abs(unit.score) for one in (first, second) for unit in one.units), default=0.0))
    rows = "".join(
        f"<tr><th><bdi>{escape(span.of(first.text))}</bdi></th>"
        f"{_number(before.get(span), digits)}{_number(after.get(span), digits)}"
        f"{_change_html(_change(before, after, span), largest, digits)}</tr>"
        for span in spans
    )
    unit = first.unit.value.title()
    return (
        '<div class="wb-box wb-next wb-scroll" tabindex="0"><table class="wb-table wb-words"><thead><tr>'
        f"<th>{unit}</th><th>First</th><th>Second</th><th>Second − first</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def _change(before: dict[Span, Score], after: dict[Span, Score], span: Span) -> float | None:
    return after[span].score - before[span].score if span in before and span in after else None


def _number(score: Score | None, digits: int) -> str:
    if score is None:
        return '<td><span class="wb-dim">not read</span></td>'
    return f"<td><em>{score.score:+.{digits}f}</em></td>"


def _change_html(change: float | None, largest: float, digits: int) -> str:
    if change is None:
        return "<td></td>"
    side, colour = ("right", "wb-down") if change < 0 else ("left", "wb-up")
    bar = f'<b class="{colour}" style="{side}:50%;width:{abs(change) / largest * 50:.0f}%"></b>'
    return f'<td title="{change:+.4f}"><div><span class="wb-cb">{bar}</span><em>{change:+.{digits}f}</em></div></td>'
