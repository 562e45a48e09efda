"""The views Overview and Threshold of a finished batch as a user drives them."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from browsing import open_batch, settled
from figure_batches import figure_batch
from labelled_batches import draw_chances, labelled_dataset
from playwright.sync_api import Locator, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

ROWS = 600
HOSTILE = (
    *("<img src=x onerror=alert(1)>", ":red[x] $y$ **z**", "</style><script>", '" onload="x'),
    *(f"a very long name of label {number}" for number in range(6)),
)


def view(page: Page, name: str) -> Locator:
    return page.get_by_role("radio", name=name, exact=True)


def cell(page: Page, truth: int, predicted: int) -> Locator:
    return page.locator(f".st-key-workbench-widget-dataset-cell-{truth}-{predicted}").get_by_role("button")


def piles(page: Page) -> tuple[int, int]:
    """The rows of both, as they are shown."""
    shown = page.locator(".wb-big").all_inner_texts()
    first, second = (int(one.replace(",", "")) for one in shown)
    return first, second


@pytest.fixture
def batch(tmp_path: Path) -> Path:
    return labelled_dataset(tmp_path / "batch", ROWS).folder


def test_a_cell_opens_its_reviews(
    page: Page, app_url: str, batch: Path, outside: list[str], page_errors: list[str]
) -> None:
    chances, truth = draw_chances(ROWS, 0)
    predicted = chances.argmax(axis=1)
    open_batch(page, app_url, batch)
    expect(view(page, "Overview")).to_be_checked()
    for right in range(5):
        for said in range(5):
            count = int(((truth == right) & (predicted == said)).sum())
            expect(cell(page, right, said)).to_have_text(f"{count:,}")
    cell(page, 3, 4).click()
    expect(view(page, "Reviews")).to_be_checked()
    # By keyboard too.
    view(page, "Overview").click()
    cell(page, 4, 4).focus()
    page.keyboard.press("Enter")
    expect(view(page, "Reviews")).to_be_checked()
    # The figures can be of these rows alone.
    view(page, "Overview").click()
    page.get_by_role("radio", name="The selection").click()
    count = int(((truth == 4) & (predicted == 4)).sum())
    expect(page.get_by_text(f"{count} rows predicted; {count} with a right label")).to_be_visible()
    assert outside == []
    assert page_errors == []


def test_a_threshold_its_piles_and_their_files(
    page: Page, app_url: str, batch: Path, outside: list[str], page_errors: list[str], tmp_path: Path
) -> None:
    sure = draw_chances(ROWS, 0)[0].max(axis=1)
    open_batch(page, app_url, batch)
    view(page, "Threshold").click()
    slider = page.get_by_role("slider", name="Threshold")
    expect(slider).to_have_value("0.8")
    assert piles(page) == ((sure >= 0.8).sum(), (sure < 0.8).sum())
    slider.focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    expect(page.get_by_text("confidence at least 0.797")).to_be_visible()
    assert piles(page) == ((sure >= 0.797).sum(), (sure < 0.797).sum())
    page.get_by_role("spinbutton", name="Accuracy in percent").fill("75")
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile(r"^From 0\.\d{3} on"))).to_be_visible()
    page.get_by_role("button", name="Take it").click()
    expect(page.get_by_text("confidence at least 0.797")).to_have_count(0)
    confident, person = piles(page)
    level = float(np.sort(sure)[-confident])
    files = {}
    for suffix, title in ((".csv", "CSV"), (".parquet", "Parquet")):
        page.get_by_role("radio", name=title).click()
        buttons = page.get_by_role("button", name=f"Download {title}")
        expect(buttons).to_have_count(2)
        # Until the page is whole, a button may still be that of the last run, whose file is gone.
        settled(page)
        for place, name in enumerate(("confident", "for-a-person")):
            with page.expect_download() as download:
                buttons.nth(place).click()
            assert download.value.suggested_filename == f"batch-{name}{suffix}"
            files[name, suffix] = tmp_path / download.value.suggested_filename
            download.value.save_as(files[name, suffix])
    for name, rows in (("confident", confident), ("for-a-person", person)):
        table = pq.read_table(files[name, ".parquet"])
        assert table.num_rows == rows
        with files[name, ".csv"].open(encoding="utf-8", newline="") as stream:
            assert [one["text"] for one in csv.DictReader(stream)] == table["text"].to_pylist()
    assert min(pq.read_table(files["confident", ".parquet"])["confidence"].to_pylist()) == level
    page.get_by_role("button", name="Open", exact=True).last.click()
    expect(view(page, "Reviews")).to_be_checked()
    assert outside == []
    assert page_errors == []


def test_temperature_scaling_reaches_the_threshold(page: Page, app_url: str, batch: Path) -> None:
    open_batch(page, app_url, batch)
    page.get_by_text("Fit a temperature").click()
    expect(page.get_by_text(re.compile(r"^A temperature of 0\.\d\d .*: on 300 other rows"))).to_be_visible()
    page.get_by_text("Use the scaled confidence in the threshold").click()
    view(page, "Threshold").click()
    expect(page.get_by_text("Confidence is scaled by a temperature of 0.")).to_be_visible()
    expect(page.get_by_role("switch", name="Use the scaled confidence")).to_be_checked()


def test_ten_hostile_labels_at_800_pixels_in_the_dark(
    new_page: Callable[..., Page], app_url: str, tmp_path: Path, page_errors: list[str]
) -> None:
    page = new_page(viewport={"width": 800, "height": 900}, color_scheme="dark")
    open_batch(page, app_url, figure_batch(tmp_path / "batch", HOSTILE, 800))
    expect(cell(page, 9, 9)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 800
    for place in range(10):
        clipped = cell(page, place, place).evaluate("cell => cell.scrollWidth > cell.clientWidth + 1")
        assert not clipped
    # What lies beyond the edge is reached with the keyboard: the matrix scrolls, not the page.
    cell(page, 9, 9).focus()
    box = cell(page, 9, 9).bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 800
    expect(page.locator(".wb-cell-side").first).to_have_text(HOSTILE[0])
    assert page.locator("img[src='x']").count() == 0
    assert page_errors == []
