"""Reports downloaded with the buttons of both pages, in a real browser against the real app."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pypdf
import pytest
from playwright.sync_api import Page, expect

from workbench.reports import FORMATS, read_report
from workbench.schema import FileComparison

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

LONG = 120_000
REVIEW = 'Lovely room, rude staff </script><script>alert("x")</script>.'
NAME = "lovely-room-rude-staff-script-script"


def asked(page: Page, url: str, button: str, done: str) -> None:
    """Write the review, press the button and wait for everything, at the smallest budget."""
    page.set_default_timeout(LONG)
    page.goto(url)
    page.get_by_text("Quick", exact=True).click()
    box = page.get_by_role("textbox", name="Review")
    box.fill(REVIEW)
    box.press("Control+Enter")
    expect(page.get_by_text(f"{len(REVIEW):,} characters")).to_be_visible()
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.get_by_text(done)).to_be_visible()


def kept(page: Page, folder: Path) -> dict[str, Path]:
    """Suffix to the file that its button gave."""
    files = {}
    for suffix in FORMATS:
        button = page.get_by_role("button", name=FORMATS[suffix].title, exact=True)
        expect(button).to_be_enabled()
        with page.expect_download() as download:
            button.click()
        files[suffix] = folder / download.value.suggested_filename
        download.value.save_as(files[suffix])
    return files


def check(files: dict[str, Path], name: str) -> None:
    """Every file is what its suffix says, and has the review as text."""
    assert {suffix: file.name for suffix, file in files.items()} == {suffix: f"{name}{suffix}" for suffix in FORMATS}
    assert json.loads(files[".json"].read_text("utf-8"))["text"] == REVIEW
    words = [row["text"] for row in csv.DictReader(io.StringIO(files[".csv"].read_text("utf-8")))]
    assert {"Lovely", "rude"} <= set(words)
    pages = "".join(page.extract_text() for page in pypdf.PdfReader(files[".pdf"]).pages)
    assert "".join(REVIEW.split()) in "".join(pages.split())
    assert '&lt;script&gt;alert\\("x"\\)' in files[".md"].read_text("utf-8")
    assert '<script>alert("x")' not in files[".html"].read_text("utf-8")


def test_every_format_on_the_explain_page(
    page: Page, app_url: str, outside: list[str], page_errors: list[str], tmp_path: Path
) -> None:
    asked(page, app_url, "Explain", "evaluations asked for")
    files = kept(page, tmp_path)
    check(files, f"workbench-stars-{NAME}")
    before = files[".html"].stat().st_size
    page.get_by_text("BertViz heads in the HTML").click()
    expect(page.get_by_role("checkbox", name="BertViz heads in the HTML")).to_be_checked()
    expect(page.locator('[data-testid="stStatusWidget"]')).to_have_count(0)
    after = kept(page, tmp_path)[".html"]
    assert after.stat().st_size > before + 100_000
    assert outside == []
    assert page_errors == []


def test_every_format_on_the_compare_page(
    page: Page, app_url: str, outside: list[str], page_errors: list[str], tmp_path: Path
) -> None:
    asked(page, f"{app_url}/compare", "Compare", "evaluations asked for,")
    check(kept(page, tmp_path), f"workbench-stars-vs-stars-early-{NAME}")
    assert outside == []
    assert page_errors == []


def test_the_buttons_fit_at_800_pixels(new_page: Callable[..., Page], app_url: str) -> None:
    page = new_page(viewport={"width": 800, "height": 900}, color_scheme="dark")
    asked(page, app_url, "Explain", "evaluations asked for")
    for suffix in FORMATS:
        box = page.get_by_role("button", name=FORMATS[suffix].title, exact=True).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 800


def test_every_format_of_a_file_on_the_compare_page(
    page: Page, app_url: str, outside: list[str], page_errors: list[str], tmp_path: Path
) -> None:
    page.set_default_timeout(LONG)
    page.goto(f"{app_url}/compare")
    page.get_by_text("A file", exact=True).click()
    page.get_by_role("button", name="Use the sample reviews").click()
    expect(page.get_by_text("80 of 80 rows read")).to_be_visible()
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.get_by_role("heading", name="Keep it")).to_be_visible()
    files = kept(page, tmp_path)
    assert {suffix: file.name for suffix, file in files.items()} == {
        suffix: f"workbench-stars-vs-stars-early-reviews{suffix}" for suffix in FORMATS
    }
    found = read_report(files[".html"].read_bytes())
    assert found == read_report(files[".json"].read_bytes())
    assert isinstance(found, FileComparison)
    sentence = found.pairs[0].sentence.split(" (")[0][1:]
    assert sentence in files[".md"].read_text("utf-8")
    pages = "".join(one.extract_text() for one in pypdf.PdfReader(files[".pdf"]).pages)
    assert "".join(sentence.split()) in "".join(pages.split())
    rows = list(csv.reader(io.StringIO(files[".csv"].read_text("utf-8"))))
    assert len(rows) == 81
    assert outside == []
    assert page_errors == []
