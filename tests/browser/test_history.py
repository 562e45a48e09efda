"""The history as a user drives it: kept, found, opened by its link, annotated, deleted, brought back, handed on."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]

LONG = 120_000
TEXT = "The lighthouse tour was wonderful, but the boat back was late and cold."


def write(page: Page, text: str) -> None:
    box = page.get_by_role("textbox", name="Review")
    box.fill(text)
    box.press("Control+Enter")
    expect(page.get_by_text(f"{len(text):,} characters")).to_be_visible(timeout=LONG)


def methods_shown(page: Page) -> list[str]:
    """The scores of each row, as they stand on hover."""
    return [one.get_attribute("title") or "" for one in page.locator(".wb-mrow .wb-w").all()]


def test_from_a_run_to_its_zip(
    new_page: Callable[..., Page], app_with_history: str, outside: list[str], page_errors: list[str], tmp_path: Path
) -> None:
    page = new_page(accept_downloads=True)
    page.set_default_timeout(LONG)
    page.goto(app_with_history)
    page.get_by_text("Quick", exact=True).click()
    write(page, TEXT)
    page.get_by_role("button", name="Explain", exact=True).click()
    counts = page.get_by_text("evaluations asked for")
    expect(counts).to_be_visible(timeout=4 * LONG)
    told, scores = counts.inner_text(), methods_shown(page)
    assert re.search(r"[1-9]\d* made", told)
    link = page.locator(".st-key-wb-kept code").inner_text()
    assert re.fullmatch(re.escape(app_with_history) + r"/\?run=\w{12}", link)

    # The page's address is that link, so that a reload finds the run again.
    expect(page).to_have_url(link)
    page.reload()
    expect(page.get_by_text("Saved run of")).to_be_visible(timeout=LONG)

    # The list finds it by a word of the review, and not by another one.
    page.get_by_role("link", name="History").click()
    rows = page.locator(".st-key-wb-history").get_by_role("link")
    expect(rows).to_have_count(1)
    search = page.get_by_role("textbox", name="Search")
    search.fill("submarine")
    search.press("Enter")
    expect(page.get_by_text("No run matches")).to_be_visible()
    search.fill("LIGHTHOUSE late")
    search.press("Enter")
    expect(rows).to_have_count(1)

    # Its link, in another session: what was kept, with the evaluations and seconds of then.
    other = new_page()
    other.set_default_timeout(LONG)
    other.goto(link)
    expect(other.get_by_text("Saved run of")).to_be_visible(timeout=LONG)
    expect(other.get_by_role("textbox", name="Review")).to_have_value(TEXT)
    expect(other.get_by_text("evaluations asked for")).to_have_text(told)
    assert methods_shown(other) == scores
    address = rows.first.evaluate("link => link.href")
    other.goto(address)
    expect(other.get_by_text("Saved run of")).to_be_visible(timeout=LONG)

    annotate(page)
    delete_and_undo(page)
    export(page, tmp_path, new_page())
    assert outside == []
    assert page_errors == []


def annotate(page: Page) -> None:
    note = page.get_by_role("textbox", name="Note of the run")
    note.fill("shown <b>to</b> the team")
    note.press("Enter")
    tags = page.get_by_role("textbox", name="Tags of the run")
    tags.fill("boat, tour")
    tags.press("Enter")
    search = page.get_by_role("textbox", name="Search")
    search.fill("team tour")
    search.press("Enter")
    expect(page.get_by_text("1 run, 1 to 1 shown")).to_be_visible()
    expect(note).to_have_value("shown <b>to</b> the team")


def delete_and_undo(page: Page) -> None:
    pick(page)
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("1 run was deleted.")).to_be_visible()
    expect(page.locator(".st-key-wb-history")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("1 run, 1 to 1 shown")).to_be_visible()
    expect(page.get_by_role("textbox", name="Tags of the run")).to_have_value("boat, tour")


def pick(page: Page) -> None:
    page.locator(".st-key-wb-history [data-testid='stCheckbox'] label").first.click()
    expect(page.get_by_text("1 picked")).to_be_visible()


def export(page: Page, folder: Path, reader: Page) -> None:
    pick(page)
    page.get_by_role("button", name="Export").click()
    with page.expect_download(timeout=LONG) as coming:
        page.get_by_role("button", name="Download the zip").click()
    coming.value.save_as(folder / "runs.zip")
    with zipfile.ZipFile(folder / "runs.zip") as archive:
        archive.extractall(folder / "runs")
    (report,) = (folder / "runs").glob("*/report.html")
    reader.goto(report.as_uri())
    expect(reader.locator("body")).to_contain_text("lighthouse")
    reader.goto((folder / "runs" / "index.html").as_uri())
    expect(reader.locator("body")).to_contain_text("shown <b>to</b> the team")
