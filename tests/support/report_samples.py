"""Documents with every kind of block, and texts that try to be more than text."""

from __future__ import annotations

from workbench.reports.document import (
    Bar,
    Bars,
    Block,
    Cell,
    Chart,
    Chip,
    ChipKind,
    Chips,
    Document,
    Facts,
    Heat,
    HeatRow,
    Paragraph,
    Piece,
    PieceKind,
    Rating,
    Section,
    Table,
    Tone,
    View,
)

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="60" viewBox="0 0 200 60">'
    '<rect width="120" height="20" fill="#2166ac"/><text x="4" y="50" font-family="sans-serif">curve</text></svg>'
)
HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(1)><!-- -->",
    "**bold** _it_ `code` [link](http://x.example) ![img](y) ~~s~~ <http://z.example> \\",
    "@someone #12 GH-3 org/repo#4 https://x.example www.x.example a@b.example :smile: $x^2$ !5 %2 &6 ~bug",
    "# heading\n- item\n+ item\n1. item\n> quote\n---\n===\n```\ncode\n    indented\n| a | b |\n|---|---|\n[x]: http://y",
    '#eval("1+1") #image("/etc/passwd") $ a $ @ref <label> \\u{41} /* c */ // c `raw` *b* _i_ = head',
    '"); #panic() ("',
    "\x00\x07\x1b[2J\u202eevil\u202c \u200b\u200d\ufeff\u00ad\u2066 \U000e0041 \u2028",
    "=HYPERLINK(1) +1 -2 @x\ttab\rreturn",
    "שלום עולם, مرحبا بالعالم",
    "日本語のレビュー 👩‍👩‍👧 🇬🇧 1️⃣",
    "a" * 300,
    "",
)


def every_block(text: str) -> tuple[Block, ...]:
    """One block of each kind, with the same text wherever a text can stand."""
    pieces = (
        Piece(text, PieceKind.SCORED, 0.9, 0.9),
        Piece(" "),
        Piece(text, PieceKind.SCORED, -0.4, -0.4),
        Piece(" "),
        Piece(text, PieceKind.PHRASE, 0.3, 0.3),
        Piece(" "),
        Piece(text, PieceKind.FLIPPED, 0.2, 0.2),
        Piece(text, PieceKind.UNREAD),
    )
    cells = (
        Cell(text, mark=text),
        Cell("+0.25", 0.25, 0.5),
        Cell("-0.50", -0.5, -1.0),
        Cell("0.10", 0.1, 0.1, signed=False),
    )
    return (
        *(Paragraph(text, tone) for tone in Tone),
        Facts(((text, text), ("name", "value"))),
        Rating(text, (text, "confidence 0.93"), (4, 5)),
        Rating(text, ()),
        Bars(text, (Bar(text, 0.75, "0.75", chosen=True), Bar("other", 0.25, "0.25"))),
        Chips((Chip("[CLS]", 101, ChipKind.SPECIAL), Chip(text, 7), Chip("[UNK]", 100, ChipKind.UNKNOWN)), left_out=3),
        Heat(
            (HeatRow(text, (text, "12 asked"), pieces), HeatRow("Attention", (), pieces, signed=False)),
            down=text,
            up=text,
            unsigned=text,
        ),
        Table((text, "first", "second", "third"), (cells, cells), sortable=True, left_out=1_000),
        Chart(text, SVG, SVG),
        View(text, "<script>alert(1)</script>"),
    )


def document_with(text: str) -> Document:
    """A document of all blocks that says ``text`` everywhere."""
    sections = (Section(text, every_block(text)), Section("A part of a part", (Paragraph("the end"),), level=3))
    return Document(text, text, sections)
