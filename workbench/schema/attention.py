"""Attention of one text."""

from __future__ import annotations

import base64
from typing import Annotated, Any, Self

import numpy as np
import numpy.typing as npt
from pydantic import BeforeValidator, ConfigDict, PlainSerializer, SkipValidation, model_validator

from workbench.schema.base import Frozen
from workbench.schema.prediction import CheckpointInfo, Token


def _half(value: Any) -> npt.NDArray[np.float16]:
    if isinstance(value, dict):
        raw = base64.b64decode(value["float16"])
        value = np.frombuffer(raw, dtype="<f2").reshape(value["shape"])
    array: npt.NDArray[np.float16] = np.array(value, dtype=np.float16)
    array.setflags(write=False)
    return array


def _half_to_json(array: npt.NDArray[np.float16]) -> dict[str, Any]:
    return {"shape": list(array.shape), "float16": base64.b64encode(array.astype("<f2").tobytes()).decode("ascii")}


HalfArray = Annotated[
    SkipValidation[npt.NDArray[np.float16]],
    BeforeValidator(_half),
    PlainSerializer(_half_to_json, when_used="json"),
]


class AttentionMaps(Frozen):
    """Attention of one text: which token looked where, in each layer and head.

    Attributes:
        text: The text as the user gave it.
        checkpoint: Whose attention it is.
        tokens: The tokens, in the order of both last axes.
        weights: Array of shape (layers, heads, tokens, tokens), float16; each row adds up to one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    text: str
    checkpoint: CheckpointInfo
    tokens: tuple[Token, ...]
    weights: HalfArray

    @model_validator(mode="after")
    def _shaped(self) -> Self:
        count = len(self.tokens)
        if self.weights.ndim != 4 or self.weights.shape[2:] != (count, count):
            raise ValueError(f"attention of shape {self.weights.shape} does not fit {count} tokens")
        return self

    @property
    def layers(self) -> int:
        """Number of layers."""
        return int(self.weights.shape[0])

    @property
    def heads(self) -> int:
        """Number of heads in a layer."""
        return int(self.weights.shape[1])
