"""The fonts that a PDF can use, and which signs none of them has."""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path
from shutil import copy
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typst import FontInfo, Fonts

# What a report is set in, the first that is there. DejaVu Sans always is.
_PREFERRED = ("Liberation Sans", "Arial", "Helvetica", "Noto Sans")
_FALLBACK = "DejaVu Sans"
_FALLBACK_FILES = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSans-Oblique.ttf")
# Fonts that have a sign for everything, the same for all of a script.
_LAST_RESORT = "lastresort"

_drawn: dict[str, bool] = {}


@cache
def fonts() -> Fonts:
    """The fonts of this machine, with typst's own, and with one of many scripts even where the machine has none."""
    from typst import Fonts

    found = Fonts()
    return found if _FALLBACK in found.families() else Fonts(font_paths=[_fallback_folder().name])


@cache
def families() -> tuple[str, ...]:
    """The families to set a report in; for signs that they lack, typst looks through all others."""
    there = set(fonts().families())
    return (*(name for name in _PREFERRED if name in there), _FALLBACK)


def lacking(text: str) -> frozenset[str]:
    """The signs of a text that no font can draw.

    Args:
        text: Any text.

    Returns:
        Each of them once; white space is never one.
    """
    asked = {sign for sign in text if not sign.isspace()}
    unknown = asked - _drawn.keys()
    for path, index in _files() if unknown else ():
        has = _characters(path, index)
        found = {sign for sign in unknown if ord(sign) in has}
        _drawn.update(dict.fromkeys(found, True))
        unknown -= found
        if not unknown:
            break
    _drawn.update(dict.fromkeys(unknown, False))
    return frozenset(sign for sign in asked if not _drawn[sign])


@cache
def _fallback_folder() -> TemporaryDirectory[str]:
    """A folder with the fonts that come with matplotlib and nothing else, there as long as this process."""
    import matplotlib

    folder = TemporaryDirectory(prefix="workbench-fonts-")
    for name in _FALLBACK_FILES:
        copy(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name, folder.name)
    return folder


@cache
def _files() -> tuple[tuple[str, int], ...]:
    """One face a family, the plainest, those that reports are set in first."""
    plainest: dict[str, FontInfo] = {}
    for one in fonts().fonts():
        if one.path is None or _LAST_RESORT in one.family.replace(" ", "").lower():
            continue
        if one.family not in plainest or _fanciness(one) < _fanciness(plainest[one.family]):
            plainest[one.family] = one
    order = sorted(plainest, key=lambda family: (family not in families(), family))
    return tuple((str(plainest[family].path), plainest[family].index) for family in order)


def _fanciness(face: FontInfo) -> tuple[bool, int]:
    return face.style != "normal", abs(face.weight - 400)


@lru_cache(maxsize=16)
def _characters(path: str, index: int) -> frozenset[int]:
    """The code points that a font file has; none where it cannot be read."""
    from fontTools.ttLib import TTFont, TTLibError

    try:
        with TTFont(path, fontNumber=index, lazy=True) as font:
            return frozenset(font.getBestCmap() or ())
    except (TTLibError, OSError, KeyError, ValueError):
        return frozenset()
