"""The Train page as a user drives it: a file, a run that is watched, a reload, an explanation with what came of it."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from browsing import LONG, settled
from playwright.sync_api import Page, expect

from workbench.checkpoints import catalogue
from workbench.training import runs

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]
NAME = "my-hotel"
GOOD = ("the food was very good", "we loved the room", "great staff", "a clean room", "i loved this film")
BAD = ("the food was very bad", "we hated the room", "terrible staff", "a cold room", "i hated this film")
ENDS = ("", " again", " and the service was quick", " , never", " !", " and it was slow")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Sixty rows."""
    place = tmp_path / "hotel.csv"
    rows = [(text + end, label) for end in ENDS for label, texts in (("5", GOOD), ("1", BAD)) for text in texts]
    with place.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([("review text", "rating"), *rows])
    return place


def entered(page: Page, name: str, value: str) -> None:
    box = page.get_by_role("spinbutton", name=name)
    box.fill(value)
    box.press("Enter")
    settled(page)


@pytest.fixture
def encoder(make_checkpoint: Callable[..., Path]) -> Path:
    return make_checkpoint(head=False, seed=2)


def test_from_a_file_to_an_explanation(
    page: Page, app_with_home: str, file: Path, encoder: Path, outside: list[str], page_errors: list[str]
) -> None:
    page.set_default_timeout(LONG)
    page.goto(f"{app_with_home}/train")
    expect(page.get_by_text("A text and its label a row")).to_be_visible(timeout=LONG)
    settled(page)
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_text("of 60 with a label")).to_be_visible(timeout=LONG)
    base = page.get_by_role("combobox", name=re.compile("Base"))
    base.fill(str(encoder))
    base.press("Enter")
    expect(page.get_by_text("million weights are trained")).to_be_visible(timeout=LONG)
    expect(page.locator(".wb-pb")).to_have_count(2, timeout=LONG)
    pictures = page.locator(".wb-box img")
    assert pictures.first.evaluate("image => image.naturalWidth > 0")

    entered(page, "Batch size", "2")
    entered(page, "Epochs", "20")
    page.get_by_text("Rows held out, labels, stopping").click()
    entered(page, "Early stopping", "0")
    page.get_by_role("textbox", name="Name of the checkpoint").fill(NAME)
    page.get_by_role("textbox", name="Name of the checkpoint").press("Enter")
    settled(page)
    train = page.get_by_role("button", name="Train", exact=True)
    expect(train).to_be_enabled(timeout=LONG)
    # Pressed twice, it is asked for once, and nothing is said to be wrong.
    train.dblclick()
    expect(page.get_by_role("heading", name=NAME)).to_be_visible(timeout=LONG)
    page.get_by_text("New run", exact=True).click()
    expect(page.get_by_text("of 60 with a label")).to_be_visible(timeout=LONG)
    settled(page)
    expect(page.get_by_role("alert")).to_have_count(0)
    assert len(runs.list_runs()) == 1
    page.get_by_text("Runs", exact=True).click()
    expect(page.get_by_role("heading", name=NAME)).to_be_visible(timeout=LONG)

    # Nothing is lost with the page: the address names the run.
    expect(page).to_have_url(re.compile(r"run=\d{8}-\d{6}-"), timeout=LONG)
    page.reload()
    expect(page.get_by_role("heading", name=NAME)).to_be_visible(timeout=LONG)
    expect(page.get_by_role("heading", name="What came of it")).to_be_visible(timeout=LONG)
    expect(page.get_by_text(re.compile(r"^done, step \d+ of \d+")).first).to_be_visible(timeout=LONG)
    curves = page.get_by_role("img", name=re.compile("Loss over"))
    assert curves.evaluate("image => image.naturalWidth > 0")
    assert NAME in {Path(name).name for name in catalogue.names()}

    page.get_by_role("button", name="Explain with it").click()
    chosen = page.get_by_role("combobox", name=re.compile("Checkpoint"))
    expect(chosen).to_have_value(f"{NAME} (2 layers, 2 labels)", timeout=LONG)
    page.get_by_text("Quick", exact=True).click()
    box = page.get_by_role("textbox", name="Review")
    box.fill("the food was very good")
    box.press("Control+Enter")
    expect(page.get_by_text("22 characters")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Explain", exact=True).click()
    expect(page.locator('.wb-mrow[data-method="shap"] .wb-w')).to_have_count(5, timeout=LONG)
    assert outside == []
    assert page_errors == []
