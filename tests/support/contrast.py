"""How well text of one colour can be read on another (WCAG 2.2)."""

from __future__ import annotations

LEAST = 4.5  # 1.4.3


def channels(colour: str) -> tuple[float, ...]:
    if colour.startswith("#"):
        colour = colour if len(colour) == 7 else "#" + "".join(sign * 2 for sign in colour[1:])
        return tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return tuple(float(one) for one in colour.split(","))


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    shares = [one / 255 for one in channels(colour)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in shares]
    return sum(weight * one for weight, one in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)
