"""Signs that nobody sees, or that no font can draw, written out: ``[U+202E]``."""

from __future__ import annotations

from collections.abc import Iterable

import regex

# Joiners and variation selectors belong to emoji and to scripts beyond Latin; anywhere else they only hide something.
_KEPT = r"(?<=[^\x00-\x7f\u200b-\u200f])[\u200c\u200d]|(?<=[0-9#*]|[^\x00-\x7f\u200b-\u200f])[\ufe0e\ufe0f]"
_HIDDEN = regex.compile(rf"(?V1)(?:(?!{_KEPT})[[\p{{DI}}\p{{Cc}}\p{{Cs}}\p{{Co}}\p{{Cn}}\p{{Zl}}\p{{Zp}}]--[\n]])+")
_JOINED = "\u200c\u200d\ufe0e\ufe0f"


def visible(text: str, lacking: Iterable[str] = ()) -> str:
    """A text without hidden signs: control signs, marks of direction, zero widths, unassigned code points.

    Args:
        text: Any text.
        lacking: Signs that cannot be drawn.

    Returns:
        The same with each run of such signs as their numbers in brackets. Line ends are one ``\\n`` each, tabs a space.
    """
    plain = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    shown = _HIDDEN.sub(_numbers, plain)
    signs = "".join(map(regex.escape, sorted(set(lacking))))
    return regex.sub(f"[{signs}][{signs}{_JOINED}]*", _numbers, shown) if signs else shown


def _numbers(run: regex.Match[str]) -> str:
    return f"[{' '.join(f'U+{ord(sign):04X}' for sign in run.group())}]"
