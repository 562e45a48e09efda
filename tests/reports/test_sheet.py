"""The style sheet of a report: text can be read on both themes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from contrast import LEAST, contrast

from workbench import reports

SHEET = (Path(reports.__file__).parent / "templates" / "report.css").read_text("utf-8")
_, LIGHT, DARK = SHEET.split(":root", 2)
# What is drawn with a colour rather than read; the number of stars stands beside them.
DRAWN = {".stars", ".stars i"}


def colours(theme: str) -> dict[str, str]:
    def named(text: str) -> dict[str, str]:
        return dict(re.findall(r"--([a-z-]+):\s*([^;]+);", text[: text.index("color-scheme")]))

    return named(LIGHT) | (named(DARK) if theme == "dark" else {})


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_can_be_read(theme: str) -> None:
    found = colours(theme)
    seen = 0
    for names, body in re.findall(r"([^{}]+)\{([^{}]*)\}", SHEET):
        own = re.search(r"(?<![-a-z])color:\s*var\(--([a-z]+)\)", body)
        if own is None or {name.strip() for name in names.split(",")} <= DRAWN:
            continue
        seen += 1
        assert "opacity" not in body, f"{names.strip()} is paler than its colour"
        ground = re.search(r"background:\s*var\(--([a-z]+)\)", body)
        grounds = [found[ground[1]]] if ground else [found["page"], found["panel"]]
        assert min(contrast(found[own[1]], one) for one in grounds) >= LEAST, names.strip()
    assert seen > 12
