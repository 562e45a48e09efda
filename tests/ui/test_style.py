"""The style sheet: text can be read on both themes."""

from __future__ import annotations

import re
from base64 import b64decode
from pathlib import Path

import pytest
from contrast import LEAST, contrast

from workbench.ui import style
from workbench.ui.components import curves

SHEETS = Path(style.__file__).parent
# What is drawn with a colour rather than read: stars, of which the number stands beside them.
DRAWN = {".wb-stars", ".wb-stars i", ".wb-small-stars"}
PAGES = {"light": "#fbfbfa", "dark": "#15171c"}


def colours(theme: str) -> dict[str, str]:
    sheet = (SHEETS / f"{theme}.css").read_text(encoding="utf-8")
    return dict(re.findall(r"--(wb-[a-z]+):\s*([^;]+);", sheet))


def test_contrast_of_black_on_white() -> None:
    assert contrast("#000000", "255,255,255") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_can_be_read(theme: str) -> None:
    found = colours(theme)
    sheet = (SHEETS / "style.css").read_text(encoding="utf-8")
    seen = 0
    for names, body in re.findall(r"([^{}]+)\{([^{}]*)\}", sheet):
        if own := re.search(r"(?<![-a-z])color:\s*(?:rgb\()?var\(--(wb-[a-z]+)\)", body):
            ground = re.search(r"background:\s*var\(--(wb-[a-z]+)\)", body)
            grounds = [found[ground[1]]] if ground else [found["wb-panel"], PAGES[theme]]
            if own[1] == "wb-onaccent":
                grounds = [found["wb-accent"]]
            if {name.strip() for name in names.split(",")} <= DRAWN:
                continue
            seen += 1
            least = min(contrast(found[own[1]], one) for one in grounds)
            assert least >= LEAST, (names.strip(), own[1], round(least, 2))
    assert seen > 20


@pytest.mark.parametrize("dark", [False, True])
def test_the_axes_of_drawings_can_be_read(dark: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(curves, "is_dark", lambda: dark)
    data = re.findall(r"base64,([^\"]+)", curves.picture("0 0 1 1", "", "", "1px"))[0]
    axis = re.findall(r"\.wb-axis\{[^}]*fill:(#[0-9a-f]{6})", b64decode(data).decode())[0]
    theme = "dark" if dark else "light"
    assert min(contrast(axis, one) for one in (colours(theme)["wb-panel"], PAGES[theme])) >= LEAST
