"""The Compare page on a file, as a user drives it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from workbench.checkpoints import load_checkpoint
from workbench.schema import Choice, FileComparison
from workbench.services import compare_file
from workbench.ui.file_choice import rows_of, sample_file

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]
LONG = 120_000


@pytest.fixture(scope="module")
def wanted() -> FileComparison:
    table = rows_of(sample_file(), "text", "label", 2000)
    return compare_file([load_checkpoint(name, device="cpu") for name in ("stars", "stars-early")], table.rows)


def choose_checkpoints(page: Page, *names: str) -> None:
    box = page.get_by_test_id("stSidebar").get_by_test_id("stMultiSelect")
    expect(box).to_be_visible(timeout=LONG)
    for name in names:
        if box.get_by_text(name, exact=True).count() == 0:
            box.get_by_role("combobox").fill(name)
            page.get_by_role("option", name=name, exact=True).click()
    expect(box.get_by_text(names[-1], exact=True).first).to_be_visible()
    for tag in box.get_by_role("button").all():
        label = tag.get_attribute("aria-label") or ""
        match = re.match(r"^(?:Remove )?(\S+?)(?:, close by backspace)?$", label)
        if match and match[1] in {"sentiment"} and match[1] not in names:
            tag.click()


def test_samples_to_a_review_of_disagreement_and_back(
    page: Page, app_url: str, outside: list[str], page_errors: list[str], wanted: FileComparison
) -> None:
    page.set_default_timeout(LONG)
    page.goto(f"{app_url}/compare")
    page.get_by_text("A file", exact=True).click()
    choose_checkpoints(page, "stars", "stars-early")
    page.get_by_role("button", name="Use the sample reviews").click()
    expect(page.get_by_text("80 of 80 rows read")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.get_by_role("heading", name="How good each is")).to_be_visible(timeout=LONG)

    (pair,) = wanted.pairs
    expect(page.locator(".wb-verdict").first).to_contain_text(pair.sentence.split(" (")[0])
    expect(page.locator(".wb-figures tbody tr")).to_have_count(2)
    expect(page.locator(".wb-cross tbody td")).to_have_count(25)
    drawings = page.locator(".wb-small img")
    expect(drawings).to_have_count(2)
    assert all(one.evaluate("image => image.naturalWidth > 0") for one in drawings.all())

    count = pair.counts[Choice.ONLY_FIRST]
    page.get_by_text(f"Only stars right: {count}", exact=True).click()
    top = wanted.rows[wanted.chosen(pair, Choice.ONLY_FIRST)[0]]
    grid = page.get_by_test_id("stDataFrame")
    expect(grid.get_by_role("gridcell", name=str(top.number), exact=True).first).to_be_attached(timeout=LONG)
    address = page.url
    assert "compare=" in address

    page.reload()
    expect(page.get_by_role("heading", name="How good each is")).to_be_visible(timeout=LONG)
    expect(page.locator(".wb-verdict").first).to_contain_text(pair.sentence.split(" (")[0])
    assert page.url == address

    # A reload lists those whose labels differ again; the first row lies below the header, its marker at the left.
    top = wanted.rows[wanted.chosen(pair, Choice.DISAGREE)[0]]
    grid.scroll_into_view_if_needed()
    grid.click(position={"x": 16, "y": 55})
    expect(page.get_by_role("heading", name="How good each is")).to_have_count(0, timeout=LONG)
    expect(page.get_by_role("textbox", name="Review")).to_have_value(top.text, timeout=LONG)
    page.get_by_text("A file", exact=True).click()
    expect(page.get_by_role("heading", name="How good each is")).to_be_visible(timeout=LONG)
    assert outside == []
    assert page_errors == []
