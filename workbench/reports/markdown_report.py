"""Reports as GitHub flavoured Markdown, for tickets and wikis. Nothing in a text becomes markup."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.reports.base import Format, Subject, register
from workbench.reports.document import (
    Bars,
    Block,
    Chart,
    Chips,
    Document,
    Facts,
    Heat,
    HeatRow,
    Paragraph,
    Piece,
    PieceKind,
    Rating,
    Table,
    Tone,
    View,
)
from workbench.reports.markdown_text import block, cell, inline
from workbench.reports.telling import tell

# Signs of the longest bar.
_BAR = 20
# From these shares of the scale on a word is marked, and marked twice.
_MARKED, _STRONG = 0.25, 0.6
# So much of what follows a piece can make a reference of it.
_LOOK_AHEAD = 48


@register
class MarkdownReport(Format):
    """The format that tickets and wikis show."""

    suffix = ".md"
    title = "Markdown"
    mime = "text/markdown"

    def render(self, subject: Subject, views: Sequence[View] = ()) -> bytes:
        """See ``Format.render``."""
        return (written(tell(subject), views) + "\n").encode("utf-8")


def written(document: Document, views: Sequence[View] = ()) -> str:
    """A document as Markdown.

    Args:
        document: What to write.
        views: Views that are left out, each with a sentence.

    Returns:
        Markdown without a line end at its end.
    """
    parts = [f"# {cell(document.title)}", block(inline(document.subtitle))]
    for section in document.sections:
        parts.append(f"{'#' * section.level} {cell(section.title)}")
        parts += map(_block, section.blocks)
    return "\n\n".join(filter(None, [*parts, *map(_block, views)]))


def _block(one: Block) -> str:
    match one:
        case Paragraph():
            return _paragraph(one)
        case Facts():
            return "\n".join(f"- **{cell(name) or '–'}** {cell(value)}" for name, value in one.rows)
        case Rating():
            return _rating(one)
        case Bars():
            return _bars(one)
        case Chips():
            return _chips(one)
        case Heat():
            return _heat(one)
        case Table():
            return _table(one)
        case Chart():
            return f"*Left out here, a drawing: {cell(one.title)}.*"
        case View():
            return f"*Left out here, as it needs a browser: {cell(one.title)}. The HTML report shows it.*"


def _paragraph(one: Paragraph) -> str:
    text = block(inline(one.text))
    if one.tone is Tone.WARNING and text:
        return f"**Note:** {text}"
    return f"**{text}**" if one.tone is Tone.LEAD and text else text


def _rating(one: Rating) -> str:
    stars = f" {'★' * one.stars[0]}{'☆' * (one.stars[1] - one.stars[0])}" if one.stars else ""
    return " · ".join([f"**{cell(one.label) or '–'}**{stars}", *map(cell, one.phrases)])


def _bars(one: Bars) -> str:
    rows = [
        (
            f"**{cell(bar.name) or '–'}**" if bar.chosen else cell(bar.name),
            "█" * round(_BAR * bar.share),
            cell(bar.shown),
        )
        for bar in one.bars
    ]
    return _rows([cell(one.title), "", ""], [False, False, True], rows)


def _chips(one: Chips) -> str:
    kinds = {"plain": "", "special": " (special)", "unknown": " (unknown)"}
    shown = [f"{cell(chip.text)} {chip.id}{kinds[chip.kind]}" for chip in one.chips]
    return block(" · ".join([*shown, *([f"{one.left_out:,} more"] if one.left_out else [])]))


def _heat(one: Heat) -> str:
    legend = [f"**bold**⁺ {cell(one.up)}", f"*italic*⁻ {cell(one.down)}", "twice the sign: strongly"]
    if one.unsigned:
        legend.append(f"**bold**•: {cell(one.unsigned)}")
    if any(piece.kind is PieceKind.FLIPPED for row in one.rows for piece in row.pieces):
        legend.append("±: the sign depends on the seed")
    return "\n\n".join(["; ".join(legend), *map(_row, one.rows)])


def _row(row: HeatRow) -> str:
    texts = [piece.text for piece in row.pieces]
    whole = "".join(
        _piece(piece, "".join(texts[place + 1 : place + 1 + _LOOK_AHEAD])[:_LOOK_AHEAD], row.signed)
        for place, piece in enumerate(row.pieces)
    )
    head = " · ".join([f"**{cell(row.name) or '–'}**", *map(cell, row.notes)])
    quoted = "\n".join(f"> {line}" for line in block(whole).split("\n"))
    return f"{head}\n\n{quoted}"


def _piece(piece: Piece, after: str, signed: bool) -> str:
    """A piece of a text: bold where it raises, italic where it lowers, with its sign behind it."""
    text = inline(piece.text, after)
    if piece.kind is PieceKind.UNREAD:
        return f"⟨not read: {text}⟩" if text.strip() else text
    if piece.kind is PieceKind.FLIPPED:
        return f"{text}±"
    size = abs(piece.strength)
    if piece.kind is PieceKind.BETWEEN or size < (_MARKED if signed else _STRONG) or not text.strip():
        return text
    raises = piece.strength > 0 or not signed
    # Stars count as marks only beside letters; a piece of other signs has its sign alone.
    lettered = piece.text[0].isalnum() and piece.text[-1].isalnum()
    mark = ("**" if raises else "*") if lettered else ""
    sign = ("⁺" if raises else "⁻") * (2 if size >= _STRONG else 1) if signed else "•"
    return f"{mark}{text}{mark}{sign}"


def _table(one: Table) -> str:
    numeric = [any(row[place].value is not None for row in one.rows) for place in range(len(one.header))]
    rows = [[f"{cell(each.text)}{f' ({cell(each.mark)})' if each.mark else ''}" for each in row] for row in one.rows]
    left_out = f"\n\n{one.left_out:,} more rows are left out." if one.left_out else ""
    return _rows(list(map(cell, one.header)), numeric, rows) + left_out if one.header else ""


def _rows(header: Sequence[str], numeric: Sequence[bool], rows: Sequence[Sequence[str]]) -> str:
    rule = ["---:" if right else "---" for right in numeric]
    return "\n".join(f"| {' | '.join(line)} |" for line in [header, rule, *rows])
