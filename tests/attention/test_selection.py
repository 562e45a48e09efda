from __future__ import annotations

from collections.abc import Callable

import pytest
from pydantic import ValidationError

from workbench.attention import Selection
from workbench.attention.selection import Limits, choose, ranges
from workbench.errors import InputError
from workbench.schema import AttentionMaps

LIMITS = Limits(
    tokens=8,
    most_tokens=20,
    elements=1000,
    drawn=lambda layers, heads, tokens: layers * heads * tokens * tokens,
    numbers=lambda layers, heads, tokens: layers * heads * tokens * tokens,
)
Make = Callable[..., AttentionMaps]


def test_all_of_a_short_text_without_a_note(synthetic: Make) -> None:
    shown = choose(synthetic(2, 2, 6), Selection(layers=(1, 0)), LIMITS)
    assert (shown.layers, shown.heads, shown.window, shown.note) == ((0, 1), (0, 1), slice(0, 6), "")


def test_long_text_is_cut_to_the_window_and_then_layers_go(synthetic: Make) -> None:
    shown = choose(synthetic(6, 4, 30), Selection(layers=(0, 1, 2, 3, 4, 5)), LIMITS)
    assert (shown.layers, shown.heads, shown.window) == ((0, 1, 2), (0, 1, 2, 3), slice(0, 8))
    assert shown.note == (
        "Shown: the first 8 of 30 tokens, without the attention to the others; layers 1-3 of the 6 asked for."
    )


def test_heads_go_when_not_even_one_layer_fits(synthetic: Make) -> None:
    shown = choose(synthetic(2, 4, 30), Selection(layers=(1,), heads=(0, 1, 3), token_count=20, first_token=5), LIMITS)
    assert (shown.layers, shown.heads, shown.window) == ((1,), (0, 1), slice(5, 25))
    assert shown.note == (
        "Shown: tokens 6 to 25 of 30, without the attention to the others; heads 1-2 of the 3 asked for."
    )


def test_window_stops_at_the_end(synthetic: Make) -> None:
    assert choose(synthetic(1, 1, 10), Selection(layers=(0,), first_token=7), LIMITS).window == slice(7, 10)


@pytest.mark.parametrize(
    ("selection", "message"),
    [
        (Selection(layers=(2,)), "there is no layer 2, counted from zero; give 0 to 1"),
        (Selection(layers=(0,), heads=(0, 2)), "there is no head 2"),
        (Selection(layers=(0,), first_token=6), "there is no token 6"),
    ],
)
def test_what_does_not_exist_is_refused(synthetic: Make, selection: Selection, message: str) -> None:
    with pytest.raises(InputError, match=message):
        choose(synthetic(2, 2, 6), selection, LIMITS)


@pytest.mark.parametrize(
    "fields", [{"layers": ()}, {"layers": (-1,)}, {"layers": (0, 0)}, {"layers": (0,), "heads": ()}]
)
def test_senseless_selection_is_refused(fields: dict[str, tuple[int, ...]]) -> None:
    with pytest.raises(ValidationError):
        Selection.model_validate(fields)


def test_ranges_count_from_one() -> None:
    assert ranges((0, 1, 2, 5, 7, 8)) == "1-3, 6, 8-9"
