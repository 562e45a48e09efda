"""PDF reports, read back: their text is text, nothing in it is run, and the same goes in as comes out."""

from __future__ import annotations

import io
import re
import unicodedata
from pathlib import Path
from typing import Any

import pypdf
import pytest
import typst
from hypothesis import given, settings
from hypothesis import strategies as st
from report_samples import HOSTILE, document_with

from workbench import Report, explain
from workbench.checkpoints import Checkpoint
from workbench.errors import WorkbenchError
from workbench.explainers import METHODS
from workbench.reports import FORMATS, glyphs, pdf_report
from workbench.reports.document import Cell, Document, Paragraph, Section, Table
from workbench.reports.pdf_report import inputs_of, typeset
from workbench.reports.signs import visible

LATIN = [text for text in HOSTILE if text and not re.search(r"[\u0590-\u06ff\u3000-\uffff]|👩", text)]


def reader(pdf: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(pdf))


def text_of(pdf: bytes) -> str:
    """All text, without white space: lines are broken where the page ends them."""
    pages = "\n".join(page.extract_text() for page in reader(pdf).pages)
    return "".join(unicodedata.normalize("NFKC", pages).split())


def squeezed(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


@pytest.mark.parametrize("text", LATIN, ids=range(len(LATIN)))
def test_text_comes_out_as_it_went_in(text: str) -> None:
    pdf = typeset(Document("Title", "below", (Section("Part", (Paragraph(text),)),)))
    assert squeezed(visible(text)) in text_of(pdf)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_every_block_takes_any_text_and_gives_the_same_bytes(text: str) -> None:
    document = document_with(text)
    pdf = typeset(document)
    assert pdf.startswith(b"%PDF-")
    assert pdf == typeset(document)
    found = text_of(pdf)
    for expected in ("confidence0.93", "[CLS]101", "[UNK]100unknown", "and3more", "1000morerowsareleftout.", "theend"):
        assert expected in found, expected
    # Of a drawing the text is text.
    assert "curve" in found


@settings(max_examples=25)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_no_text_breaks_the_setting(text: str) -> None:
    assert typeset(document_with(text)).startswith(b"%PDF-")


def test_nothing_in_a_text_reaches_the_source() -> None:
    """What is compiled is the template alone; texts are one string of JSON beside it."""
    given_inputs = inputs_of(document_with('"); #panic("run") #read("/etc/passwd")'))
    assert list(given_inputs) == ["report"]
    pdf = typeset(document_with('"); #panic("run") #read("/etc/passwd")'))
    assert squeezed('"); #panic("run") #read("/etc/passwd")') in text_of(pdf)


def test_title_language_and_no_date() -> None:
    found = reader(typeset(document_with("Grüße <b>")))
    assert found.metadata is not None
    assert found.metadata.title == "Grüße <b>"
    assert "/CreationDate" not in found.metadata
    root: Any = found.trailer["/Root"]
    assert root["/Lang"] == "en"
    assert [one.title for one in found.outline if not isinstance(one, list)] == ["Grüße <b>"]


def test_a_table_has_its_header_on_every_page() -> None:
    rows = tuple((Cell(f"word{place}"), Cell(f"{place}", place)) for place in range(300))
    pdf = typeset(Document("t", "", (Section("s", (Table(("Headword", "Score"), rows),)),)))
    pages = [page.extract_text() for page in reader(pdf).pages]
    assert len(pages) > 4
    assert all("Headword" in page for page in pages)
    assert [f"Page {place} of {len(pages)}" in page for place, page in enumerate(pages, 1)] == [True] * len(pages)
    assert "".join(pages).count("word299") == 1


def test_signs_without_a_glyph_are_numbers_and_it_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    sign = "\U000131d0"  # a hieroglyph; whether there is a font for it depends on the machine
    monkeypatch.setitem(glyphs._drawn, sign, False)
    found = text_of(typeset(document_with(f"good {sign}{sign} room")))
    assert "good[U+131D0U+131D0]room" in found
    assert found.count("haveastheirnumbers") + found.count("standastheirnumbers") == 1
    assert "nofont" not in text_of(typeset(document_with("good room")))


def test_scripts_from_right_to_left_are_set_so() -> None:
    (page,) = reader(typeset(Document("t", "", (Section("s", (Paragraph("שלום good"),)),)))).pages
    places: dict[str, float] = {}

    def visit(text: str, matrix: list[float], _text: Any, _font: Any, _size: float) -> None:
        if text.strip():
            places[text.strip()] = matrix[4]

    page.extract_text(visitor_text=visit)
    hebrew = next(place for text, place in places.items() if "ש" in text or "ם" in text)
    assert hebrew > places["good"] > page.mediabox.width / 2


def test_a_report_says_what_the_page_says(tiny: Checkpoint) -> None:
    text = "The food was good, but we hated the cold room"
    report = explain(tiny, text, ["occlusion", "lime"], budget=30, trust=True)
    found = text_of(FORMATS[".pdf"].render(report))
    assert squeezed(report.prediction.text) in found
    assert f"confidence{report.prediction.confidence:.2f}" in found
    for explanation in report.explanations:
        assert squeezed(METHODS[explanation.method].title) in found
        strongest = max(explanation.units, key=lambda unit: abs(unit.score))
        assert f"{strongest.score:+.3f}" in found
    assert report.trust is not None
    assert squeezed(report.trust.verdict.sentence) in found
    assert report.prediction.checkpoint.fingerprint in found


def test_a_fault_of_typst_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "report.typ").write_text('#panic("out of luck")', encoding="utf-8")
    monkeypatch.setattr(pdf_report, "_TEMPLATES", tmp_path)
    with pytest.raises(WorkbenchError, match=r"^the PDF could not be set \(.*out of luck.*\); choose another format$"):
        typeset(document_with("good"))


def test_there_is_a_font_of_many_scripts_where_the_machine_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = typst.Fonts
    for cached in (glyphs.fonts, glyphs.families, glyphs._files):
        cached.cache_clear()
    monkeypatch.setattr(typst, "Fonts", lambda **settings: whole(include_system_fonts=False, **settings))
    monkeypatch.setattr(glyphs, "_drawn", {})
    try:
        assert "DejaVu Sans" in glyphs.fonts().families()
        assert glyphs.families() == ("DejaVu Sans",)
        assert glyphs.lacking("good é Ω Ж שלום مرحبا ★ \u5b57") == {"\u5b57"}
        assert "שלום" in text_of(typeset(document_with("שלום"))) or "םולש" in text_of(typeset(document_with("שלום")))
    finally:
        for cached in (glyphs.fonts, glyphs.families, glyphs._files):
            cached.cache_clear()


def test_a_report_of_a_long_text_is_made_whole(tiny_multi: Checkpoint) -> None:
    report: Report = explain(tiny_multi, "the food was very good " * 30, ["occlusion"])
    assert "notread" in text_of(FORMATS[".pdf"].render(report))


def test_a_long_word_is_broken_and_still_copied_whole() -> None:
    fingerprint = "sha256:" + "0123456789abcdef" * 4
    pdf = typeset(Document("t", "", (Section("s", (Paragraph(fingerprint), Paragraph("w" * 400))),)))
    pages = "\n".join(page.extract_text() for page in reader(pdf).pages)
    assert fingerprint in pages
    lines = [line for line in pages.splitlines() if set(line) == {"w"}]
    assert sum(map(len, lines)) == 400
    assert 3 < len(lines) < 20
    assert "\u200b" not in pages
