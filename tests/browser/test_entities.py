"""The Entities page as a user drives it, in a real browser against the real app and its bundled checkpoint."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

LONG = 120_000
SENTENCE = "Apple CEO Tim Cook announced new features in Cupertino, California."


def open_page(page: Page, url: str) -> None:
    page.set_default_timeout(LONG)
    page.goto(f"{url}/entities")
    expect(page.get_by_role("combobox", name=re.compile("Strategy"))).to_be_visible(timeout=LONG)


def find(page: Page, text: str) -> None:
    box = page.get_by_role("textbox", name="Text", exact=True)
    box.fill(text)
    box.press("Control+Enter")
    expect(page.get_by_text(f"{len(text):,} characters")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Find", exact=True).click()
    expect(page.locator(".wb-marked")).to_be_visible(timeout=LONG)


def only_occlusion(page: Page) -> None:
    for name in ("SHAP", "LIME"):
        page.get_by_role("button", name=name, exact=True).click()


def pick(page: Page, name: str) -> None:
    box = page.get_by_role("combobox", name=re.compile("Entity"))
    box.click()
    box.fill(name)
    page.get_by_role("option", name=re.compile(re.escape(name))).first.click()
    expect(page.get_by_text("evaluations asked for")).to_be_visible(timeout=LONG)


def marked(page: Page) -> list[tuple[str, str]]:
    """Type and text of what is marked."""
    found = page.locator(".wb-marked > span[title]")
    pairs = [(one.get_attribute("title") or "", one.inner_text()) for one in found.all()]
    return [(title.split()[0], text.rsplit(maxsplit=1)[0]) for title, text in pairs]


def test_from_a_sentence_to_why_a_name_is_a_person(
    page: Page, app_url: str, outside: list[str], page_errors: list[str]
) -> None:
    open_page(page, app_url)
    only_occlusion(page)
    find(page, SENTENCE)
    assert marked(page) == [("ORG", "Apple"), ("PER", "Tim Cook"), ("LOC", "Cupertino"), ("LOC", "California")]
    expect(page.locator(".wb-chip").filter(has_text="##ert")).to_contain_text("I-LOC")
    pick(page, "Tim Cook")
    expect(page.locator('.wb-mrow[data-method="occlusion"] .wb-w')).to_have_count(12)
    rows = page.locator(".wb-words tbody tr")
    expect(rows).to_have_count(12)
    expect(rows.filter(has_text=re.compile(r"[+-]\d\.\d{3}"))).to_have_count(12)
    with page.expect_download() as download:
        page.get_by_role("button", name="HTML", exact=True).click()
    assert download.value.suggested_filename == "workbench-entities-tim-cook-per.html"
    written = download.value.path().read_text("utf-8")
    assert "Why is “Tim Cook” PER?" in written
    assert all(f">{place}<" in written for place in ("Cupertino", "California"))
    assert outside == []
    assert page_errors == []


def test_a_click_on_a_row_picks_the_entity(page: Page, app_url: str) -> None:
    open_page(page, app_url)
    only_occlusion(page)
    find(page, SENTENCE)
    grid = page.get_by_test_id("stDataFrame")
    expect(grid).to_be_visible(timeout=LONG)
    grid.scroll_into_view_if_needed()
    # The check box of the third row: the grid is a canvas with rows of 35 pixels under a head of as many.
    grid.click(position={"x": 16, "y": 35 * 3 + 17})
    expect(page.get_by_text("Why is Cupertino of type LOC?")).to_be_visible(timeout=LONG)
    expect(page.get_by_text("evaluations asked for")).to_be_visible(timeout=LONG)


def test_hostile_text_stays_text(page: Page, app_url: str, outside: list[str]) -> None:
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    open_page(page, app_url)
    only_occlusion(page)
    find(page, '<img src=x onerror=alert(1)> Tim Cook met :red[Angela] </script><script>alert("x")</script>')
    page.get_by_text("Guided tour").click()
    expect(page.locator("details.wb-lesson").first).to_be_visible(timeout=LONG)
    pick(page, "Tim Cook")
    assert page.locator("img[src='x']").count() == 0
    expect(page.locator(".wb-marked")).to_contain_text("<img src=x onerror=alert(1)>")
    assert dialogs == []
    assert outside == []


def test_nothing_overflows_at_800_pixels(new_page: Callable[..., Page], app_url: str) -> None:
    page = new_page(viewport={"width": 800, "height": 900}, color_scheme="dark")
    open_page(page, app_url)
    only_occlusion(page)
    find(page, "Tim " + "long" * 60 + " Cook went to Cupertino, California.")
    pick(page, "California")
    width = page.evaluate("document.querySelector('.stMainBlockContainer').scrollWidth")
    assert width <= page.evaluate("document.querySelector('.stMainBlockContainer').clientWidth")
