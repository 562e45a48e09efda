"""Reports as one HTML file that a colleague opens with no network and no install."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import Any

from workbench.reports.base import Format, Subject, register
from workbench.reports.document import Document, Section, View
from workbench.reports.html_blocks import block_html, graded_css, shown
from workbench.reports.html_policy import policy
from workbench.reports.telling import tell

# The element that carries the result as JSON.
DATA_ID = "workbench-report"

_FOOTER = "This file loads nothing from anywhere. It holds the whole result as JSON; workbench verify checks it."


@register
class HtmlReport(Format):
    """The format that any browser shows."""

    suffix = ".html"
    title = "HTML"
    mime = "text/html"
    shows_views = True

    def render(self, subject: Subject, views: Sequence[View] = ()) -> bytes:
        """See ``Format.render``; the same subject and views give the same bytes."""
        document = tell(subject)
        if views:
            document = replace(document, sections=(*document.sections, Section("Attention", tuple(map(_plain, views)))))
        return _page(document).encode("utf-8")


def data_html(data: Mapping[str, Any]) -> str:
    """JSON that can stand in a page: nothing in it closes or opens a tag.

    Args:
        data: What to carry.

    Returns:
        The element.
    """
    written = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # Outside strings JSON has none of these signs, so that replacing them everywhere is safe.
    for sign in "<>&\u2028\u2029":
        written = written.replace(sign, f"\\u{ord(sign):04x}")
    return f'<script type="application/json" id="{DATA_ID}">{written}</script>'


def _plain(view: View) -> View:
    """The view with the line ends that a browser makes of it: hashes are over these."""
    return replace(view, html=view.html.replace("\r\n", "\n").replace("\r", "\n"))


def _page(document: Document) -> str:
    script, style = _template("report.js"), _template("report.css") + graded_css()
    views = [block for section in document.sections for block in section.blocks if isinstance(block, View)]
    named = [(f"part-{number}", section) for number, section in enumerate(document.sections, start=1)]
    links = "".join(f'<a href="#{name}">{shown(one.title)}</a>' for name, one in named if one.level == 2)
    parts = "\n".join(_section(name, section) for name, section in named)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy(script, style, views)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{shown(document.title)}</title>
<style>{style}</style>
</head>
<body>
<div class="page">
<header>
<h1><bdi>{shown(document.title)}</bdi></h1>
<p class="sub" dir="auto">{shown(document.subtitle)}</p>
<nav aria-label="Parts">{links}</nav>
</header>
<main>
{parts}
</main>
<footer>{_FOOTER}</footer>
</div>
{data_html(document.data)}
<script>{script}</script>
</body>
</html>
"""


def _section(name: str, section: Section) -> str:
    level = 2 if section.level == 2 else 3
    blocks = "\n".join(map(block_html, section.blocks))
    kind = ' class="sub3"' if level == 3 else ""
    return (
        f'<section id="{name}"{kind}><h{level}><bdi>{shown(section.title)}</bdi></h{level}>\n'
        f'<div class="box">{blocks}</div></section>'
    )


@cache
def _template(name: str) -> str:
    return (resources.files("workbench.reports") / "templates" / name).read_text(encoding="utf-8")
