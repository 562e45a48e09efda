"""The Compare page on a file, as a user drives it."""

from __future__ import annotations

import pytest
from browsing import LONG, settled
from playwright.sync_api import Page, expect

from workbench.checkpoints import load_checkpoint
from workbench.schema import Choice, FileComparison
from workbench.services import compare_file
from workbench.ui.file_choice import rows_of, sample_file

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def wanted() -> FileComparison:
    table = rows_of(sample_file(), "text", "label", 2000)
    return compare_file([load_checkpoint(name, device="cpu") for name in ("stars", "stars-early")], table.rows)


def test_samples_to_a_review_of_disagreement_and_back(
    page: Page, app_url: str, outside: list[str], page_errors: list[str], wanted: FileComparison
) -> None:
    page.set_default_timeout(LONG)
    page.goto(f"{app_url}/compare")
    page.get_by_text("A file", exact=True).click()
    chosen = page.get_by_test_id("stSidebar").get_by_test_id("stMultiSelect")
    for name in ("stars", "stars-early"):
        expect(chosen.get_by_text(name, exact=True)).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Use the sample reviews").click()
    expect(page.get_by_text("80 of 80 rows read")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.get_by_role("heading", name="How good each is")).to_be_visible(timeout=LONG)

    (pair,) = wanted.pairs
    expect(page.locator(".wb-verdict").first).to_contain_text(pair.sentence.split(" (")[0][1:])
    expect(page.locator(".wb-figures tbody tr")).to_have_count(2)
    expect(page.locator(".wb-cross tbody td")).to_have_count(25)
    drawings = page.locator(".wb-small img")
    expect(drawings).to_have_count(2)
    assert all(one.evaluate("image => image.naturalWidth > 0") for one in drawings.all())

    # The first of the reviews on which only one is right lies below the header; its marker is at the left.
    page.get_by_text(f"Only stars right: {pair.counts[Choice.ONLY_FIRST]}", exact=True).click()
    expect(page.get_by_role("radio", name="Only stars right")).to_be_checked(timeout=LONG)
    top = wanted.rows[wanted.chosen(pair, Choice.ONLY_FIRST)[0]]
    grid = page.get_by_test_id("stDataFrame")
    # The list is drawn anew for another choice of reviews.
    page.wait_for_timeout(1000)
    settled(page)
    page.wait_for_timeout(1000)
    grid.locator(".dvn-scroller").click(position={"x": 16, "y": 53})
    expect(page.get_by_role("heading", name="How good each is")).to_have_count(0, timeout=LONG)
    expect(page.get_by_role("textbox", name="Review")).to_have_value(top.text, timeout=LONG)

    # The browser's way back leads to the file again.
    page.go_back()
    expect(page.get_by_role("heading", name="How good each is")).to_be_visible(timeout=LONG)
    address = page.url
    assert "compare=" in address
    page.reload()
    expect(page.get_by_role("heading", name="How good each is")).to_be_visible(timeout=LONG)
    expect(page.locator(".wb-verdict").first).to_contain_text(pair.sentence.split(" (")[0][1:])
    assert page.url == address
    assert outside == []
    assert page_errors == []
