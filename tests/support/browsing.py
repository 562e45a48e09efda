"""Steps in a browser that tests of several pages take."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

LONG = 120_000


def settled(page: Page) -> None:
    """The page is drawn; what is clicked while it moves may miss."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=LONG)


def open_batch(page: Page, url: str, folder: Path) -> None:
    """Turn to the Datasets page and open a finished batch."""
    page.set_default_timeout(LONG)
    page.goto(f"{url}/datasets")
    page.get_by_role("radio", name="Finished folder").click()
    box = page.get_by_role("textbox", name="Folder of a finished batch")
    box.fill(str(folder))
    box.press("Enter")
    expect(page.get_by_text("rows predicted;")).to_be_visible(timeout=LONG)
    settled(page)
