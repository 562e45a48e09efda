"""A checkpoint of one's own, from the field to an explanation, in a real browser against the real app."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

LONG = 120_000


def test_a_folder_is_added_explained_with_kept_and_removed(
    page: Page, app_url: str, tiny_folder: Path, tmp_path: Path, outside: list[str], page_errors: list[str]
) -> None:
    folder = tmp_path / "<b>own :red[model]"
    shutil.copytree(tiny_folder, folder)
    page.set_default_timeout(LONG)
    page.goto(f"{app_url}/checkpoints")
    field = page.get_by_role("textbox", name="Hub id or folder")
    field.fill(str(tmp_path / "nosuch"))
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_text("there is no checkpoint")).to_be_visible(timeout=LONG)
    expect(field).to_have_value(str(tmp_path / "nosuch"), timeout=LONG)

    field.fill(str(folder))
    field.press("Enter")
    expect(page.get_by_text("is on your list")).to_be_visible(timeout=LONG)
    expect(field).to_have_value("", timeout=LONG)
    expect(page.get_by_role("heading", name="<b>own :red[model]", exact=True)).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Use it on Explain").click()
    expect(page.get_by_role("button", name="Explain uses it")).to_be_disabled(timeout=LONG)

    page.get_by_role("link", name="Explain").click()
    chosen = page.get_by_role("combobox", name=re.compile("Checkpoint"))
    expect(chosen).to_have_value("<b>own :red[model] (2 layers, 5 labels)", timeout=LONG)
    page.get_by_text("Quick", exact=True).click()
    box = page.get_by_role("textbox", name="Review")
    box.fill("the food was very good")
    box.press("Control+Enter")
    expect(page.get_by_text("22 characters")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Explain", exact=True).click()
    expect(page.get_by_text("evaluations asked for")).to_be_visible(timeout=4 * LONG)
    expect(page.locator('.wb-mrow[data-method="shap"] .wb-w')).to_have_count(5, timeout=LONG)

    # Another session sees it too, and no longer once it is removed.
    page.goto(f"{app_url}/checkpoints")
    heading = page.get_by_role("heading", name="<b>own :red[model]", exact=True)
    expect(heading).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("is off your list")).to_be_visible(timeout=LONG)
    expect(heading).to_have_count(0, timeout=LONG)
    page.get_by_role("button", name="Undo").click()
    expect(heading).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Remove").click()
    expect(heading).to_have_count(0, timeout=LONG)
    assert page.locator("b", has_text="own").count() == 0
    assert outside == []
    assert page_errors == []
