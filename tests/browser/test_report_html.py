"""A report as a colleague opens it: from a folder, in a browser that has no network."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import file_reports
import pytest
import subjects
from playwright.sync_api import Browser, ConsoleMessage, Frame, Page, expect

from workbench.checkpoints import Checkpoint, load_checkpoint
from workbench.reports import FORMATS, Subject
from workbench.reports.document import View
from workbench.schema import Choice
from workbench.services import attention_view, compare_file
from workbench.tables import Row

pytestmark = pytest.mark.browser

TIMEOUT = 30_000


class Watched:
    """A page with all that it asked for and complained of."""

    def __init__(self, page: Page, folder: Path) -> None:
        self.page = page
        self.folder = folder
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def open(self, subject: Subject, views: Sequence[View] = ()) -> Page:
        file = self.folder / "report.html"
        file.write_bytes(FORMATS[".html"].render(subject, views))
        self.page.goto(file.as_uri())
        assert self.requests == [file.as_uri()]
        return self.page

    def assert_quiet(self) -> None:
        assert self.complaints == []
        assert [url for url in self.requests[1:] if url != "about:srcdoc"] == []


@pytest.fixture
def watched(browser: Browser, tmp_path: Path) -> Iterator[Watched]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, offline=True)
    context.set_default_timeout(TIMEOUT)
    yield Watched(context.new_page(), tmp_path)
    context.close()


def column(page: Page, number: int) -> list[str]:
    return page.locator(f"table.sortable >> nth=0 >> tbody tr > :nth-child({number})").all_inner_texts()


def test_the_file_asks_for_nothing_and_sorts_by_mouse_and_keyboard(watched: Watched, tiny: Checkpoint) -> None:
    found = subjects.report(tiny, methods=("occlusion", "lime"))
    page = watched.open(found)
    scores = [unit.score for unit in found.explanations[0].units]
    page.get_by_role("button", name="Occlusion").click()
    assert column(page, 3) == [f"{score:+.3f}" for score in sorted(scores, reverse=True)]
    head = page.get_by_role("columnheader", name="Occlusion")
    expect(head).to_have_attribute("aria-sort", "descending")
    page.get_by_role("button", name="Occlusion").press("Enter")
    assert column(page, 3) == [f"{score:+.3f}" for score in sorted(scores)]
    expect(head).to_have_attribute("aria-sort", "ascending")
    page.get_by_role("button", name="Word").first.press("Space")
    words = [word.casefold() for word in page.locator("table.sortable >> nth=0 >> tbody th bdi").all_inner_texts()]
    assert words == sorted(words)
    page.get_by_role("button", name="At", exact=True).click()
    page.get_by_role("button", name="At", exact=True).click()
    assert column(page, 2) == [str(unit.start) for unit in found.explanations[0].units]
    expect(page.locator("[aria-sort]")).to_have_count(1)
    watched.assert_quiet()


@pytest.mark.parametrize("text", subjects.HOSTILE, ids=range(len(subjects.HOSTILE)))
def test_hostile_texts_and_names_do_nothing(watched: Watched, tiny: Checkpoint, text: str) -> None:
    found = subjects.renamed(subjects.report(tiny, text), text)
    page = watched.open(subjects.runs(found, note=text, tags=(text,)))
    assert page.locator("script").count() == 2
    assert page.locator("img").count() == 0
    expect(page.locator("h1")).to_be_visible()
    carried = page.evaluate("JSON.parse(document.getElementById('workbench-report').textContent)")
    assert carried["runs"][0]["note"] == text
    assert carried["runs"][0]["result"]["text"] == text
    watched.assert_quiet()


def test_a_comparison_on_a_file_asks_for_nothing_and_sorts(
    watched: Watched, tiny: Checkpoint, tiny_other: Checkpoint, tmp_path: Path
) -> None:
    found = file_reports.compared(file_reports.written(tmp_path), tiny, tiny_other, reviews=2)
    page = watched.open(found)
    (pair,) = found.pairs
    expect(page.locator("#part-1")).to_contain_text(pair.sentence.split(" (")[0][1:])
    drawn = page.locator("figure img")
    page.wait_for_function("document.querySelector('figure img').complete")
    assert 300 < drawn.evaluate("image => image.naturalWidth") <= 700
    # The list is in the order of disagreement, and by a click in that of the file.
    shown = [found.rows[place].number for place in found.chosen(pair, Choice.ALL)[:50]]
    assert column(page, 2) == list(map(str, shown))
    page.get_by_role("button", name="Row", exact=True).first.click()
    assert column(page, 2) == list(map(str, sorted(shown, reverse=True)))
    watched.assert_quiet()


def test_hostile_names_of_a_file_do_nothing(
    watched: Watched, make_checkpoint: Callable[..., Path], tmp_path: Path
) -> None:
    labels = ("<b>1</b>", '"><script>alert(1)</script>')
    sides = [load_checkpoint(str(make_checkpoint(labels, seed=seed)), device="cpu") for seed in (1, 2)]
    rows = [Row(text, labels[place % 2], text) for place, text in enumerate(subjects.HOSTILE * 2)]
    found = file_reports.hostile(compare_file(sides, rows))
    page = watched.open(found)
    assert page.locator("script").count() == 2
    # The drawing, and nothing that a name asked for.
    assert [one.get_attribute("src", timeout=1000)[:18] for one in page.locator("img").all()] == ["data:image/svg+xml"]
    page.wait_for_function("document.querySelector('figure img').naturalWidth > 0")
    carried = page.evaluate("JSON.parse(document.getElementById('workbench-report').textContent)")
    assert carried["checkpoints"][0]["checkpoint"]["name"] == file_reports.HOSTILE_CHECKPOINT
    assert carried["source"]["name"] == file_reports.HOSTILE_NAME
    watched.assert_quiet()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 800, 390])
def test_a_comparison_on_a_file_is_not_wider_than_the_page(
    watched: Watched, make_checkpoint: Callable[..., Path], scheme: str, width: int
) -> None:
    labels = tuple(f"a rather long label of number {number}" for number in range(9))
    sides = [load_checkpoint(str(make_checkpoint(labels, seed=seed)), device="cpu") for seed in (1, 2, 3, 4)]
    rows = [Row(f"{text} {'x' * 300}", labels[place % 9], text) for place, text in enumerate(subjects.HOSTILE * 3)]
    watched.page.set_viewport_size({"width": width, "height": 900})
    watched.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page = watched.open(file_reports.hostile(compare_file(sides, rows)))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    watched.assert_quiet()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 800, 390])
def test_nothing_is_wider_than_the_page(
    watched: Watched, tiny: Checkpoint, tiny_other: Checkpoint, scheme: str, width: int
) -> None:
    watched.page.set_viewport_size({"width": width, "height": 900})
    watched.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    compared = subjects.comparison(tiny, tiny_other, f"{subjects.PLAIN} {'x' * 300}")
    page = watched.open(subjects.runs(subjects.report(tiny, trust=True), compared))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    light = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(250, 249, 247)"
    assert light is (scheme == "light")
    watched.assert_quiet()


def test_the_drawing_is_shown_and_follows_the_theme(watched: Watched, tiny: Checkpoint) -> None:
    page = watched.open(subjects.report(tiny, trust=True))
    drawn = page.locator("figure img")
    page.wait_for_function("document.querySelector('figure img').complete")
    assert 500 < drawn.evaluate("image => image.naturalWidth") <= 700
    light = drawn.evaluate("image => image.currentSrc")
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("before => document.querySelector('figure img').currentSrc !== before", arg=light)
    # Paper is white in any theme.
    page.emulate_media(color_scheme="dark", media="print")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(29, 29, 35)"
    watched.assert_quiet()


@pytest.mark.parametrize("kind", ["head", "model", "neuron"])
def test_attention_is_drawn_when_it_is_opened(watched: Watched, tiny: Checkpoint, kind: str) -> None:
    found = subjects.report(tiny, '<b>good</b> food & "cold" room', methods=("occlusion",))
    page = watched.open(found, [attention_view(tiny, found.prediction, kind)])
    assert page.locator("iframe").get_attribute("srcdoc") is None
    page.locator("details.view summary").press("Enter")
    frame = _frame(page)
    expect(frame.locator("svg").first).to_be_attached()
    page.wait_for_function("document.querySelector('iframe').srcdoc.length > 0")
    # What runs in the frame has an origin of its own: it cannot reach the report.
    assert frame.evaluate("(() => { try { return parent.document.title } catch (error) { return error.name } })()") == (
        "SecurityError"
    )
    watched.assert_quiet()


def _frame(page: Page) -> Frame:
    handle = page.wait_for_selector("iframe[srcdoc]")
    assert handle is not None
    frame = handle.content_frame()
    assert frame is not None
    return frame
