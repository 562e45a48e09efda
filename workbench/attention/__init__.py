"""Attention maps, and the three views of BertViz on them, with no network.

Layers, heads and tokens count from zero in code and from one in what readers see.
"""

from __future__ import annotations

from collections.abc import Callable

from workbench.attention.document import View
from workbench.attention.maps import attention_maps
from workbench.attention.selection import Selection
from workbench.attention.views import head_view, model_view, neuron_view
from workbench.checkpoints import Checkpoint
from workbench.registry import Registry
from workbench.schema import AttentionMaps, Prediction

Draw = Callable[[Checkpoint, Prediction, AttentionMaps, Selection], View]

VIEWS: Registry[Draw] = Registry("attention view")
VIEWS.add("head", lambda _checkpoint, _prediction, maps, selection: head_view(maps, selection))
VIEWS.add("model", lambda _checkpoint, _prediction, maps, selection: model_view(maps, selection))
VIEWS.add("neuron", neuron_view)

__all__ = [
    "VIEWS",
    "Selection",
    "View",
    "attention_maps",
    "head_view",
    "model_view",
    "neuron_view",
]
