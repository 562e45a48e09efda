"""Markdown, read back by a parser: what was text is text again, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from report_samples import HOSTILE, document_with

from workbench.reports.document import Cell, Document, Heat, HeatRow, Piece, PieceKind, Section, Table
from workbench.reports.markdown_report import written
from workbench.reports.markdown_text import block, cell, inline
from workbench.reports.signs import visible

# As sites read it: with HTML and tables.
PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
NASTY = st.lists(
    st.sampled_from(
        [*"\\`*_[](){}<>#~|&!$@%^:;=+-.\"'/ \n\t\r", "    ", "1.", "12)", "www.", "http://", "a", "Z", "é", "字"]
    ),
    max_size=30,
).map("".join)
TEXTS = st.one_of(NASTY, st.text(max_size=40), st.sampled_from(HOSTILE))
HARMLESS = {"text", "softbreak", "hardbreak"}
# What sites make links of, in text as shown.
LINKED = re.compile(r"[@#]\w|https?://|\bwww\.|\bgh-\d|:[\w+-]+:", re.IGNORECASE)


def inner(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield from token.children or ()


def shown(tokens: Sequence[Token]) -> str:
    """Text as a reader has it."""
    return "".join("\n" if token.type.endswith("break") else token.content for token in inner(tokens))


def plain(text: str) -> str:
    """What of a text has to arrive: white space at the ends of lines counts for nothing."""
    return "\n".join(line.strip() for line in visible(text).strip().split("\n"))


@given(TEXTS)
def test_a_paragraph_is_its_text_and_nothing_else(text: str) -> None:
    tokens = PARSER.parse(block(inline(text)))
    if not plain(text):
        assert tokens == []
        return
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    assert {token.type for token in inner(tokens)} <= HARMLESS
    assert shown(tokens).replace("\u200b", "") == plain(text)
    assert not LINKED.search(shown(tokens))


@given(TEXTS, TEXTS)
def test_a_cell_keeps_its_table(first: str, second: str) -> None:
    tokens = PARSER.parse(f"| {cell(first)} | {cell(second)} |\n| --- | ---: |\n| {cell(second)} | {cell(first)} |")
    cells = [token for token in tokens if token.type == "inline"]
    found = [shown([one]).replace("\u200b", "") for one in cells]
    expected = [visible(one).strip().replace("\n", " ↵ ") for one in (first, second, second, first)]
    assert found == expected
    assert {token.type for token in inner(tokens)} <= HARMLESS


@given(TEXTS)
def test_a_heading_stays_on_its_line(text: str) -> None:
    tokens = PARSER.parse(f"## {cell(text)}\n\nafter")
    assert [token.type for token in tokens if token.type != "inline"] == [
        "heading_open", "heading_close", "paragraph_open", "paragraph_close",
    ]  # fmt: skip
    assert {token.type for token in inner(tokens)} <= HARMLESS


PIECES = st.lists(
    st.builds(
        Piece,
        st.one_of(NASTY, st.sampled_from(["good", "@", "user", "#", "7", "http", ":", "//x", "字", " ", "don't"])),
        st.sampled_from(PieceKind),
        st.floats(-1, 1),
    ),
    max_size=12,
)


@given(PIECES, st.booleans())
def test_a_marked_text_has_a_mark_for_each_marked_word_and_no_other(pieces: list[Piece], signed: bool) -> None:
    heat = Heat((HeatRow("SHAP", (), tuple(pieces), signed),), "lowers", "raises")
    source = written(Document("t", "", (Section("s", (heat,)),)))
    tokens = PARSER.parse(source)
    start = next((place for place, one in enumerate(tokens) if one.type == "blockquote_open"), len(tokens))
    quoted = tokens[start:]
    marked = [
        one
        for one in pieces
        if one.kind in {PieceKind.SCORED, PieceKind.PHRASE} and abs(one.strength) >= (0.25 if signed else 0.6)
        and one.text[:1].isalnum() and one.text[-1:].isalnum()
    ]  # fmt: skip
    raising = [one for one in marked if one.strength > 0 or not signed]
    kinds = [token.type for token in inner(quoted)]
    assert kinds.count("strong_open") == len(raising)
    assert kinds.count("em_open") == len(marked) - len(raising)
    assert set(kinds) <= HARMLESS | {"strong_open", "strong_close", "em_open", "em_close"}
    assert not LINKED.search(shown(quoted))
    text = re.sub(r"[\u200b⁺⁻•±]|⟨not read:|⟩", "", shown(quoted))
    assert "".join(text.split()) == "".join(visible("".join(visible(one.text) for one in pieces)).split())


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_whole_document_has_no_markup_but_ours(text: str) -> None:
    tokens = PARSER.parse(written(document_with(text)))
    blocks = {re.sub("_(open|close)$", "", token.type) for token in tokens}
    ours = {"heading", "paragraph", "inline", "bullet_list", "list_item", "table", "thead", "tbody", "tr", "th", "td"}
    assert blocks <= ours | {"blockquote"}
    assert {re.sub("_(open|close)$", "", token.type) for token in inner(tokens)} <= HARMLESS | {"strong", "em"}
    assert [token.tag for token in tokens if token.type == "heading_open"] == ["h1", "h2", "h3"]
    assert not LINKED.search(shown(tokens))


def test_what_is_written_for_plain_text_is_plain() -> None:
    source = written(document_with("The room was clean."))
    for line in (
        "# The room was clean.",
        "- **name** value",
        "**The room was clean.** ★★★★☆ · The room was clean. · confidence 0.93",
        "| **The room was clean.** | ███████████████ | 0.75 |",
        "| The room was clean. (The room was clean.) | +0.25 | -0.50 | 0.10 |",
        "\\[CLS\\] 101 (special) · The room was clean. 7 · \\[UNK\\] 100 (unknown) · 3 more",
        "1,000 more rows are left out.",
        "*Left out here, a drawing: The room was clean..*",
    ):
        assert line in source.splitlines(), line


def test_words_carry_their_signs() -> None:
    scored = [("good", 0.9), ("but", 0.1), ("cold", -0.3)]
    pieces = (
        *(part for word, score in scored for part in (Piece(word, PieceKind.SCORED, score), Piece(" "))),
        Piece("!", PieceKind.SCORED, -0.7),
        Piece(" odd", PieceKind.FLIPPED, 0.3),
    )
    source = written(Document("t", "", (Section("s", (Heat((HeatRow("SHAP", ("n",), pieces),), "down", "up"),)),)))
    assert "> **good**⁺⁺ but *cold*⁻ !⁻⁻ odd±" in source
    assert "**bold**⁺ up; *italic*⁻ down" in source


def test_numbers_stand_to_the_right() -> None:
    table = Table(("word", "score"), ((Cell("good"), Cell("+0.25", 0.25)),))
    source = written(Document("t", "", (Section("s", (table,)),)))
    assert "| word | score |\n| --- | ---: |\n| good | +0.25 |" in source
