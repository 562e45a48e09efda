"""Which method to trust, and what if, as a user drives them: in a real browser against the real app."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from workbench import services
from workbench.checkpoints import load_checkpoint
from workbench.pipeline import classify
from workbench.schema import Prediction

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]

REVIEW = "Lovely room, rude staff."
LONG = 120_000


@pytest.fixture
def explained(page: Page, app_url: str) -> Page:
    """The page with the short review explained at the smallest budget."""
    page.set_default_timeout(LONG)
    page.goto(app_url)
    page.get_by_text("Quick", exact=True).click()
    box = page.get_by_role("textbox", name="Review")
    box.fill(REVIEW)
    box.press("Control+Enter")
    expect(page.get_by_text(f"{len(REVIEW)} characters")).to_be_visible()
    page.get_by_role("button", name="Explain", exact=True).click()
    expect(page.get_by_text("evaluations asked for,")).to_be_visible()
    return page


def predicted(text: str) -> Prediction:
    return classify(load_checkpoint("stars"), text)


def rating(prediction: Prediction) -> float:
    assert prediction.expected_rating is not None
    return prediction.expected_rating


def moved(before: Prediction, after: Prediction) -> str:
    old, new = rating(before), rating(after)
    return f"expected rating {old:.2f} to {new:.2f} ({new - old:+.2f})"


def outcome(page: Page) -> Locator:
    """The box of the panel with the new rating."""
    return page.locator('[data-panel="what-if"]')


def pill(page: Page, word: str) -> Locator:
    group = page.get_by_test_id("stButtonGroup").filter(has_text="Words that stay")
    return group.get_by_role("button", name=word, exact=True)


def test_asking_which_method_to_trust_gives_a_sentence_and_a_matrix(explained: Page) -> None:
    page = explained
    sentence = page.locator(".wb-verdict")
    expect(sentence).to_contain_text("ask which one to trust")
    ask = page.get_by_role("button", name="Which method to trust?")
    ask.click()
    expect(page.get_by_text("evaluations asked for by these checks")).to_be_visible()
    expect(sentence).to_contain_text(re.compile(r"^(Go by |No method )"))
    expect(ask).to_be_disabled()
    matrix = page.locator(".wb-matrix tbody tr")
    expect(matrix).to_have_count(3)
    expect(matrix.nth(0)).to_contain_text("SHAP")
    expect(matrix.nth(0).locator("td").nth(1)).to_have_text(re.compile(r"^-?[01]\.\d\d$"))
    expect(matrix.nth(0).locator("td").nth(1)).to_have_attribute("title", re.compile("rank correlation"))
    for method in ("shap", "lime", "attention-rollout"):
        right = page.locator(f'.wb-mrow[data-method="{method}"] .wb-f')
        expect(right).to_contain_text(re.compile(r"faithfulness -?\d\.\d\d"))
    # LIME draws samples, so each of its scores has a spread now, in the row and in the table.
    words = page.locator('.wb-mrow[data-method="lime"] .wb-w')
    expect(words.first).to_have_attribute("title", re.compile(r"^[+-]\d\.\d{4} ± \d\.\d{4} over seeds"))
    expect(page.locator(".wb-words small").filter(has_text="±")).to_have_count(len(words.all()))
    drawn = page.locator('.wb-box img[alt^="Target"]')
    expect(drawn).to_have_count(2)
    assert drawn.first.evaluate("picture => picture.naturalWidth") > 0


def test_what_if_follows_the_words_and_the_text(explained: Page) -> None:
    page = explained
    before, without = predicted(REVIEW), predicted("Lovely room, staff.")
    same = re.compile(rf"expected rating {rating(before):.2f}(?! to)")
    expect(outcome(page)).to_contain_text(same)
    expect(outcome(page).locator("u")).to_have_count(0)

    pill(page, "rude").click()
    expect(outcome(page)).to_contain_text(moved(before, without))
    expect(outcome(page).locator(".wb-big")).to_have_text(without.label)
    expect(outcome(page)).to_contain_text(f"was {before.label}")
    for index, (old, new) in enumerate(zip(before.probabilities, without.probabilities, strict=True)):
        line = outcome(page).locator(".wb-pb").nth(index)
        expect(line.locator("em").nth(0)).to_have_text(f"{new:.3f}")
        expect(line.locator("em").nth(1)).to_have_text(f"{new - old:+.3f}")
    pill(page, "rude").click()
    expect(outcome(page)).to_contain_text(same)

    page.get_by_text("Edit the text", exact=True).click()
    changed = "Lovely room, helpful staff."
    box = page.get_by_role("textbox", name="Text", exact=True)
    box.fill(changed)
    box.press("Control+Enter")
    expect(outcome(page)).to_contain_text(moved(before, predicted(changed)))


def test_what_if_finds_the_smallest_flip_and_single_replacements(explained: Page) -> None:
    page = explained
    checkpoint, before = load_checkpoint("stars"), predicted(REVIEW)
    flip = services.smallest_removal(checkpoint, before)
    assert flip is not None
    page.get_by_role("button", name="Smallest change that flips it").click()
    removed = ", ".join(span.of(REVIEW) for span in flip.removed)
    expect(page.get_by_text(f"without “{removed}”: {flip.answer.label}")).to_be_visible()
    expect(page.get_by_text("no smaller set does it")).to_be_visible()

    page.get_by_role("button", name="One word replaced").click()
    one = services.word_replacements(checkpoint, before)[0]
    expect(page.get_by_text(f"“{one.span.of(REVIEW)}” → “{one.word}”: {one.answer.label}")).to_be_visible()
