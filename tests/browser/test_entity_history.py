"""Entities in the history as a user meets them: found, kept, listed, opened again, and the same."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]

LONG = 120_000
SENTENCE = "Apple CEO Tim Cook announced new features in Cupertino, California."


def marked(page: Page) -> list[tuple[str | None, str]]:
    """What stands on hover over each name that is marked, and the name."""
    found = page.locator(".wb-marked > span[title]")
    expect(found.first).to_be_visible(timeout=LONG)
    return [(one.get_attribute("title"), one.inner_text()) for one in found.all()]


def scores(page: Page) -> list[str | None]:
    return [one.get_attribute("title") for one in page.locator(".wb-mrow .wb-w").all()]


def find(page: Page, url: str) -> None:
    page.goto(f"{url}/entities")
    expect(page.get_by_role("combobox", name=re.compile("Strategy"))).to_be_visible(timeout=LONG)
    for name in ("SHAP", "LIME"):
        page.get_by_role("button", name=name, exact=True).click()
    box = page.get_by_role("textbox", name="Text", exact=True)
    box.fill(SENTENCE)
    box.press("Control+Enter")
    expect(page.get_by_text(f"{len(SENTENCE):,} characters")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Find", exact=True).click()


def test_from_a_sentence_to_the_history_and_back(
    new_page: Callable[..., Page], app_with_history: str, outside: list[str], page_errors: list[str], tmp_path: Path
) -> None:
    page = new_page(accept_downloads=True)
    page.set_default_timeout(LONG)
    find(page, app_with_history)
    found = marked(page)
    assert [text.rsplit(maxsplit=1)[0] for _, text in found] == ["Apple", "Tim Cook", "Cupertino", "California"]
    link = page.locator(".st-key-wb-kept code")
    expect(link).to_be_visible(timeout=LONG)
    address = link.inner_text()
    assert re.fullmatch(re.escape(app_with_history) + r"/entities\?run=\w{12}", address)

    box = page.get_by_role("combobox", name=re.compile("Entity"))
    box.click()
    box.fill("Tim Cook")
    page.get_by_role("option", name=re.compile("Tim Cook")).first.click()
    counts = page.get_by_text("evaluations asked for")
    expect(counts).to_be_visible(timeout=LONG)
    expect(link).to_have_text(address)
    told, why = counts.inner_text(), scores(page)
    assert len(why) == 12

    # The list has it once, with its types, and leads back.
    page.get_by_role("link", name="History").click()
    rows = page.locator(".st-key-wb-history").get_by_role("link")
    expect(rows).to_have_count(1)
    expect(page.locator(".st-key-wb-history")).to_contain_text("ORG, PER, LOC")
    note = page.get_by_role("textbox", name="Note of the run")
    note.fill("<b>who</b> is it")
    note.press("Enter")
    search = page.get_by_role("textbox", name="Search")
    search.fill("who it")
    search.press("Enter")
    expect(page.get_by_text("1 run, 1 to 1 shown")).to_be_visible(timeout=LONG)
    rows.first.click()
    expect(page.get_by_text("Saved run of")).to_be_visible(timeout=LONG)
    expect(page.get_by_text("<b>who</b> is it")).to_be_visible()
    assert marked(page) == found
    expect(page.get_by_text("evaluations asked for")).to_have_text(told)
    assert scores(page) == why

    # In another session by its link.
    other = new_page(accept_downloads=True)
    other.set_default_timeout(LONG)
    other.goto(address)
    expect(other.get_by_text("Saved run of")).to_be_visible(timeout=LONG)
    expect(other.get_by_role("textbox", name="Text", exact=True)).to_have_value(SENTENCE)
    assert marked(other) == found
    with other.expect_download(timeout=LONG) as coming:
        other.get_by_role("button", name="HTML", exact=True).click()
    coming.value.save_as(tmp_path / "why.html")
    assert "workbench verify checks it" in (tmp_path / "why.html").read_text("utf-8")
    assert outside == []
    assert page_errors == []
