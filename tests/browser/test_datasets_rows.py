"""Rows of a batch in a browser: filtered, opened by a click, relabelled by a key, exported, explained."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from batch_folders import predicted, write_batch
from browsing import LONG, open_batch, settled
from playwright.sync_api import Page, expect

from workbench.schema.batch import CORRECTIONS

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

HOSTILE = "<img src=x onerror=alert(1)> breakfast was **cold** and $late$"
ROWS = [
    predicted(HOSTILE if number == 7 else f"Room {number} was {'cold' if number % 2 else 'warm'}", chances, number % 5)
    for number in range(120)
    for chances in [(0.5, 0.2, 0.1, 0.1, 0.1) if number % 3 else (0.02, 0.03, 0.05, 0.1, 0.8)]
]


def open_reviews(page: Page, url: str, folder: Path) -> None:
    open_batch(page, url, folder)
    page.get_by_text("Reviews", exact=True).click()
    expect(page.get_by_test_id("stDataFrame")).to_be_visible(timeout=LONG)


def moved(page: Page) -> None:
    """What was done has arrived, and what it changed is drawn."""
    page.wait_for_timeout(500)
    settled(page)
    page.wait_for_timeout(500)


def marks(folder: Path) -> list[tuple[int, str | None]]:
    lines = (folder / CORRECTIONS).read_text("utf-8").splitlines()
    return [(one["id"], one["label"]) for one in map(json.loads, lines)]


def test_from_a_filter_to_the_export_and_to_explain(
    new_page: Callable[..., Page], app_url: str, outside: list[str], page_errors: list[str], tmp_path: Path
) -> None:
    folder = write_batch(tmp_path / "batch", ROWS)
    page = new_page(accept_downloads=True)
    open_reviews(page, app_url, folder)
    counted = page.locator(".st-key-wb-rows-chips")
    expect(counted).to_contain_text("120 of 120 rows")

    search = page.get_by_role("textbox", name="Search in the texts")
    search.fill("COLD")
    search.press("Enter")
    expect(counted).to_contain_text(f"{sum('cold' in row['text'] for row in ROWS)} of 120 rows")
    moved(page)
    # The second row of the table is row 4; a click anywhere in it opens it, and an arrow key the one below.
    grid = page.get_by_test_id("stDataFrame").locator(".dvn-scroller")
    grid.click(position={"x": 200, "y": 90})
    head = page.locator(".st-key-wb-row-head")
    expect(head).to_contain_text("Row 4, 2 of 60 listed")
    moved(page)
    page.keyboard.press("ArrowDown")
    expect(head).to_contain_text("Row 6, 3 of 60 listed")
    moved(page)
    page.keyboard.press("n")
    expect(head).to_contain_text("Row 8, 4 of 60 listed")
    expect(page.locator(".wb-row-text")).to_have_text(HOSTILE)
    moved(page)

    # A digit relabels, and the next row is there; another label is said to be right by a button.
    page.keyboard.press("2")
    expect(head).to_contain_text("Row 10, 5 of 60 listed")
    page.get_by_role("button", name="Label is right").click()
    expect(head).to_contain_text("Row 12, 6 of 60 listed")
    assert marks(folder) == [(8, "2 stars"), (10, "5 stars")]

    page.get_by_role("button", name="Export").click()
    with page.expect_download(timeout=LONG) as coming:
        page.locator("[class*='corrections'] button").nth(1).click()
    coming.value.save_as(tmp_path / "corrections.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "corrections.jsonl").read_text("utf-8").splitlines()]
    assert [(one["row"], one["label"], one["changed"], one["text"]) for one in lines] == [
        (8, "2 stars", True, HOSTILE),
        (10, "5 stars", False, ROWS[9]["text"]),
    ]
    page.get_by_role("button", name="Export").click()

    page.get_by_role("button", name="contains “COLD”").click()
    expect(counted).to_contain_text("120 of 120 rows")
    expect(search).to_have_value("")
    moved(page)
    grid.click(position={"x": 200, "y": 55})
    expect(head).to_contain_text("Row 1, 1 of 120 listed")
    page.get_by_role("button", name="Explain this review").click()
    expect(page.get_by_role("heading", name="Why this rating?")).to_be_visible(timeout=LONG)
    expect(page.get_by_role("textbox", name="Review")).to_have_value(ROWS[0]["text"])
    assert outside == []
    assert page_errors == []


def test_the_menu_of_a_column_does_not_sort_the_page_alone(page: Page, app_url: str, tmp_path: Path) -> None:
    open_reviews(page, app_url, write_batch(tmp_path / "batch", ROWS))
    moved(page)
    # At the right end of the head of the reviews, which begin at 91 and are 208 pixels wide.
    grid = page.get_by_test_id("stDataFrame")
    grid.hover(position={"x": 283, "y": 17})
    grid.click(position={"x": 283, "y": 17})
    menu = page.get_by_test_id("stDataFrameColumnMenu")
    expect(menu.get_by_text("Autosize")).to_be_visible()
    for name in ("Sort ascending", "Sort descending", "Statistics"):
        expect(menu.get_by_text(name)).to_be_hidden()
        expect(menu.get_by_text(name)).to_have_count(1)
