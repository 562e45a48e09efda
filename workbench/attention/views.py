"""The three views of BertViz, drawn by its own JavaScript. The only module that imports bertviz.

Indices count from zero here; what readers see counts from one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from workbench.attention.document import Drawing, View, assemble
from workbench.attention.neuron import Neurons, neurons
from workbench.attention.selection import Limits, Selection, Shown, choose, ranges
from workbench.checkpoints import Checkpoint
from workbench.schema import AttentionMaps, Prediction

if TYPE_CHECKING:
    import torch

MAX_TOKEN_LETTERS = 20
# A guess at the vectors' length where only the maps are known; 64 in BERT, DistilBERT and RoBERTa.
_VECTOR = 64

HEAD_LIMITS = Limits(
    tokens=80,
    most_tokens=384,
    elements=150_000,
    drawn=lambda layers, heads, tokens: heads * tokens * (tokens + 2),
    numbers=lambda layers, heads, tokens: layers * heads * tokens * tokens,
)
MODEL_LIMITS = Limits(
    tokens=24,
    most_tokens=384,
    elements=150_000,
    drawn=lambda layers, heads, tokens: layers * heads * tokens * tokens,
    numbers=lambda layers, heads, tokens: layers * heads * tokens * tokens,
)
NEURON_LIMITS = Limits(
    tokens=64,
    most_tokens=128,
    elements=150_000,
    drawn=lambda layers, heads, tokens: tokens * (7 * tokens + 3 * _VECTOR),
    numbers=lambda layers, heads, tokens: layers * heads * tokens * (tokens + 2 * _VECTOR),
)

_TEMPLATE_MARKER = "const params = "
_NEURON_MARKER = "window.bertviz_params = "
# A model view lays its cells out for the number of heads; with fewer than eight they would be larger than the page.
_MODEL_COLUMNS = 8


def head_view(maps: AttentionMaps, selection: Selection) -> View:
    """Lines from each token to those it looks at, one colour a head, one layer at a time.

    Args:
        maps: The maps.
        selection: What to show.

    Returns:
        The view.

    Raises:
        InputError: The selection names what does not exist.
    """
    from bertviz.head_view import head_view as draw

    shown = choose(maps, selection, HEAD_LIMITS)
    html = draw(_weights(maps, shown), _labels(maps, shown), prettify_tokens=False, html_action="return").data
    drawing = Drawing(
        html=html,
        marker=_TEMPLATE_MARKER,
        params={"include_layers": _from_one(shown.layers)},
        css="""
            body {{ padding-left: 56px; }}
            svg {{ min-width: 340px; }}
            svg text {{ fill: {text}; }}
            rect.background {{ fill: {faint}; }}
            #attention {{ filter: {lift}; }}
        """,
        hint="Point at a token to see where it looks. "
        f"Squares, from the left: heads {ranges(shown.heads)}; click one to switch it, double-click to see it alone.",
        pixels=30 + 22.5 * len(_labels(maps, shown)),
    )
    return assemble(drawing, dark=selection.dark, note=shown.note)


def model_view(maps: AttentionMaps, selection: Selection) -> View:
    """A bird's eye view: one cell for each layer and head.

    Args:
        maps: The maps.
        selection: What to show.

    Returns:
        The view.

    Raises:
        InputError: The selection names what does not exist.
    """
    from bertviz.model_view import model_view as draw

    shown = choose(maps, selection, MODEL_LIMITS)
    labels = _labels(maps, shown)
    mode = "dark" if selection.dark else "light"
    html = draw(_weights(maps, shown), labels, prettify_tokens=False, display_mode=mode, html_action="return").data
    columns = max(_MODEL_COLUMNS, len(shown.heads))
    cell = 7 * 12 / columns * len(labels) + 10
    drawing = Drawing(
        html=html,
        marker=_TEMPLATE_MARKER,
        params={
            "include_layers": _from_one(shown.layers),
            "include_heads": _from_one(shown.heads),
            "total_heads": columns,
        },
        css="""
            svg text[fill="black"] {{ fill: {text}; }}
            svg[fill="black"], svg [fill="black"]:not(text) {{ fill: {background}; }}
        """,
        hint="Each cell is one head: lines run from a token on its left to those it looks at on its right. "
        "Click a cell to enlarge it.",
        pixels=max(40 + cell * len(shown.layers), 55 + 18 * len(labels)),
    )
    return assemble(drawing, dark=selection.dark, note=shown.note)


def neuron_view(checkpoint: Checkpoint, prediction: Prediction, maps: AttentionMaps, selection: Selection) -> View:
    """How attention comes about: query and key of each token, their product, and the softmax.

    Args:
        checkpoint: The model, which runs once more for its queries and keys.
        prediction: What it predicted.
        maps: Its maps.
        selection: What to show.

    Returns:
        The view.

    Raises:
        InputError: The selection names what does not exist.
        IncompatibleError: The model has no queries and keys that can be read.
    """
    shown = choose(maps, selection, NEURON_LIMITS)
    found = neurons(checkpoint, prediction.inputs, shown.layers, shown.heads)
    labels = _labels(maps, shown)
    drawing = Drawing(
        html=_draw_neurons(found, labels, shown, "dark" if selection.dark else "light"),
        marker=_NEURON_MARKER,
        params={
            "bidirectional": True,
            "shown": {"layer": _from_one(shown.layers), "att_head": _from_one(shown.heads)},
        },
        css="""
            #bertviz {{ background: {background} !important; }}
            svg {{ min-width: 1020px; }}
            #placeholder {{ fill: {text}; }}
        """,
        hint="Point at a token on the left to see where it looks; the plus sign beside it shows the computation: "
        "blue is positive, orange negative.",
        tail="""
            for (const [id, numbers] of Object.entries(window.bertviz_params.shown))
                document.querySelectorAll(`#${id} option`).forEach((option, i) => { option.textContent = numbers[i]; });
        """,
        pixels=120 + 26 * len(labels),
    )
    return assemble(drawing, dark=selection.dark, note=shown.note)


def _draw_neurons(found: Neurons, labels: list[str], shown: Shown, mode: str) -> str:
    from bertviz.neuron_view import show

    # Its model type with a tokenizer that adds nothing and renames nothing is "gpt2".
    html: str = show(
        _Recording(found, shown.window), "gpt2", _Labels(labels), "text", display_mode=mode, html_action="return"
    ).data
    return html


class _Recording:
    """Stands in for the models that bertviz brings: gives back what was read off the real one."""

    def __init__(self, found: Neurons, window: slice) -> None:
        self.found = found
        self.window = window

    def eval(self) -> None:
        """Do nothing: the real model was in evaluation mode."""

    def __call__(self, _ids: torch.Tensor) -> tuple[list[dict[str, torch.Tensor]]]:
        window, found = self.window, self.found
        arrays = {
            "attn": found.attention[:, :, window, window],
            "queries": found.queries[:, :, window],
            "keys": found.keys[:, :, window],
        }
        return ([{name: _batch(array[layer]) for name, array in arrays.items()} for layer in range(len(found.keys))],)


class _Labels:
    """Stands in for the tokenizer: the tokens are known."""

    def __init__(self, labels: list[str]) -> None:
        self.labels = labels

    def tokenize(self, _text: str) -> list[str]:
        return self.labels

    def convert_tokens_to_ids(self, tokens: Sequence[str]) -> list[int]:
        return [0] * len(tokens)


def _weights(maps: AttentionMaps, shown: Shown) -> list[torch.Tensor]:
    """One tensor a layer, of shape (1, heads, tokens, tokens)."""
    cut = maps.weights[:, :, shown.window, shown.window][np.ix_(shown.layers, shown.heads)]
    return [_batch(layer) for layer in cut]


def _batch(array: npt.NDArray[Any]) -> torch.Tensor:
    import torch

    return torch.from_numpy(array.astype(np.float32)).unsqueeze(0)


def _labels(maps: AttentionMaps, shown: Shown) -> list[str]:
    """Tokens as a reader knows them, cut to the width that the views have for them."""
    # Byte-level vocabularies write a space as this sign and letters beyond ASCII as others; the text itself is legible.
    bytewise = any(token.text.startswith("Ġ") for token in maps.tokens)
    names = [
        token.span.of(maps.text) if bytewise and token.span else token.text.replace("▁", " ").replace("</w>", "")
        for token in maps.tokens[shown.window]
    ]
    return [name if len(name) <= MAX_TOKEN_LETTERS else f"{name[: MAX_TOKEN_LETTERS - 1]}…" for name in names]


def _from_one(indices: Sequence[int]) -> list[int]:
    return [index + 1 for index in indices]
