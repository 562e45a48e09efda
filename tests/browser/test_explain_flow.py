"""The Explain page as a user drives it, in a real browser against the real app."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

NUMBER = re.compile(r"[+-]\d\.\d{4}")
LONG = 120_000


def open_app(page: Page, url: str) -> None:
    page.set_default_timeout(LONG)
    page.goto(url)
    expect(page.get_by_role("button", name="Explain", exact=True)).to_be_visible(timeout=LONG)


def write(page: Page, text: str) -> None:
    box = page.get_by_role("textbox", name="Review")
    box.fill(text)
    box.press("Control+Enter")
    # The count beside the button follows the text once the app has it.
    expect(page.get_by_text(f"{len(text):,} characters")).to_be_visible(timeout=LONG)


def press_explain(page: Page) -> None:
    page.get_by_role("button", name="Explain", exact=True).click()
    expect(page.get_by_role("heading", name="Verdict")).to_be_visible(timeout=LONG)


def wait_for_results(page: Page) -> None:
    expect(page.get_by_text("evaluations asked for")).to_be_visible(timeout=4 * LONG)


def row(page: Page, method: str):
    return page.locator(f'.wb-mrow[data-method="{method}"]')


def open_tab(page: Page, name: str):
    page.get_by_role("tab", name=name).click()
    # That of the tab before is there until the new one is drawn.
    return page.frame_locator("[role=tabpanel]:visible iframe")


def test_sample_to_verdict_stages_heat_maps_and_views(
    page: Page, app_url: str, outside: list[str], page_errors: list[str]
) -> None:
    open_app(page, app_url)
    expect(page.get_by_role("textbox", name="Review")).to_have_value(re.compile("The room was clean"))
    samples = page.get_by_role("combobox", name=re.compile("Sample reviews"))
    samples.click()
    samples.fill("hotel-46")
    page.get_by_role("option", name=re.compile("hotel-46-words")).click()
    page.get_by_text("Quick", exact=True).click()
    expect(page.get_by_role("textbox", name="Review")).to_have_value(re.compile("manager shrugged"))

    press_explain(page)
    expect(page.locator(".wb-stars")).to_have_attribute("aria-label", re.compile(r"^[1-5] of 5$"))
    expect(page.get_by_text(re.compile(r"Expected rating \d"))).to_be_visible()
    chips = page.locator(".wb-chip")
    expect(chips.first).to_contain_text("[CLS]")
    expect(chips.first).to_contain_text("101")
    expect(page.get_by_text("2 Logits")).to_be_visible()
    expect(page.get_by_text("3 Probabilities")).to_be_visible()

    wait_for_results(page)
    for method in ("shap", "lime"):
        expect(row(page, method).locator(".wb-w")).to_have_count(52)
        # A phrase that the quick budget did not resolve has one number for all its words.
        numbers = [one.get_attribute("title") or "" for one in row(page, method).locator(".wb-text [title]").all()]
        assert len(numbers) > 20
        assert all(map(NUMBER.match, numbers))
    # One axis: the same words in the same order in every row.
    texts = [row(page, method).locator(".wb-w").all_text_contents() for method in ("shap", "lime", "attention-rollout")]
    assert texts[0] == texts[1] == texts[2]
    expect(page.locator(".wb-table tbody tr")).to_have_count(52)

    frame = open_tab(page, "BertViz heads")
    expect(frame.locator("svg line").first).to_be_attached(timeout=LONG)
    frame = open_tab(page, "BertViz model")
    expect(frame.locator("svg").first).to_be_visible(timeout=LONG)
    expect(frame.locator("svg line, svg path, svg rect").first).to_be_attached(timeout=LONG)
    frame = open_tab(page, "BertViz neurons")
    expect(frame.locator("svg rect").first).to_be_attached(timeout=LONG)
    frame = open_tab(page, "SHAP plot")
    expect(frame.get_by_text("base value").first).to_be_attached(timeout=LONG)
    frame = open_tab(page, "LIME plot")
    expect(frame.locator("svg rect").first).to_be_attached(timeout=LONG)
    assert outside == []
    assert page_errors == []


def test_cancel_stops_the_run_and_keeps_what_is_there(page: Page, app_url: str) -> None:
    open_app(page, app_url)
    page.get_by_text("Thorough", exact=True).click()
    # Words that no other test uses, so that nothing is known already.
    write(page, " ".join(f"The corridor number {number} smelled of paint but felt calm." for number in range(24)))
    press_explain(page)
    cancel = page.get_by_role("button", name="Cancel")
    expect(cancel).to_be_enabled(timeout=LONG)
    cancel.click()
    expect(cancel).to_be_disabled(timeout=LONG)
    expect(page.locator(".wb-fault").first).to_have_text("cancelled")
    expect(page.get_by_role("heading", name="Verdict")).to_be_visible()


def test_hostile_text_stays_text(page: Page, app_url: str, outside: list[str]) -> None:
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    open_app(page, app_url)
    page.get_by_text("Quick", exact=True).click()
    write(page, 'Great </script><script>alert("x")</script><img src=x onerror=alert(1)> :red[pool] $x^2$ loved')
    press_explain(page)
    wait_for_results(page)
    for name in ("BertViz heads", "SHAP plot", "LIME plot"):
        frame = open_tab(page, name)
        expect(frame.locator("body")).to_be_attached(timeout=LONG)
        page.wait_for_timeout(500)
        assert frame.locator("img[src='x']").count() == 0
    assert page.locator("img[src='x']").count() == 0
    assert "<script>" in "".join(row(page, "shap").locator(".wb-text").all_text_contents()).replace(" ", "")
    assert dialogs == []
    assert outside == []


def test_a_second_session_does_not_disturb_the_first(new_page: Callable[..., Page], app_url: str) -> None:
    first, second = new_page(), new_page(viewport={"width": 800, "height": 900})
    open_app(first, app_url)
    write(first, "Superb.")
    press_explain(first)
    wait_for_results(first)
    before = first.locator(".wb-big").first.text_content()
    open_app(second, app_url)
    write(second, "Terrible experience, would not recommend.")
    press_explain(second)
    wait_for_results(second)
    assert second.locator(".wb-big").first.text_content() == "1 star"
    assert first.locator(".wb-big").first.text_content() == before
    expect(first.get_by_role("textbox", name="Review")).to_have_value("Superb.")


def test_nothing_overflows_at_800_pixels(new_page: Callable[..., Page], app_url: str) -> None:
    page = new_page(viewport={"width": 800, "height": 900}, color_scheme="dark")
    open_app(page, app_url)
    page.get_by_text("Quick", exact=True).click()
    write(page, "Unbelievably " + "long" * 60 + " word, and then a good ending.")
    press_explain(page)
    wait_for_results(page)
    width = page.evaluate("document.querySelector('.stMainBlockContainer').scrollWidth")
    assert width <= page.evaluate("document.querySelector('.stMainBlockContainer').clientWidth")


def test_empty_text_gives_one_line(page: Page, app_url: str) -> None:
    open_app(page, app_url)
    box = page.get_by_role("textbox", name="Review")
    box.fill("   ")
    box.press("Control+Enter")
    page.wait_for_timeout(1000)
    page.get_by_role("button", name="Explain", exact=True).click()
    expect(page.get_by_text("the text is empty")).to_be_visible(timeout=LONG)
    assert page.get_by_text("Traceback").count() == 0
