"""The blocks of a document as HTML. No style stands in an attribute: the page's policy allows one style sheet."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from html import escape
from typing import Any

from workbench.palette import heat_style
from workbench.reports.document import (
    Bars,
    Block,
    Cell,
    Chart,
    ChipKind,
    Chips,
    Facts,
    Heat,
    HeatRow,
    Paragraph,
    Piece,
    PieceKind,
    Rating,
    Table,
    View,
)

# Shades of a mark, and lengths of a bar: classes, since style attributes are not allowed.
SHADES, LENGTHS = 20, 100

# Cells are sorted by so many decimals.
_DECIMALS = 6

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_CHIPS = {ChipKind.PLAIN: "", ChipKind.SPECIAL: " class=s", ChipKind.UNKNOWN: " class=q"}


def graded_css() -> str:
    """The rules of shades and lengths.

    Returns:
        CSS.
    """
    rules = []
    for level in range(1, SHADES + 1):
        share = level / SHADES
        for name, style in (
            ("u", heat_style(share)),
            ("d", heat_style(-share)),
            ("n", heat_style(share, signed=False)),
        ):
            rules.append(f".{name}{level}{{{style}}}")
    return "".join([*rules, *(f".w{length}{{--w:{length}%}}" for length in range(LENGTHS + 1))])


def shown(text: str) -> str:
    """Text for HTML; signs that no browser would show are made visible.

    Args:
        text: Any text.

    Returns:
        HTML, also for an attribute in double quotes.
    """
    return escape(_CONTROL.sub(_visible, text.replace("\r\n", "\n").replace("\r", "\n")))


def block_html(block: Block) -> str:
    """A block as HTML.

    Args:
        block: Of any kind.

    Returns:
        HTML, all text escaped.
    """
    return _WRITERS[type(block)](block)


def _visible(sign: re.Match[str]) -> str:
    code = ord(sign[0])
    return chr(0x2400 + code) if code < 0x20 else "\u2421" if code == 0x7F else "\ufffd"


def _paragraph(block: Paragraph) -> str:
    kind = "" if block.tone == "plain" else f' class="{block.tone}"'
    return f'<p{kind} dir="auto">{shown(block.text)}</p>'


def _facts(block: Facts) -> str:
    rows = "".join(f'<dt>{shown(name)}</dt><dd dir="auto">{shown(value)}</dd>' for name, value in block.rows)
    return f"<dl>{rows}</dl>"


def _rating(block: Rating) -> str:
    stars = ""
    if block.stars is not None:
        given, most = block.stars
        empty = f"<i>{'★' * (most - given)}</i>"
        stars = f'<div class="stars" role="img" aria-label="{given} of {most}">{"★" * given}{empty}</div>'
    phrases = shown("; ".join(block.phrases))
    return f'<div class="rating">{stars}<bdi class="label">{shown(block.label)}</bdi><span>{phrases}</span></div>'


def _bars(block: Bars) -> str:
    bars = "".join(
        f'<span dir="auto">{shown(one.name)}</span><i class="w{_length(one.share)}{" on" if one.chosen else ""}"></i>'
        f"<em>{shown(one.shown)}</em>"
        for one in block.bars
    )
    return f'<div><p class="small">{shown(block.title)}</p><div class="bars">{bars}</div></div>'


def _chips(block: Chips) -> str:
    chips = "".join(
        f"<span{_CHIPS[one.kind]}><bdi>{shown(one.text)}</bdi><u>{one.id}</u></span>" for one in block.chips
    )
    return f'<div class="chips">{chips}</div>{_more(block.left_out, "tokens")}'


def _heat(block: Heat) -> str:
    legend = ""
    if any(row.signed for row in block.rows):
        legend = f"{shown(block.down)} (line above)<i></i>{shown(block.up)} (line below). "
    unsigned = shown(block.unsigned or "")
    return f'<div>{"".join(map(_heat_row, block.rows))}<div class="legend" dir="auto">{legend}{unsigned}</div></div>'


def _heat_row(row: HeatRow) -> str:
    notes = "".join(f"<div>{shown(note)}</div>" for note in row.notes)
    pieces = "".join(_piece(piece, signed=row.signed) for piece in row.pieces)
    return (
        f'<div class="hrow"><div><strong><bdi>{shown(row.name)}</bdi></strong><div class="notes">{notes}</div></div>'
        f'<div class="heat" dir="auto">{pieces}</div></div>'
    )


def _piece(piece: Piece, *, signed: bool) -> str:
    text = shown(piece.text)
    if piece.kind is PieceKind.BETWEEN:
        return text
    if piece.kind is PieceKind.UNREAD:
        return f'<span class="x" title="not read by the model">{text}</span>'
    flips, phrase = piece.kind is PieceKind.FLIPPED, piece.kind is PieceKind.PHRASE
    kinds = [*(["p"] if phrase else []), *(["f"] if flips else [])]
    level = round(min(abs(piece.strength), 1.0) * SHADES)
    kinds += [f"{_direction(piece.strength, signed and not flips)}{level}"] if level else []
    number = "" if piece.score is None else f"{piece.score:{'+' if signed else ''}.4f}"
    aside = " of the phrase as a whole" if phrase else "; the sign hangs on the seed" if flips else ""
    title = f'"{number}{aside}"' if aside else number
    kind = f" class={kinds[0]}" if len(kinds) == 1 else f' class="{" ".join(kinds)}"' if kinds else ""
    return f"<b{kind} title={title}>{text}</b>" if title else f"<b{kind}>{text}</b>"


def _table(block: Table) -> str:
    heads = "".join(f'<th scope="col"><bdi>{shown(name)}</bdi></th>' for name in block.header)
    write = _shaded if block.matrix else _cell
    rows = "\n".join(f"<tr>{_head(row[0])}{''.join(map(write, row[1:]))}</tr>" for row in block.rows)
    kinds = " ".join([*(["sortable"] if block.sortable else []), *(["matrix"] if block.matrix else [])])
    name = shown(", ".join(block.header[:3]))
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="Table: {name}"><table class="{kinds}">'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>{_more(block.left_out, 'rows')}"
    )


def _head(cell: Cell) -> str:
    return f'<th scope="row"{_value(cell)}><bdi>{shown(cell.text)}</bdi>{_mark(cell)}</th>'


def _cell(cell: Cell) -> str:
    kind = ""
    if cell.strength is not None:
        kind = f' class="{_direction(cell.strength, cell.signed)} w{_length(cell.strength)}"'
    # Text that is no number may be of any script, and must not turn what follows.
    text = shown(cell.text) if cell.value is not None or not cell.text else f"<bdi>{shown(cell.text)}</bdi>"
    # HTML closes a cell by itself, and a long review has thousands of them.
    return f"<td{kind}{_value(cell)}>{text}{_mark(cell)}"


def _shaded(cell: Cell) -> str:
    level = round(min(abs(cell.strength or 0.0), 1.0) * SHADES)
    kind = f" class={_direction(cell.strength or 0.0, cell.signed)}{level}" if level else ""
    return f"<td{kind}{_value(cell)}>{shown(cell.text)}{_mark(cell)}"


def _value(cell: Cell) -> str:
    return "" if cell.value is None else f" data-v={round(cell.value, _DECIMALS):.12g}"


def _mark(cell: Cell) -> str:
    kind = "tag doubt" if cell.doubt else "tag"
    return f' <span class="{kind}">{shown(cell.mark)}</span>' if cell.mark else ""


def _chart(block: Chart) -> str:
    light, dark = (
        f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode('ascii')}" for svg in (block.svg, block.dark)
    )
    return (
        f'<figure><picture><source media="screen and (prefers-color-scheme: dark)" srcset="{dark}">'
        f'<img src="{light}" alt="{shown(block.title)}"></picture></figure>'
    )


def _view(block: View) -> str:
    # The script moves the document into the frame when the view is opened. Without "allow-same-origin" what runs in
    # there reaches nothing of this page.
    return (
        f'<details class="view"><summary>{shown(block.title)}</summary><iframe title="{shown(block.title)}" '
        f'sandbox="allow-scripts" data-document="{escape(block.html)}"></iframe></details>'
    )


def _more(count: int, what: str) -> str:
    return f'<p class="more">and {count:,} more {what}</p>' if count else ""


def _direction(strength: float, signed: bool) -> str:
    return "n" if not signed else "u" if strength > 0 else "d"


def _length(share: float) -> int:
    return round(min(abs(share), 1.0) * LENGTHS)


_WRITERS: dict[type, Callable[[Any], str]] = {
    Paragraph: _paragraph,
    Facts: _facts,
    Rating: _rating,
    Bars: _bars,
    Chips: _chips,
    Heat: _heat,
    Table: _table,
    Chart: _chart,
    View: _view,
}
