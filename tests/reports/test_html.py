from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from hashlib import sha256
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
import subjects

from workbench import Comparison, Report, load_checkpoint
from workbench.checkpoints import Checkpoint
from workbench.reports import FORMATS, Subject
from workbench.reports.document import View
from workbench.reports.html_blocks import shown
from workbench.reports.html_report import data_html
from workbench.reports.json_report import subject_document
from workbench.services import attention_view

HTML = FORMATS[".html"]
HEAD = {"html", "head", "meta", "title", "style", "script", "body"}
TEXT = {"h1", "h2", "h3", "p", "a", "bdi", "span", "i", "em", "strong", "b", "u", "dl", "dt", "dd"}
PARTS = {"div", "header", "nav", "main", "section", "footer", "figure", "picture", "source", "img"}
TAGS = HEAD | TEXT | PARTS | {"table", "thead", "tbody", "tr", "th", "td", "details", "summary", "iframe"}


class Parsed(HTMLParser):
    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.raw: dict[str, list[str]] = {"script": [], "style": []}
        self.text: list[str] = []
        self._raw: str | None = None
        self.feed(content.decode("utf-8"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._raw = tag if tag in self.raw else None
        if self._raw:
            self.raw[tag].append("")

    def handle_endtag(self, tag: str) -> None:
        self._raw = None

    def handle_data(self, data: str) -> None:
        if self._raw:
            self.raw[self._raw][-1] += data
        else:
            self.text.append(data)

    @property
    def policy(self) -> dict[str, str]:
        content = next(found["content"] for tag, found in self.tags if "http-equiv" in found)
        return dict(part.split(" ", 1) for part in (content or "").split("; "))


def hashed(source: str) -> str:
    return f"'sha256-{b64encode(sha256(source.encode()).digest()).decode()}'"


@pytest.fixture(scope="module")
def judged(tiny: Checkpoint) -> Report:
    return subjects.report(tiny, trust=True)


@pytest.fixture(scope="module")
def compared(tiny: Checkpoint, tiny_other: Checkpoint) -> Comparison:
    return subjects.comparison(tiny, tiny_other)


@pytest.fixture(scope="module", params=["plain", "judged", "comparison", "runs", *range(len(subjects.HOSTILE))])
def subject(request: pytest.FixtureRequest, tiny: Checkpoint, tiny_other: Checkpoint) -> Subject:
    if isinstance(request.param, int):
        hostile = subjects.HOSTILE[request.param]
        found = subjects.renamed(subjects.report(tiny, hostile), hostile)
        return subjects.runs(found, subjects.comparison(tiny, tiny_other, hostile), note=hostile, tags=(hostile,))
    judged, compared = (request.getfixturevalue(name) for name in ("judged", "compared"))
    made: dict[str, Subject] = {
        "plain": judged.model_copy(update={"trust": None}),
        "judged": judged,
        "comparison": compared,
        "runs": subjects.runs(judged, compared),
    }
    return made[request.param]


def test_only_our_own_markup_is_in_the_page(subject: Subject) -> None:
    page = Parsed(HTML.render(subject))
    assert {tag for tag, _ in page.tags} <= TAGS
    assert [found.get("type") for tag, found in page.tags if tag == "script"] == ["application/json", None]
    for _, found in page.tags:
        assert not [name for name in found if name.startswith("on") or name == "style"]
        for name in ("src", "srcset", "href"):
            assert (found.get(name) or "#").startswith(("#", "data:image/svg+xml;base64,"))
    # Nothing invisible is left that a terminal or a browser would act on.
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\r]", "".join(page.text))


def test_the_policy_allows_the_page_itself_and_nothing_else(subject: Subject) -> None:
    page = Parsed(HTML.render(subject))
    assert page.policy == {
        "default-src": "'none'",
        "script-src": hashed(page.raw["script"][-1]),
        "style-src": hashed(page.raw["style"][0]),
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_the_page_carries_the_result_as_json(subject: Subject) -> None:
    content = HTML.render(subject)
    page = Parsed(content)
    carried = next(found for tag, found in page.tags if tag == "script")
    assert carried == {"type": "application/json", "id": "workbench-report"}
    assert json.loads(page.raw["script"][0]) == json.loads(json.dumps(subject_document(subject)))
    assert not re.search("[<>&\u2028\u2029]", page.raw["script"][0])


def test_the_same_subject_gives_the_same_bytes(subject: Subject, compared: Comparison) -> None:
    first = HTML.render(subject)
    HTML.render(compared)
    assert HTML.render(type(subject).model_validate_json(subject.model_dump_json())) == first


def test_headings_are_in_order_and_tables_have_heads(subject: Subject) -> None:
    page = Parsed(HTML.render(subject))
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert page.tags[0] == ("html", {"lang": "en"})
    assert all(found.get("scope") in {"row", "col"} for tag, found in page.tags if tag == "th")
    assert all(found.get("alt") for tag, found in page.tags if tag == "img")


def test_the_text_can_be_read_in_the_page(judged: Report) -> None:
    assert judged.prediction.text in "".join(Parsed(HTML.render(judged)).text)


def test_drawings_hold_no_script_and_no_address(judged: Report) -> None:
    page = Parsed(HTML.render(judged))
    drawings = [found.get("src") or found.get("srcset") or "" for tag, found in page.tags if tag in {"img", "source"}]
    assert len(drawings) == 2
    for drawing in drawings:
        svg = b64decode(drawing.partition(",")[2]).decode()
        assert svg.startswith("<svg ")
        assert "SHAP" in svg
        assert not re.search(r"<script|<style|href|url\(|https?://(?!www\.w3\.org/)", svg)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('<b a="\'">&', "&lt;b a=&quot;&#x27;&quot;&gt;&amp;"),
        ("a\x00b\x1b\x7f\x9f", "a\u2400b\u241b\u2421\ufffd"),
        ("one\r\ntwo\rthree\tfour", "one\ntwo\nthree\tfour"),
    ],
)
def test_text_is_escaped_and_what_is_invisible_is_shown(text: str, expected: str) -> None:
    assert shown(text) == expected


def test_json_cannot_leave_its_element() -> None:
    written = data_html({"</script>": "<!--<script>&amp;\u2028\u2029"})
    assert written.count("<") == written.count(">") == 2
    inside = written.partition(">")[2].removesuffix("</script>")
    assert json.loads(inside) == {"</script>": "<!--<script>&amp;\u2028\u2029"}


def test_a_view_is_framed_and_its_scripts_are_allowed_by_hash(tiny: Checkpoint, judged: Report) -> None:
    view = attention_view(tiny, judged.prediction)
    assert view.title == "BertViz, head view: layers 1 and 2 of 2"
    page = Parsed(HTML.render(judged, [view]))
    frames = [found for tag, found in page.tags if tag == "iframe"]
    assert len(frames) == 1
    assert set(frames[0]) == {"title", "sandbox", "data-document"}
    assert (frames[0]["sandbox"], frames[0]["data-document"]) == ("allow-scripts", view.html)
    inside = Parsed(view.html.encode())
    assert len(inside.raw["script"]) >= 4
    scripts = [page.raw["script"][-1], *inside.raw["script"]]
    assert page.policy["script-src"].split() == list(dict.fromkeys(map(hashed, scripts)))
    assert page.policy["style-src"].split() == list(
        dict.fromkeys(map(hashed, [*page.raw["style"], *inside.raw["style"]]))
    )
    assert page.policy["style-src-attr"] == "'unsafe-inline'"


def test_a_view_cannot_leave_its_attribute(judged: Report) -> None:
    hostile = View('"><script>alert(1)</script>', '<p title="x">\r\n</p></iframe><script>"&quot;1</script>')
    page = Parsed(HTML.render(judged, [hostile]))
    assert sum(tag == "script" for tag, _ in page.tags) == 2
    frame = next(found for tag, found in page.tags if tag == "iframe")
    assert frame["title"] == hostile.title
    assert frame["data-document"] == hostile.html.replace("\r\n", "\n")
    assert hashed('"&quot;1') in page.policy["script-src"]


@pytest.mark.slow
def test_a_long_review_with_all_methods_stays_under_a_megabyte(make_checkpoint: Callable[..., Path]) -> None:
    checkpoint = load_checkpoint(str(make_checkpoint(limit=512)), device="cpu")
    text = "The room was clean and the staff were very good, but the food was terrible and cold: never again! " * 24
    found = subjects.report(checkpoint, text, methods=("all",), budget=20, trust=True)
    assert len(found.prediction.tokens) == 512
    assert len(found.explanations) >= 7
    assert 300_000 < len(HTML.render(found)) < 1_000_000
