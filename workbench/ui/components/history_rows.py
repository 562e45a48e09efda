"""The list of runs, a row a run: picked, opened, annotated in its place."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from zlib import crc32

import streamlit as st

from workbench.schema import RunSummary
from workbench.text import excerpt
from workbench.ui import history, state
from workbench.ui.components.history_filters import method_title
from workbench.ui.components.saved_run import is_private
from workbench.ui.history import PAGE_SIZE, Found, Zone
from workbench.ui.state import choices, widget_key
from workbench.ui.style import literal

_HEADS = ("", "When", "Review", "What it says", "Note", "Tags")
_WIDTHS = (0.28, 1.15, 3.6, 2.5, 1.9, 1.5)
_SHOWN = 90
_MOST_NOTE, _MOST_TAGS = 2000, 500
# Of a scale of more stars, no more are drawn.
_MOST_STARS = 10
_NO_METHOD = {"entities": "no entity explained"}
_EMPTY = (
    "Every explanation, every comparison on a review and every text with its entities is kept here when it ends, with "
    "all its scores: to be found again, opened as it was, given a note and tags, compared with another one, and handed "
    "on. Press Explain on the first page, and it will be the first row."
)
_PRIVATE = "There are no runs here, and none are kept as long as this is private."


def history_rows(found: Found, where: Zone) -> None:
    """Draw the rows of a page, and the way to other pages.

    Args:
        found: The page.
        where: The zone in which times are shown.
    """
    if not found.runs:
        empty = _PRIVATE if is_private() else _EMPTY
        st.info(empty if not found.total else "No run matches; clear a filter.", icon=":material/history:")
        return
    with st.container(key="wb-history"):
        _heads()
        for run in found.runs:
            _row(run, where)
    _pages(found)


def _heads() -> None:
    with st.container(key="wb-history-heads"):
        for column, head in zip(st.columns(_WIDTHS, vertical_alignment="bottom"), _HEADS, strict=True):
            column.html(f'<div class="wb-dim">{head or "&nbsp;"}</div>')


def _row(run: RunSummary, where: Zone) -> None:
    pick, when, review, said, note, tags = st.columns(_WIDTHS, vertical_alignment="center")
    _pick(pick, run)
    when.html(f'<div class="wb-dim wb-when">{escape(history.moment(run.created, where))}</div>')
    with review:
        _link(run)
    said.html(said_html(run))
    _edit(note, run, "note", run.note, _MOST_NOTE)
    _edit(tags, run, "tags", history.tags_text(run.tags), _MOST_TAGS)


def _pick(place: st.delta_generator.DeltaGenerator, run: RunSummary) -> None:
    key = state.seed(pick_key(run.id), run.id in choices().history.picked)
    label = f"Pick {literal(excerpt(run.text, 40))}"
    place.checkbox(label, label_visibility="collapsed", key=key, on_change=_picked, args=(run.id, key))


def pick_key(run_id: str) -> str:
    """The key of the box that picks a run."""
    return widget_key("pick", run_id)


def _picked(run_id: str, key: str) -> None:
    listing = choices().history
    listing.picked = [one for one in listing.picked if one != run_id] + ([run_id] if state.value(key) else [])


def _link(run: RunSummary) -> None:
    shown = excerpt(run.text, _SHOWN) or "(no words)"
    st.page_link(
        history.page_file(run.kind), label=literal(shown), query_params={history.ADDRESS: run.id}, width="stretch"
    )


def said_html(run: RunSummary) -> str:
    """What the checkpoints of a run said, and which methods explained it.

    Args:
        run: The run.

    Returns:
        HTML, all text escaped.
    """
    if run.kind == "entities":
        verdicts = _named(run)
    else:
        pairs = zip(run.checkpoints, run.labels, strict=True)
        verdicts = "".join(_said(_verdict(label), name) for name, label in pairs)
    methods = ", ".join(map(method_title, run.methods)) or _NO_METHOD.get(run.kind, "no method gave a result")
    return f'<div class="wb-run">{verdicts}<div class="wb-dim">{escape(methods)}</div></div>'


def _said(said: str, checkpoint: str) -> str:
    return f'<span class="wb-said">{said} <span class="wb-dim">{escape(checkpoint)}</span></span>'


def _named(run: RunSummary) -> str:
    """The types that were found; the text with its marks is on the page that the run opens."""
    return _said(f"<b>{escape(', '.join(run.labels))}</b>", ", ".join(run.checkpoints))


def _verdict(label: str) -> str:
    number, _, unit = label.partition(" ")
    if unit in {"star", "stars"} and number.isdecimal() and 1 <= int(number) <= _MOST_STARS:
        return f'<span class="wb-small-stars" role="img" aria-label="{escape(label)}">{"★" * int(number)}</span>'
    return f"<b>{escape(label)}</b>"


def _edit(place: st.delta_generator.DeltaGenerator, run: RunSummary, what: str, content: str, most: int) -> None:
    """A field that is a new one once its content has changed, here or in another session."""
    key = widget_key(what, run.id, str(crc32(content.encode("utf-8", "replace"))))
    place.text_input(
        f"{what.title()} of the run", content, label_visibility="collapsed", placeholder=what, key=key,
        max_chars=max(most, len(content)), on_change=_edited, args=(run.id, what, key),
    )  # fmt: skip


def _edited(run_id: str, what: str, key: str) -> None:
    line = str(state.value(key) or "")
    if what == "note":
        history.annotate(choices(), run_id, note=line)
    else:
        history.annotate(choices(), run_id, tags=history.tags_of(line))


def _pages(found: Found) -> None:
    last = max(found.matching - 1, 0) // PAGE_SIZE
    if not last:
        return
    page = found.first // PAGE_SIZE
    with st.container(horizontal=True, vertical_alignment="center"):
        _turn("Newer", ":material/chevron_left:", page - 1, page == 0)
        st.caption(f"Page {page + 1:,} of {last + 1:,}")
        _turn("Older", ":material/chevron_right:", page + 1, page == last)


def _turn(label: str, icon: str, to: int, disabled: bool) -> None:
    st.button(label, icon=icon, key=widget_key("history", label), on_click=_show, args=(to,), disabled=disabled)


def _show(page: int) -> None:
    choices().history.page = page


def pick_all(runs: Sequence[RunSummary], picked: bool) -> None:
    """Pick or let go runs; the callback of a button.

    Args:
        runs: Those of a page.
        picked: Whether they are to be picked.
    """
    listing = choices().history
    ids = [run.id for run in runs]
    listing.picked = [one for one in listing.picked if one not in ids] + (ids if picked else [])
    for run_id in ids:
        state.reset(pick_key(run_id), picked)
