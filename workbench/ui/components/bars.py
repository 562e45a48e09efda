"""Labelled bars."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from html import escape


def share_bars(labels: Sequence[str], shares: Sequence[float], chosen: Collection[str]) -> str:
    """One bar a label, 0 to 1, the chosen ones marked.

    Args:
        labels: Names.
        shares: Numbers from 0 to 1.
        chosen: The labels to mark.

    Returns:
        HTML.
    """
    return "".join(
        f'<div class="wb-pb"><span title="{escape(label)}">{escape(label)}</span>'
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
    top = max(map(abs, values)) or 1.0
    return "".join(
        f'<div class="wb-pb"><span title="{escape(label)}">{escape(label)}</span><i class="wb-bare">'
        f'<b class="{"wb-on" if label in chosen else ""}" style="{"right" if value < 0 else "left"}:50%;'
        f'width:{abs(value) / top * 50:.1f}%"></b></i><em>{value:+.2f}</em></div>'
        for label, value in zip(labels, values, strict=True)
    )
