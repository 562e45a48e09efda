"""Two checkpoints on one review, on the Compare page, in a real browser against the real app."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from workbench import services
from workbench.checkpoints import load_checkpoint

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

LONG = 120_000
NAMES = ("stars", "stars-early")
REVIEW = "Lovely room, rude staff."
HOSTILE = 'Great </script><script>alert("x")</script><img src=x onerror=alert(1)> :red[pool] $x^2$ loved'


def compare(page: Page, url: str, text: str | None = None) -> None:
    """Press the button and wait for everything, at the smallest budget."""
    page.set_default_timeout(LONG)
    page.goto(f"{url}/compare")
    page.get_by_text("Quick", exact=True).click()
    if text is not None:
        box = page.get_by_role("textbox", name="Review")
        box.fill(text)
        box.press("Control+Enter")
        expect(page.get_by_text(f"{len(text):,} characters")).to_be_visible()
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.get_by_text("evaluations asked for,")).to_be_visible()


def test_verdicts_difference_and_sum(page: Page, app_url: str, outside: list[str], page_errors: list[str]) -> None:
    compare(page, app_url, REVIEW)
    checkpoints = [load_checkpoint(name) for name in NAMES]
    found = services.compare(checkpoints, REVIEW, budget=200)
    for one in found.checkpoints:
        card = page.locator(f'[data-verdict="{one.checkpoint.name}"]')
        expect(card.locator(".wb-big")).to_have_text(one.prediction.label)
        expect(card).to_contain_text(f"confidence {one.prediction.confidence:.2f}")
        expect(card).to_contain_text(f"Expected rating {one.prediction.expected_rating:.2f}")
        expect(card).to_contain_text(f"On the common scale {one.scaled:.2f}")
        row = page.locator(f'[data-checkpoint="{one.checkpoint.name}"] .wb-w')
        assert [word.get_attribute("title") for word in row.all()] == [
            f"{unit.score:+.4f}" for unit in one.explanation.units
        ]
    difference = found.pairs[0].difference
    assert difference is not None
    expect(page.locator(".wb-sum")).to_contain_text(services.comparison_view.difference_sum(difference))
    strongest = max(difference.units, key=lambda unit: abs(unit.score))
    first = page.locator(".wb-words tbody tr").first
    expect(first).to_contain_text(strongest.text)
    expect(first).to_contain_text(f"{strongest.score:+.3f}")
    frames = page.locator("iframe")
    expect(frames).to_have_count(2)
    for index in range(2):
        expect(frames.nth(index).content_frame.locator("svg line").first).to_be_attached()
    assert outside == []
    assert page_errors == []


def test_results_and_review_outlive_a_visit_to_another_page(page: Page, app_url: str) -> None:
    compare(page, app_url, REVIEW)
    expect(page.locator(".wb-sum")).to_contain_text("base")
    before = page.locator(".wb-sum").text_content()
    page.get_by_role("link", name="Explain").click()
    expect(page.get_by_role("textbox", name="Review")).to_have_value(REVIEW)
    page.get_by_role("link", name="Compare").click()
    expect(page.locator(".wb-sum")).to_have_text(str(before))
    expect(page.get_by_role("textbox", name="Review")).to_have_value(REVIEW)
    assert page.get_by_text("have changed since").count() == 0


def test_another_order_sorts_the_table(page: Page, app_url: str) -> None:
    compare(page, app_url, REVIEW)
    page.get_by_text("Text order", exact=True).click()
    expect(page.locator(".wb-words tbody th").first).to_have_text("Lovely")


def test_cancel_keeps_the_verdicts(page: Page, app_url: str) -> None:
    page.set_default_timeout(LONG)
    page.goto(f"{app_url}/compare")
    page.get_by_text("Thorough", exact=True).click()
    # Words that no other test uses, so that nothing is known already.
    text = " ".join(f"The lobby number {number} smelled of smoke but looked grand." for number in range(24))
    box = page.get_by_role("textbox", name="Review")
    box.fill(text)
    box.press("Control+Enter")
    expect(page.get_by_text(f"{len(text):,} characters")).to_be_visible()
    page.get_by_role("button", name="Compare", exact=True).click()
    cancel = page.get_by_role("button", name="Cancel")
    expect(cancel).to_be_enabled()
    cancel.click()
    expect(cancel).to_be_disabled()
    expect(page.locator(".wb-fault").first).to_have_text("cancelled")
    expect(page.locator("[data-verdict]")).to_have_count(2)


def test_hostile_text_stays_text(page: Page, app_url: str, outside: list[str]) -> None:
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    compare(page, app_url, HOSTILE)
    expect(page.locator("iframe").first.content_frame.locator("svg line").first).to_be_attached()
    for name in NAMES:
        assert page.locator(f'[data-checkpoint="{name}"] .wb-text').text_content() == HOSTILE
    assert page.locator("img[src='x']").count() == 0
    assert dialogs == []
    assert outside == []


def test_nothing_overflows_at_800_pixels(new_page: Callable[..., Page], app_url: str) -> None:
    page = new_page(viewport={"width": 800, "height": 900}, color_scheme="dark")
    compare(page, app_url, "Unbelievably " + "long" * 60 + " word, and then a good ending.")
    inner, outer = page.evaluate(
        "(main => [main.scrollWidth, main.clientWidth])(document.querySelector('.stMainBlockContainer'))"
    )
    assert inner <= outer
    # The views stand below each other, the same ones of both.
    tops = [page.locator("iframe").nth(index).bounding_box() for index in range(2)]
    assert tops[0] is not None
    assert tops[1] is not None
    assert tops[1]["y"] >= tops[0]["y"] + tops[0]["height"]
