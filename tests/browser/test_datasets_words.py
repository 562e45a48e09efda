"""The views Slices and Words of the Datasets page, as a user drives them."""

from __future__ import annotations

import numpy as np
import pytest
from browsing import LONG, open_batch
from playwright.sync_api import Locator, Page, expect
from word_batches import predicted_batch

from workbench.checkpoints import load_checkpoint
from workbench.pipeline import classify_many
from workbench.schema import RowFilter, WordQuestion
from workbench.services import Dataset, explain_selection, probe_word, shortcut_verdict, slices, word_scores

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]
HOSTILE = "'; DROP TABLE reviews; -- <img src=x onerror=alert(1)> :red[x]"
OPINIONS = ("wonderful", "lovely", "awful", "dirty")
FILLERS = ("the", "room", "was", "and", "staff", "we", "in", "hotel", "breakfast", "really")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Predicted by the bundled checkpoint; the labels of one place are wrong more often than not."""
    draws = np.random.default_rng(3)
    checkpoint = load_checkpoint("stars", device="cpu")
    texts = [" ".join(draws.permutation([*draws.choice(FILLERS, 7), draws.choice(OPINIONS)])) for _ in range(180)]
    said = [one.labels.index(one.label) for one in classify_many(checkpoint, texts)]
    places = [HOSTILE if place % 3 == 0 else "elsewhere" for place in range(180)]
    wrong = draws.random(180) < np.where(np.arange(180) % 3 == 0, 0.8, 0.05)
    truths = [(label + 2) % 5 if other else label for label, other in zip(said, wrong, strict=True)]
    folder = tmp_path_factory.mktemp("words") / "batch"
    opened = predicted_batch(folder, checkpoint, texts, truths, extras={"place": places})
    explain_selection(opened, RowFilter(), checkpoint, ["occlusion"], limit=60)
    return opened


def view(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name, exact=True).click()


def table(page: Page, name: str) -> Locator:
    return page.locator(f".st-key-wb-links-{name}")


def test_from_the_planted_slice_to_a_word_that_is_tested(
    page: Page, app_url: str, outside: list[str], page_errors: list[str], dataset: Dataset
) -> None:
    open_batch(page, app_url, dataset.folder)
    view(page, "Slices")
    worst = slices(dataset).worst[0]
    assert worst.chosen == RowFilter(extra=(("place", HOSTILE),))
    first = table(page, "worst").get_by_role("button").first
    expect(first).to_contain_text("place = '; DROP TABLE reviews;", timeout=LONG)
    expect(page.locator(".wb-verdict").first).to_contain_text(f"Accuracy {slices(dataset).overall.value:.1%}")
    expect(table(page, "worst").locator(".wb-dots.wb-down").first).to_be_visible()
    first.click()
    expect(page.get_by_role("radio", name="Reviews", exact=True)).to_be_checked(timeout=LONG)

    view(page, "Words")
    expect(page.get_by_text("The selection: place = ")).to_be_visible(timeout=LONG)
    found = word_scores(dataset, RowFilter(), WordQuestion(method="occlusion", least_reviews=2, size=25))
    expect(table(page, "words").get_by_role("button").first).to_have_text(found.words[0].form, timeout=LONG)
    page.get_by_role("radio", name="Shortcuts", exact=True).click()
    page.get_by_label("Word or phrase").fill("wonderful")
    page.get_by_label("Word or phrase").press("Enter")
    page.get_by_role("button", name="Test this word", exact=True).first.click()
    probe = probe_word(dataset, "wonderful", load_checkpoint("stars", device="cpu"))
    said = shortcut_verdict(probe).sentence
    expect(page.locator(".wb-verdict").first).to_contain_text(said, timeout=LONG)
    table(page, "changed-0").get_by_role("button").first.click()
    expect(page.get_by_role("radio", name="Reviews", exact=True)).to_be_checked(timeout=LONG)
    assert outside == []
    assert page_errors == []
