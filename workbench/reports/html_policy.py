"""What the page of a report may do: run its own script, wear its own style, and nothing else."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from html.parser import HTMLParser

from workbench.reports.document import View


def policy(script: str, style: str, views: Sequence[View] = ()) -> str:
    """The content security policy of a page.

    A frame whose document is given in place lives under the policy of the page around it. So the scripts and style
    sheets of the views are allowed too, each by its hash; and because their drawing libraries set style attributes,
    these are allowed where there is a view. Views keep a policy of their own beside it: neither loads anything.

    Args:
        script: The page's only script.
        style: The page's only style sheet.
        views: Documents in frames.

    Returns:
        The value of the policy.
    """
    found = [_sources(view.html) for view in views]
    scripts = dict.fromkeys([script, *(source for one in found for source in one.scripts)])
    styles = dict.fromkeys([style, *(source for one in found for source in one.styles)])
    parts = [
        "default-src 'none'",
        f"script-src {' '.join(map(_hashed, scripts))}",
        f"style-src {' '.join(map(_hashed, styles))}",
        *(["style-src-attr 'unsafe-inline'"] if views else []),
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    return "; ".join(parts)


def _hashed(source: str) -> str:
    return f"'sha256-{b64encode(sha256(source.encode()).digest()).decode('ascii')}'"


class _Sources(HTMLParser):
    """Collects the scripts and style sheets that stand in a document."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self._open: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open = {"script": self.scripts, "style": self.styles}.get(tag)
        if self._open is not None:
            self._open.append("")

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self._open[-1] += data

    def handle_endtag(self, tag: str) -> None:
        self._open = None


def _sources(html: str) -> _Sources:
    found = _Sources()
    found.feed(html)
    found.close()
    return found
