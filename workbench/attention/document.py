"""From what bertviz returns to a document of its own: no network, no markup from tokens, each number sent once."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from workbench.attention.assets import scripts

DECIMALS = 3
MAX_HEIGHT = 800
DARK_BACKGROUND = "#0e1117"
LIGHT_BACKGROUND = "#ffffff"

# Nothing may be fetched, whatever a token says: the scripts and styles are all in the document.
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
    "base-uri 'none'; form-action 'none'"
)
_CDN_SCRIPT = re.compile(r'<script src="[^"]*"></script>')
_CDN_PATHS = re.compile(r"https://cdnjs\.cloudflare\.com/[^']*")
_ROOT = re.compile(r"bertviz-[0-9a-f]{32}")
_BASE_CSS = """
body {{ margin: 8px; background: {background}; color: {text}; font: 14px Helvetica, Arial, sans-serif; }}
select {{ background: {background}; color: {text}; border: 1px solid {faint}; border-radius: 4px; padding: 2px 4px; }}
.hint {{ margin: 0 0 8px; color: {muted}; font-size: 13px; }}
svg {{ overflow: visible; display: block; }}
"""
_DARK = {
    "background": DARK_BACKGROUND,
    "text": "#e6e6e6",
    "muted": "#a0a4ad",
    "faint": "#444a55",
    # Lines of many heads, each of a small part of its colour, sum up to nearly black on a dark page.
    "lift": "brightness(2.2)",
}
_LIGHT = {"background": LIGHT_BACKGROUND, "text": "#1a1c22", "muted": "#5d636e", "faint": "#c3c7cf", "lift": "none"}


@dataclass(frozen=True)
class View:
    """An attention view as a document of its own.

    Attributes:
        html: The whole document; it fetches nothing.
        height: Pixels it takes, at most ``MAX_HEIGHT``; it scrolls beyond.
        note: What was left out, in words; empty when nothing was.
    """

    html: str
    height: int
    note: str

    @property
    def bytes(self) -> int:
        """Size of the document in UTF-8."""
        return len(self.html.encode("utf-8"))


@dataclass(frozen=True)
class Drawing:
    """What one bertviz function returned, and how to show it.

    Attributes:
        html: As bertviz returned it.
        marker: What stands in the source right before its parameters.
        params: Parameters to add or to replace.
        css: Beyond that of all views; ``{text}``, ``{faint}`` and ``{background}`` stand for the colours of the page,
            and ``{lift}`` for the filter that makes faint lines seen on it.
        hint: How to read the view, plain text.
        tail: JavaScript to run after it.
        pixels: Height of the drawing.
    """

    html: str
    marker: str
    params: dict[str, Any]
    css: str
    hint: str
    pixels: float
    tail: str = ""


def assemble(drawing: Drawing, *, dark: bool, note: str) -> View:
    """Make the document.

    Args:
        drawing: What bertviz returned.
        dark: For a dark page.
        note: What was left out.

    Returns:
        The view; the same drawing always gives the same document.
    """
    colours = _DARK if dark else _LIGHT
    css = _BASE_CSS.format(**colours) + drawing.css.format(**colours)
    libraries = "".join(f"<script>{source}</script>\n" for source in scripts())
    html = f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<title>Attention</title>
<style>{css}</style>
{libraries}</head><body>
<p class="hint">{drawing.hint}</p>
{_offline(drawing)}
{f"<script>{drawing.tail}</script>" if drawing.tail else ""}
</body></html>
"""
    # The select boxes, the hint and the margins take about 90 pixels.
    return View(html=html, height=min(MAX_HEIGHT, round(drawing.pixels) + 90), note=note)


def _offline(drawing: Drawing) -> str:
    """The HTML of bertviz with its parameters rounded, escaped and written once, and without its links."""
    start = drawing.html.index(drawing.marker) + len(drawing.marker)
    params, end = json.JSONDecoder(parse_float=_rounded).raw_decode(drawing.html, start)
    before = _CDN_SCRIPT.sub("", drawing.html[:start])
    # The template's marker stands in a comment too, where bertviz writes all numbers again: drop that line's rest.
    after = drawing.html[drawing.html.index("\n", end) :]
    before, after = (_CDN_PATHS.sub("", _ROOT.sub("bertviz", part)) for part in (before, after))
    return f"{before}{_literal(params | drawing.params | {'root_div_id': 'bertviz'})};{after}"


def _rounded(number: str) -> float:
    # An integer nought is two characters shorter, and most weights of a long text are nought.
    return round(float(number), DECIMALS) or 0


def _literal(value: Any) -> str:
    """A JavaScript literal that can stand in a script: ASCII only, and nothing in it closes or opens a tag."""
    written = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    # Outside strings JSON has none of these signs, so that replacing them everywhere is safe.
    return written.replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026")
