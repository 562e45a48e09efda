"""The views in a real browser: they draw, they react, and they ask for nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from workbench.attention import VIEWS, Selection, View
from workbench.checkpoints import Checkpoint
from workbench.schema import AttentionMaps, Prediction

if TYPE_CHECKING:
    import playwright.sync_api as playwright
else:
    playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")]
BOTH = Selection(layers=(0, 1))
LABELS = ["[CLS]", *["the", "food", "was", "very", "good", "and", "the", "wait", "##er", "loved", "it", "!"], "[SEP]"]


@dataclass
class Seen:
    """An opened view, and what it did that it must not."""

    page: playwright.Page
    faults: list[str] = field(default_factory=list)

    def count(self, selector: str) -> int:
        return int(self.page.locator(selector).count())

    def texts(self, selector: str) -> list[str]:
        return list(self.page.locator(selector).all_text_contents())


@pytest.fixture(scope="module")
def browser() -> Iterator[playwright.Browser]:
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def show(browser: playwright.Browser, tmp_path: Path) -> Iterator[Callable[[View], Seen]]:
    context = browser.new_context(viewport={"width": 1060, "height": 900})

    def opened(view: View) -> Seen:
        file = tmp_path / "view.html"
        file.write_text(view.html, encoding="utf-8")
        seen = Seen(context.new_page())
        page, faults = seen.page, seen.faults

        def guard(route: playwright.Route) -> None:
            if route.request.url == file.as_uri():
                route.continue_()
            else:
                faults.append(f"request {route.request.url}")
                route.abort()

        def dismiss(dialog: playwright.Dialog) -> None:
            faults.append(f"dialog {dialog.message}")
            dialog.dismiss()

        page.route("**/*", guard)
        page.on("pageerror", lambda error: faults.append(f"error {error}"))
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("dialog", dismiss)
        page.goto(file.as_uri())
        return seen

    yield opened
    context.close()


@pytest.fixture
def views(checkpoint: Checkpoint, prediction: Prediction, maps: AttentionMaps) -> Callable[..., View]:
    def made(name: str, selection: Selection = BOTH, of: AttentionMaps = maps) -> View:
        return VIEWS[name](checkpoint, prediction, of, selection)

    return made


def test_head_view(show: Callable[[View], Seen], views: Callable[..., View]) -> None:
    seen = show(views("head"))
    assert seen.count("#attention line") == 2 * len(LABELS) ** 2
    assert seen.texts("#left text") == seen.texts("#right text") == LABELS
    assert seen.texts("#layer option") == ["1", "2"]
    seen.page.locator("#left text").nth(2).hover()
    assert seen.count("#attention line[visibility=visible]") == 2 * len(LABELS)
    assert not seen.faults


def test_head_view_changes_layer(show: Callable[[View], Seen], views: Callable[..., View], maps: AttentionMaps) -> None:
    seen = show(views("head", Selection(layers=(0, 1), heads=(1,))))
    for layer in (1, 0):
        seen.page.locator("#layer").select_option(str(layer + 1))
        opacity = seen.page.locator("#attention line").first.get_attribute("stroke-opacity")
        assert float(opacity or -1) == pytest.approx(float(maps.weights[layer, 1, 0, 0]), abs=1e-3)
    assert not seen.faults


def test_model_view(show: Callable[[View], Seen], views: Callable[..., View]) -> None:
    seen = show(views("model"))
    assert seen.count(".attn_background") == 4
    assert seen.count("svg line") == 4 * len(LABELS) ** 2
    seen.page.mouse.click(100, 150)
    assert seen.texts("text.detail") == ["Layer 1, Head 1"]
    assert seen.texts("text.token") == [*LABELS, *LABELS]
    assert not seen.faults


def test_neuron_view(show: Callable[[View], Seen], views: Callable[..., View]) -> None:
    seen = show(views("neuron", Selection(layers=(1,), heads=(0, 1))))
    assert seen.count("#collapsed .attn-line-group line") == len(LABELS) ** 2
    assert seen.texts("#collapsed #leftText text") == LABELS
    assert (seen.texts("#layer option"), seen.texts("#att_head option")) == (["2"], ["1", "2"])
    assert seen.count("#queries .element") == seen.count("#keys .element") == len(LABELS) * 8
    place = seen.page.locator("#collapsed #leftText g").nth(2).bounding_box()
    assert place
    seen.page.mouse.click(place["x"] + 13, place["y"] + 12)
    assert seen.page.locator("#expanded").get_attribute("visibility") == "visible"
    assert not seen.faults


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", list(VIEWS))
def test_tokens_stand_out_from_the_page(
    show: Callable[[View], Seen], views: Callable[..., View], name: str, dark: bool
) -> None:
    seen = show(views(name, Selection(layers=(0,), dark=dark)))
    colours = seen.page.evaluate(
        """() => [getComputedStyle(document.body).backgroundColor,
                  ...Array.from(document.querySelectorAll('svg text'), text => getComputedStyle(text).fill)]"""
    )
    page, *texts = (sum(int(part) for part in colour[4:-1].split(",")) / 765 for colour in colours)
    assert texts
    assert all(text - page > 0.5 if dark else page - text > 0.5 for text in texts)
    assert not seen.faults


@pytest.mark.parametrize("name", list(VIEWS))
def test_hostile_tokens_stay_text(
    show: Callable[[View], Seen], views: Callable[..., View], hostile_maps: AttentionMaps, name: str
) -> None:
    seen = show(views(name, Selection(layers=(0,), heads=(0,)), hostile_maps))
    if name == "model":
        seen.page.mouse.click(100, 150)
    shown = seen.texts("svg text")
    assert all(token.text in shown for token in hostile_maps.tokens)
    assert seen.count("img, iframe, svg svg") == 0
    seen.page.wait_for_timeout(200)
    assert not seen.faults
