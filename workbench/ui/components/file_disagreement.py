"""Where two checkpoints disagree on a file: their labels against each other, and the most disputed reviews first."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from html import escape
from typing import Any

import streamlit as st

from workbench.reports.file_comparison import disagreements_csv
from workbench.schema import Choice, Distance, FileComparison, PairOnFile
from workbench.text import excerpt
from workbench.ui import state
from workbench.ui.comparing import open_review
from workbench.ui.file_jobs import FileJob
from workbench.ui.state import bound, choices, leave_file, widget_key
from workbench.ui.style import literal

# A browser has to hold them all; the CSV has the others.
MOST_LISTED = 500
_EXCERPT = 200
_STRONGEST = 0.6
_AMOUNTS = {
    Distance.STARS: "Stars apart",
    Distance.SCALE: "Apart (0 to 1)",
    Distance.PROBABILITY: "Probability moved",
    Distance.LABEL: "Labels differ",
}


def disagreement_panel(job: FileJob) -> int:
    """Show where two checkpoints disagree; a click on a review opens it in the other half of the page.

    Args:
        job: Ended, with a result.

    Returns:
        Which pair is shown.
    """
    comparison = job.found
    if comparison is None:
        return 0
    place = _pair(comparison)
    pair = comparison.pairs[place]
    st.html(confusion_html(comparison, pair))
    choice = _choice(comparison, pair)
    chosen = comparison.chosen(pair, choice)
    if chosen:
        _list(job, comparison, pair, chosen[:MOST_LISTED], (job.key, str(place), choice.value))
    else:
        st.caption("There is no such review.")
    _downloads(comparison, pair, choice, shown=min(len(chosen), MOST_LISTED), of=len(chosen))
    return place


def choice_title(choice: Choice, names: tuple[str, str]) -> str:
    """A choice of reviews in words.

    Args:
        choice: Which.
        names: Of the two checkpoints.

    Returns:
        Plain text.
    """
    return {
        Choice.ALL: "All",
        Choice.DISAGREE: "Labels differ",
        Choice.BOTH_RIGHT: "Both right",
        Choice.ONLY_FIRST: f"Only {names[0]} right",
        Choice.ONLY_SECOND: f"Only {names[1]} right",
        Choice.BOTH_WRONG: "Both wrong",
    }[choice]


def confusion_html(comparison: FileComparison, pair: PairOnFile) -> str:
    """How often each label of the one meets each of the other.

    Args:
        comparison: On a file.
        pair: One of its pairs.

    Returns:
        HTML, all text escaped.
    """
    first, second = (comparison.checkpoints[one].checkpoint for one in (pair.first, pair.second))
    top = max(max(row) for row in pair.confusion) or 1
    alike = set(first.labels) == set(second.labels)
    head = "".join(f'<th title="{escape(label)}">{escape(excerpt(label, 24))}</th>' for label in second.labels)
    rows = "".join(
        f'<tr><th title="{escape(label)}">{escape(excerpt(label, 24))}</th>'
        + "".join(
            _cell(count, top, (label == other) if alike else None, f"{first.name}: {label}; {second.name}: {other}")
            for other, count in zip(second.labels, counts, strict=True)
        )
        + "</tr>"
        for label, counts in zip(first.labels, pair.confusion, strict=True)
    )
    colours = "Framed and blue where they agree, orange where they differ. " if alike else ""
    share = f"They agree on {pair.agreement:.1%} of {len(pair.differ):,} reviews."
    return (
        f'<div class="wb-box"><b>{escape(first.name)}</b> <span class="wb-dim">down,</span> '
        f'<b>{escape(second.name)}</b> <span class="wb-dim">across: how many reviews got which two labels</span>'
        f'<div class="wb-cross" tabindex="0"><table><thead><tr><th></th>{head}</tr></thead><tbody>{rows}</tbody>'
        f'</table></div><div class="wb-dim">{colours}{share}</div></div>'
    )


def _cell(count: int, top: int, alike: bool | None, tip: str) -> str:
    colour = "neutral" if alike is None else "up" if alike else "down"
    kind = ' class="wb-alike"' if alike else ""
    style = f"background:rgba(var(--wb-{colour}),{count / top * _STRONGEST:.2f})"
    return f'<td{kind} style="{style}" title="{escape(f"{tip}: {count:,}")}">{count or "·"}</td>'


def _pair(comparison: FileComparison) -> int:
    """Which two; asked only where there are more than two checkpoints."""
    pairs = comparison.pairs
    if choices().file_pair >= len(pairs):
        state.put("file_pair", 0)
    if len(pairs) > 1:
        st.selectbox(
            "Two of them",
            range(len(pairs)),
            format_func=lambda place: " and ".join(comparison.names(pairs[place])),
            **bound("file_pair"),
        )
    return choices().file_pair


def _choice(comparison: FileComparison, pair: PairOnFile) -> Choice:
    options = [choice.value for choice in pair.counts]
    if choices().file_choice not in options:
        state.put("file_choice", Choice.ALL.value)
    names = comparison.names(pair)
    st.pills(
        "Reviews",
        options,
        format_func=lambda one: literal(f"{choice_title(Choice(one), names)}: {pair.counts[Choice(one)]:,}"),
        required=True,
        **bound("file_choice"),
    )
    return Choice(choices().file_choice)


def _list(
    job: FileJob, comparison: FileComparison, pair: PairOnFile, chosen: Sequence[int], name: tuple[str, ...]
) -> None:
    """The reviews as a table; its widget belongs to one comparison, pair and choice, so that no late click misleads."""
    key = widget_key("disagreements", *name)
    first, second = comparison.names(pair)
    config: dict[str, Any] = {
        "row": st.column_config.NumberColumn("Row", width=50),
        "amount": st.column_config.NumberColumn(
            _AMOUNTS[pair.distance], format="%.2f", width=95, help=pair.distance.phrase
        ),
        "first": st.column_config.TextColumn(first, width=105),
        "first_all": st.column_config.BarChartColumn(f"{first}: all labels", y_min=0, y_max=1, width=90),
        "second": st.column_config.TextColumn(second, width=105),
        "second_all": st.column_config.BarChartColumn(f"{second}: all labels", y_min=0, y_max=1, width=90),
        "label": st.column_config.TextColumn("Label", width=70),
        "text": st.column_config.TextColumn("Review", width=460),
    }
    st.dataframe(
        listed(comparison, pair, chosen),
        hide_index=True,
        column_config=config,
        height=min(38 + 35 * len(chosen), 400),
        key=key,
        on_select=partial(_picked, job, chosen, key),
        selection_mode="single-row",
        alt="Reviews, the most disputed first",
    )
    st.caption("A review that is picked is compared by itself, word by word; the browser's Back leads here again.")


def listed(comparison: FileComparison, pair: PairOnFile, chosen: Sequence[int]) -> dict[str, list[Any]]:
    """The table of reviews.

    Args:
        comparison: On a file.
        pair: One of its pairs.
        chosen: Places of the reviews, in order.

    Returns:
        Column to cells.
    """
    found = [comparison.disagreement(pair, place) for place in chosen]
    columns: dict[str, list[Any]] = {
        "row": [one.row.number for one in found],
        "amount": [one.amount for one in found],
    }
    for place, name in enumerate(("first", "second")):
        columns[name] = [f"{one.labels[place]}  {one.probabilities[place][one.labels[place]]:.2f}" for one in found]
    if any(one.row.label for one in found):
        columns["label"] = [one.row.label or "" for one in found]
    columns["text"] = [excerpt(one.row.text, _EXCERPT) for one in found]
    for place, name in enumerate(("first_all", "second_all")):
        columns[name] = [list(one.probabilities[place].values()) for one in found]
    return columns


def _picked(job: FileJob, chosen: Sequence[int], key: str) -> None:
    rows = state.value(key)["selection"]["rows"]
    if job.found is not None and rows and rows[0] < len(chosen):
        leave_file()
        open_review(job.found.rows[chosen[rows[0]]].text, job.request.checkpoints)


def _downloads(comparison: FileComparison, pair: PairOnFile, choice: Choice, *, shown: int, of: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "This list as CSV",
            partial(disagreements_csv, comparison, pair, choice),
            "disagreements.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
            help="The reviews of the list above, all of them.",
            key=widget_key("file-csv"),
        )
        listed_ = f"The first {shown:,} of {of:,} reviews are listed, the CSV has all. " if shown < of else ""
        st.caption(f"{listed_}Select a row to open the review under “One review”." if of else "")
