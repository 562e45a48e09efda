from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from workbench.attention import VIEWS, Selection, View, head_view, model_view
from workbench.attention.assets import scripts
from workbench.attention.document import MAX_HEIGHT
from workbench.checkpoints import Checkpoint
from workbench.pipeline import classify
from workbench.schema import AttentionMaps, Prediction, Span

MOST_BYTES = 8_500_000
Draw = Callable[..., View]


@pytest.fixture(params=list(VIEWS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def draw(name: str, checkpoint: Checkpoint, prediction: Prediction, maps: AttentionMaps) -> Draw:
    def made(selection: Selection, of: AttentionMaps = maps) -> View:
        return VIEWS[name](checkpoint, prediction, of, selection)

    return made


def parameters(html: str) -> dict[str, Any]:
    """What the view's own script is given."""
    marker = re.search(r"(const params|window\.bertviz_params) = (?=\{)", html)
    assert marker
    found: dict[str, Any] = json.JSONDecoder().raw_decode(html, marker.end())[0]
    return found


def attention(params: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = (
        params["attention"][0] if isinstance(params["attention"], list) else params["attention"]["all"]
    )
    return found


def test_names() -> None:
    assert list(VIEWS) == ["head", "model", "neuron"]


def test_only_the_layers_and_heads_asked_for(draw: Draw, maps: AttentionMaps) -> None:
    sent = attention(parameters(draw(Selection(layers=(1,), heads=(1,))).html))
    np.testing.assert_allclose(sent["attn"], maps.weights[1:, 1:], atol=1e-3)
    assert np.shape(sent["attn"]) == (1, 1, 14, 14)
    assert sent["left_text"] == sent["right_text"] == [token.text for token in maps.tokens]


def test_all_layers_and_heads(draw: Draw, maps: AttentionMaps) -> None:
    view = draw(Selection(layers=(0, 1)))
    np.testing.assert_allclose(attention(parameters(view.html))["attn"], maps.weights, atol=1e-3)
    assert view.note == ""


def test_window_of_tokens(draw: Draw, maps: AttentionMaps) -> None:
    view = draw(Selection(layers=(0,), first_token=2, token_count=4))
    sent = attention(parameters(view.html))
    np.testing.assert_allclose(sent["attn"], maps.weights[:1, :, 2:6, 2:6], atol=1e-3)
    assert sent["left_text"] == ["food", "was", "very", "good"]
    assert view.note == "Shown: tokens 3 to 6 of 14, without the attention to the others."


def test_numbers_are_sent_once(draw: Draw) -> None:
    html = draw(Selection(layers=(0, 1))).html
    assert html.count('"attn":') == 1
    assert "PYTHON_PARAMS" not in html


def test_same_input_same_document(draw: Draw) -> None:
    assert draw(Selection(layers=(0, 1))) == draw(Selection(layers=(0, 1)))


def test_dark_differs_from_light(draw: Draw) -> None:
    assert "background: #0e1117" in draw(Selection(layers=(0,), dark=True)).html
    assert "background: #ffffff" in draw(Selection(layers=(0,))).html


def test_tokens_never_become_markup(draw: Draw, hostile_maps: AttentionMaps) -> None:
    html = draw(Selection(layers=(0,)), hostile_maps).html
    plain = draw(Selection(layers=(0,))).html
    for sign in ("<", ">", "&", "\u2028", "\u2029"):
        assert html.count(sign) == plain.count(sign)
    assert attention(parameters(html))["left_text"] == [token.text for token in hostile_maps.tokens]


def test_nothing_points_outside(draw: Draw) -> None:
    html = draw(Selection(layers=(0,))).html
    for source in scripts():
        html = html.replace(source, "")
    # The licence note of the scripts names where they come from; nothing else is an address.
    html = re.sub(r"^ \* +Based on:? https://\S+$", "", html, flags=re.MULTILINE)
    assert not re.search(r"https?:|\bsrc=|\bhref=|url\(|<link|@import", html)
    assert "default-src 'none'" in html.split("<title>")[0]


def test_height_is_bounded(draw: Draw) -> None:
    assert 0 < draw(Selection(layers=(0,))).height <= MAX_HEIGHT


@pytest.mark.parametrize("tokens", [None, 512])
@pytest.mark.parametrize("of", [head_view, model_view])
def test_long_text_stays_small(of: Draw, tokens: int | None, synthetic: Callable[..., AttentionMaps]) -> None:
    view = of(synthetic(12, 12, 512), Selection(layers=tuple(range(12)), token_count=tokens))
    assert view.bytes < MOST_BYTES
    assert "of 512 tokens" in view.note


@pytest.mark.parametrize("tokens", [None, 512])
def test_neurons_of_a_long_text_stay_small(checkpoint: Checkpoint, maps: AttentionMaps, tokens: int | None) -> None:
    long = classify(checkpoint, "good " * 600)
    wide = AttentionMaps(
        text=long.text, checkpoint=long.checkpoint, tokens=long.tokens, weights=np.zeros((2, 2, 512, 512), np.float16)
    )
    view = VIEWS["neuron"](checkpoint, long, wide, Selection(layers=(0, 1), token_count=tokens))
    assert view.bytes < MOST_BYTES
    assert "of 512 tokens" in view.note


def test_bytewise_tokens_read_as_the_text(maps: AttentionMaps) -> None:
    first = maps.tokens[1].model_copy(update={"text": "ĠcafÃ©", "span": Span(start=0, end=4)})
    bytewise = maps.model_copy(update={"text": "café", "tokens": (maps.tokens[0], first)})
    bytewise = bytewise.model_copy(update={"weights": maps.weights[:, :, :2, :2]})
    assert attention(parameters(head_view(bytewise, Selection(layers=(0,))).html))["left_text"] == ["[CLS]", "café"]


def test_long_tokens_are_cut(synthetic: Callable[..., AttentionMaps]) -> None:
    maps = synthetic(1, 1, 1)
    long = maps.model_copy(update={"tokens": (maps.tokens[0].model_copy(update={"text": "x" * 100}),)})
    assert attention(parameters(head_view(long, Selection(layers=(0,))).html))["left_text"] == ["x" * 19 + "…"]
