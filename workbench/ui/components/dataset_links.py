"""Tables whose rows begin with a button: a slice, or a word, that opens its reviews."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any
from zlib import crc32

import streamlit as st

from workbench.text import excerpt
from workbench.ui import state
from workbench.ui.state import choices, widget_key
from workbench.ui.style import literal

_SHOWN = 60


@dataclass(frozen=True)
class Act:
    """A button.

    Attributes:
        label: Plain text.
        do: What it calls.
        of: With what.
    """

    label: str
    do: Callable[..., None]
    of: tuple[Any, ...]


@dataclass(frozen=True)
class Line:
    """A row.

    Attributes:
        first: The button that it begins with.
        cells: HTML of the others, all text escaped.
        last: A button at its end.
        off: The button at its end cannot be pressed.
    """

    first: Act
    cells: Sequence[str]
    last: Act | None = None
    off: bool = False


def link_table(name: str, heads: Sequence[str], lines: Sequence[Line], *, grid: str, share: float = 0.3) -> None:
    """Draw a table.

    Args:
        name: Tells it from the others of the page; part of the buttons' keys.
        heads: Plain text or, for those that begin with ``<``, HTML.
        lines: The rows.
        grid: Which of the style sheet's columns the cells have.
        share: Of the width for the first column.
    """
    ends = any(line.last for line in lines)
    widths = [share, 1 - share, *([0.17] if ends else [])]
    with st.container(key=f"wb-links-{name}"):
        first, rest, *_ = st.columns(widths, vertical_alignment="bottom")
        first.html(f'<div class="wb-dim">{_head(heads[0])}</div>')
        rest.html(_cells([_head(head) for head in heads[1:]], f"{grid} wb-dim"))
        for place, line in enumerate(lines):
            first, rest, *end = st.columns(widths, vertical_alignment="center")
            with first:
                _button(line.first, name, place)
            rest.html(_cells(line.cells, grid))
            if line.last is not None:
                with end[0]:
                    _button(line.last, f"{name}-end", place, quiet=False, off=line.off)


def pages(field: str, page: int, count: int, size: int) -> None:
    """The way to other pages of a table.

    Args:
        field: Of the choices, which holds the page.
        page: The one that is shown, from zero.
        count: Lines in all.
        size: Of a page.
    """
    last = max(count - 1, 0) // size
    if not last:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, icon, to in (("Back", "chevron_left", page - 1), ("On", "chevron_right", page + 1)):
            st.button(
                label, icon=f":material/{icon}:", key=widget_key(field, label), on_click=_turn, args=(field, to),
                disabled=not 0 <= to <= last,
            )  # fmt: skip
        st.caption(f"Page {page + 1:,} of {last + 1:,}")


def interval_html(value: float, low: float | None, high: float | None, scale: tuple[float, float], **look: Any) -> str:
    """A dot with its interval on a scale.

    Args:
        value: Where the dot is.
        low: Lower end of the interval; none for no interval.
        high: Upper end.
        scale: What the left and the right end of the drawing stand for.
        look: ``line``, where a line for comparison stands; ``kind``, ``up``, ``down`` or ``neutral``; ``tip``, on
            hover.

    Returns:
        HTML, all text escaped.
    """

    def place(number: float) -> float:
        room = (scale[1] - scale[0]) or 1.0
        return min(max((number - scale[0]) / room, 0.0), 1.0) * 100

    line = look.get("line")
    drawn = f'<u style="left:{place(line):.1f}%"></u>' if line is not None else ""
    if low is not None and high is not None:
        drawn += f'<i style="left:{place(low):.1f}%;width:{place(high) - place(low):.1f}%"></i>'
    drawn += f'<b style="left:{place(value):.1f}%"></b>'
    tip, kind = escape(str(look.get("tip", ""))), look.get("kind", "neutral")
    return f'<div class="wb-dots wb-{kind}" role="img" aria-label="{tip}" title="{tip}">{drawn}</div>'


def _cells(cells: Sequence[str], grid: str) -> str:
    return f'<div class="wb-cells {grid}">{"".join(f"<span>{cell}</span>" for cell in cells)}</div>'


def _head(head: str) -> str:
    return head if head.startswith("<") else escape(head) or "&nbsp;"


def _button(act: Act, name: str, place: int, *, quiet: bool = True, off: bool = False) -> None:
    # What it does is part of the key, so that a late click on a row that has changed does nothing else.
    key = widget_key(name, str(place), str(crc32(f"{act.label}{act.of}".encode("utf-8", "replace"))))
    shown = literal(excerpt(act.label, _SHOWN)) or "(no words)"
    st.button(shown, key=key, type="tertiary" if quiet else "secondary", on_click=act.do, args=act.of, disabled=off)


def _turn(field: str, to: int) -> None:
    setattr(choices(), field, to)


def first_page(name: str, field: str) -> None:
    """Copy a bound widget's value and turn to the first page; the callback of what changes the lines.

    Args:
        name: The field of the widget.
        field: That of the page.
    """
    state.copy(name)
    setattr(choices(), field, 0)
