"""What of the attention maps a view shows: the caller's wish, cut down to what a browser can draw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated

from pydantic import AfterValidator, Field

from workbench.errors import InputError
from workbench.schema import AttentionMaps, Frozen

# A weight takes six bytes at most in a document ("0.123,"), which bounds it to about 8 MB.
MAX_NUMBERS = 1_250_000


def _distinct(indices: tuple[int, ...]) -> tuple[int, ...]:
    if len(set(indices)) != len(indices):
        raise ValueError("an index is named twice")
    return tuple(sorted(indices))


Indices = Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(min_length=1), AfterValidator(_distinct)]


class Selection(Frozen):
    """What a view is asked to show. All indices count from zero; what readers see counts from one.

    Attributes:
        layers: Layers, at least one.
        heads: Heads of each layer, or none for all.
        first_token: Where the window of tokens starts.
        token_count: Length of the window; by default what the view shows with ease.
        dark: For a dark page.
    """

    layers: Indices
    heads: Indices | None = None
    first_token: Annotated[int, Field(ge=0)] = 0
    token_count: Annotated[int, Field(ge=1)] | None = None
    dark: bool = False


@dataclass(frozen=True)
class Limits:
    """What one view can show.

    Attributes:
        tokens: Window length when the caller names none.
        most_tokens: Window length with a single layer and head.
        elements: The most SVG elements drawn at once.
        drawn: Elements drawn for so many layers, heads and tokens.
        numbers: Numbers sent for so many layers, heads and tokens.
    """

    tokens: int
    most_tokens: int
    elements: int
    drawn: Callable[[int, int, int], int]
    numbers: Callable[[int, int, int], int]

    def fit(self, layers: int, heads: int, tokens: int) -> bool:
        """Whether a browser stays usable with so many."""
        return self.drawn(layers, heads, tokens) <= self.elements and self.numbers(layers, heads, tokens) <= MAX_NUMBERS


@dataclass(frozen=True)
class Shown:
    """What is really shown. Indices count from zero.

    Attributes:
        layers: Layers.
        heads: Heads.
        window: Tokens.
        note: What was left out, in words; empty when nothing was.
    """

    layers: tuple[int, ...]
    heads: tuple[int, ...]
    window: slice
    note: str


def choose(maps: AttentionMaps, selection: Selection, limits: Limits) -> Shown:
    """Cut a selection down to what a view can show.

    Tokens go first (down to the view's window), then heads until one layer fits, then layers.

    Args:
        maps: The maps.
        selection: What was asked for.
        limits: Of the view.

    Returns:
        What to show, and a note of what is missing.

    Raises:
        InputError: A layer, a head or the first token does not exist.
    """
    count = len(maps.tokens)
    all_heads = tuple(range(maps.heads)) if selection.heads is None else selection.heads
    _check("layer", selection.layers, maps.layers)
    _check("head", all_heads, maps.heads)
    _check("token", (selection.first_token,), count)
    wanted = min(selection.token_count or limits.tokens, limits.most_tokens)
    tokens = min(wanted, count - selection.first_token)
    heads = _most(all_heads, lambda size: limits.fit(1, size, tokens))
    layers = _most(selection.layers, lambda size: limits.fit(size, len(heads), tokens))
    window = slice(selection.first_token, selection.first_token + tokens)
    parts = [_tokens_note(window, count)] if tokens < count else []
    parts += [_cut_note("layers", layers, selection.layers)] if len(layers) < len(selection.layers) else []
    parts += [_cut_note("heads", heads, all_heads)] if len(heads) < len(all_heads) else []
    return Shown(layers, heads, window, f"Shown: {'; '.join(parts)}." if parts else "")


def _check(kind: str, indices: Sequence[int], count: int) -> None:
    if indices[-1] >= count:
        raise InputError(f"there is no {kind} {indices[-1]}, counted from zero", f"give 0 to {count - 1}")


def _most(items: tuple[int, ...], fits: Callable[[int], bool]) -> tuple[int, ...]:
    """The longest beginning that fits, at least one item."""
    return next((items[:size] for size in range(len(items), 1, -1) if fits(size)), items[:1])


def _tokens_note(window: slice, count: int) -> str:
    first = window.start == 0
    which = (
        f"the first {window.stop} of {count} tokens"
        if first
        else f"tokens {window.start + 1} to {window.stop} of {count}"
    )
    return f"{which}, without the attention to the others"


def _cut_note(kind: str, kept: tuple[int, ...], asked: tuple[int, ...]) -> str:
    return f"{kind if len(kept) > 1 else kind[:-1]} {ranges(kept)} of the {len(asked)} asked for"


def ranges(indices: tuple[int, ...]) -> str:
    """Indices in words.

    Args:
        indices: Ascending, counted from zero.

    Returns:
        Counted from one: ``(0, 1, 2, 5)`` is ``1-3, 6``.
    """
    runs = [[i for _, i in run] for _, run in groupby(enumerate(indices), key=lambda pair: pair[1] - pair[0])]
    return ", ".join(str(run[0] + 1) if len(run) == 1 else f"{run[0] + 1}-{run[-1] + 1}" for run in runs)
