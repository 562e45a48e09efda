"""Labelled bars."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from html import escape

# Widths in em: of the column of labels in the style sheet, of a letter, and the most that labels take.
_COLUMN, _LETTER, _WIDEST = 5.2, 0.56, 16.0


def label_style(labels: Sequence[str]) -> str:
    """Room for the longest of the labels beside their bars; what is longer still is cut, and whole on hover.

    Args:
        labels: Of all bars that stand below one another.

    Returns:
        An attribute of each label's element; empty where the usual room is enough.
    """
    wanted = min(max(map(len, labels), default=0) * _LETTER, _WIDEST)
    return f' style="flex-basis:min({wanted:.1f}em,45%)"' if wanted > _COLUMN else ""


def share_bars(labels: Sequence[str], shares: Sequence[float], chosen: Collection[str]) -> str:
    """One bar a label, 0 to 1, the chosen ones marked.

    Args:
        labels: Names.
        shares: Numbers from 0 to 1.
        chosen: The labels to mark.

    Returns:
        HTML.
    """
    room = label_style(labels)
    return "".join(
        f'<div class="wb-pb"><span title="{escape(label)}"{room}>{escape(label)}</span>'
        f'<i><b class="{"wb-on" if label in chosen else ""}" style="width:{share * 100:.1f}%"></b></i>'
        f"<em>{share:.3f}</em></div>"
        for label, share in zip(labels, shares, strict=True)
    )


def signed_bars(labels: Sequence[str], values: Sequence[float], chosen: Collection[str]) -> str:
    """One bar a label from a line in the middle, to the left where negative.

    Args:
        labels: Names.
        values: Any numbers.
        chosen: The labels to mark.

    Returns:
        HTML.
    """
    top, room = max(map(abs, values)) or 1.0, label_style(labels)
    return "".join(
        f'<div class="wb-pb"><span title="{escape(label)}"{room}>{escape(label)}</span><i class="wb-bare">'
        f'<b class="{"wb-on" if label in chosen else ""}" style="{"right" if value < 0 else "left"}:50%;'
        f'width:{abs(value) / top * 50:.1f}%"></b></i><em>{value:+.2f}</em></div>'
        for label, value in zip(labels, values, strict=True)
    )
