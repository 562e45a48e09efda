"""The one palette: a diverging pair that colour-blind readers can tell apart, and a neutral for what has no sign."""

from __future__ import annotations

UP = "33,102,172"
DOWN = "217,95,2"
NEUTRAL = "110,106,134"

# For the lines of plots, Okabe and Ito's colours, which colour-blind readers can tell apart; dashes tell them apart
# without colour.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c6bb1", "#999999")
DASHES = ("", "6 3", "2 3", "8 3 2 3", "4 2", "1 2", "10 4", "3 1")

# Below this share of the scale a score gets no line, only a tint.
_LINED = 0.25
_STRONGEST = 0.55


def heat_style(strength: float, *, signed: bool = True) -> str:
    """The style of a piece of text by its score.

    The sign shows without colour too: a line below for what pushes the target up, above for what pushes it down.

    Args:
        strength: Score over the scale's top, -1 to 1; clipped.
        signed: Whether the sign means a direction.

    Returns:
        CSS declarations. Colours come from custom properties where the page sets them, so that themes can differ.
    """
    size = min(abs(strength), 1.0)
    if not signed:
        return f"background:rgba(var(--wb-neutral,{NEUTRAL}),{size * _STRONGEST:.3f});border-radius:3px"
    name, fallback, offset = ("up", UP, "-2px") if strength > 0 else ("down", DOWN, "2px")
    colour = f"var(--wb-{name},{fallback})"
    line = f";box-shadow:inset 0 {offset} 0 rgb({colour})" if size > _LINED else ""
    return f"background:rgba({colour},{size * _STRONGEST:.3f});border-radius:3px{line}"
