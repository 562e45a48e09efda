"""A view of attention to put into a report."""

from __future__ import annotations

from workbench.attention import VIEWS, Selection, attention_maps
from workbench.checkpoints import Checkpoint
from workbench.reports.document import View
from workbench.schema import Prediction

# What a reader of a report sees: the layers that decide, and as many tokens as are legible.
LAST_LAYERS = 2
FIRST_TOKENS = 48


def attention_view(checkpoint: Checkpoint, prediction: Prediction, kind: str = "head") -> View:
    """One of BertViz's views, as a document that loads nothing.

    Args:
        checkpoint: The model that predicted.
        prediction: Whose attention is shown; of a text read in windows, that of the first.
        kind: ``head``, ``model`` or ``neuron``.

    Returns:
        The view, of the last layers and the first tokens; its title says what is left out.

    Raises:
        InputError: There is no such view.
        IncompatibleError: The model returns no attentions.
    """
    draw = VIEWS[kind]
    shown = prediction.passes[0]
    maps = attention_maps(checkpoint, shown)
    layers = tuple(range(max(0, maps.layers - LAST_LAYERS), maps.layers))
    drawn = draw(checkpoint, shown, maps, Selection(layers=layers, token_count=min(FIRST_TOKENS, len(shown.tokens))))
    window = f"window 1 of {len(prediction.windows)}" if prediction.windows else ""
    places = " and ".join(str(layer + 1) for layer in layers)
    what = f"layer{'' if len(layers) == 1 else 's'} {places} of {maps.layers}"
    title = f"BertViz, {kind} view: {', '.join(filter(None, [what, window]))}"
    return View(title=f"{title}. {drawn.note}" if drawn.note else title, html=drawn.html)
