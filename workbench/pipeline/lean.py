"""The forward pass of BERT and its kin without what a classifier does not read; the same logits in less time.

Three things are left out or done cheaper than in the model's own pass:

- A classifier reads the first position of the last layer only, so queries, the feed-forward part and all that follows
  attention are computed for that position alone there.
- Before the first attention a position depends on nothing but its token. Perturbed texts repeat the same tokens at the
  same places, so queries, keys and values of the first layer are computed once for each.
- On a CPU weights are laid out for oneDNN beforehand and its fused GELU is used, where that fits into memory.

Whether a model can be computed so is tried, not believed: on made-up rows its logits must equal those of its own pass.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.checkpoints import Checkpoint

if TYPE_CHECKING:
    import torch
    from torch import nn

# Logits of made-up rows may differ by no more than this part of the largest; single precision itself gives 1e-6.
_ALLOWED = 1e-5
# Weights in a second layout may take this part of the machine's memory.
_SHARE = 0.1
# Looking up costs about as much as computing once so many of the positions are different ones.
_REPEATED = 0.7
# Of positions that oneDNN is given; code for one size takes about 50 kB and a millisecond.
_STEP = 16

Step = Callable[["torch.Tensor"], "torch.Tensor"]


class Forward:
    """Token ids to logits, by the shortest way that gives a checkpoint's own values.

    Args:
        checkpoint: The model; its weights must not change any more.

    Attributes:
        lean: Whether the short way is taken; otherwise the model's own.
    """

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._model: Any = checkpoint.model
        self._lean = _made(checkpoint)

    @property
    def lean(self) -> bool:
        """Whether anything is left out of the model's own pass."""
        return self._lean is not None

    def __call__(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Run one batch.

        Args:
            ids: Token ids, shape (rows, positions).
            mask: One where there is a token, zero where there is padding; same shape.

        Returns:
            Logits, shape (rows, labels).
        """
        if self._lean is not None:
            return self._lean(ids, mask)
        logits: torch.Tensor = self._model(input_ids=ids, attention_mask=mask).logits
        return logits


def forward_of(checkpoint: Checkpoint) -> Forward:
    """The way from ids to logits of a checkpoint, made when first asked for.

    Args:
        checkpoint: The model.

    Returns:
        What to call.
    """
    return checkpoint.beside(Forward, lambda: Forward(checkpoint))


@dataclass(frozen=True)
class _Layer:
    """One layer with normalisation after each of its two parts."""

    query: Step
    key: Step
    value: Step
    attended: Step
    attended_norm: Step
    inner: Step
    outer: Step
    outer_norm: Step


class _Lean:
    """The short way through a model of one of the known structures.

    Positions of all rows lie below each other, shape (positions, width), filled up to a multiple of ``step``.
    """

    def __init__(self, model: Any, layers: list[_Layer], head: Step, step: int) -> None:
        base = getattr(model, model.base_model_prefix)
        self._embeddings = base.embeddings
        self._project: Step | None = getattr(base, "embeddings_project", None)
        self._layers = layers
        self._head = head
        self._heads: int = model.config.num_attention_heads
        self._step = step

    def __call__(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        hidden = self._embeddings(input_ids=ids)
        if self._project is not None:
            hidden = self._project(hidden)
        rows, length, width = hidden.shape
        bias = None if bool(mask.all()) else mask.bool()[:, None, None, :]
        flat = self._filled(hidden.reshape(-1, width))
        for index, layer in enumerate(self._layers):
            last = index == len(self._layers) - 1
            # The classifier reads the first position only.
            asking = self._filled(flat[: rows * length : length]) if last else flat
            if index == 0 and not last:
                parts = self._first(layer, flat, ids)
            else:
                parts = (layer.query(asking), layer.key(flat), layer.value(flat))
            mixed = self._attended(parts, rows, (1 if last else length, length, length), bias)
            attended = layer.attended_norm(layer.attended(self._filled(mixed)) + asking)
            flat = layer.outer_norm(layer.outer(layer.inner(attended)) + attended)
        return self._head(flat[:rows, None])

    def _filled(self, positions: torch.Tensor) -> torch.Tensor:
        """Positions, and noughts up to the next multiple: oneDNN keeps code for every size that it has met."""
        import torch

        missing = -len(positions) % self._step
        return torch.nn.functional.pad(positions, (0, 0, 0, missing)) if missing else positions

    def _attended(
        self, parts: tuple[torch.Tensor, ...], rows: int, lengths: tuple[int, ...], bias: torch.Tensor | None
    ) -> torch.Tensor:
        """Attention over queries, keys and values; shape (positions asking, width)."""
        import torch

        query, key, value = (
            part[: rows * length].view(rows, length, self._heads, -1).transpose(1, 2)
            for part, length in zip(parts, lengths, strict=True)
        )
        mixed = torch.nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=bias)
        return mixed.transpose(1, 2).reshape(rows * lengths[0], -1)

    def _first(self, layer: _Layer, flat: torch.Tensor, ids: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Queries, keys and values of the first layer: of each token at each place once."""
        import torch

        places = _places(self._embeddings, ids)
        marks = (ids * (int(places.max()) + 1) + places).reshape(-1)
        different, which = torch.unique(marks, return_inverse=True)
        if len(different) > _REPEATED * len(marks):
            return layer.query(flat), layer.key(flat), layer.value(flat)
        one = torch.empty_like(different)
        one[which] = torch.arange(len(marks), device=ids.device)
        once = self._filled(flat[one])
        return layer.query(once)[which], layer.key(once)[which], layer.value(once)[which]


def _places(embeddings: Any, ids: torch.Tensor) -> torch.Tensor:
    """The position that each token is embedded at; RoBERTa counts past padding tokens, wherever they stand."""
    import torch

    counted = getattr(embeddings, "create_position_ids_from_input_ids", None)
    if counted is not None:
        places: torch.Tensor = counted(ids, embeddings.padding_idx, 0)
        return places
    return torch.arange(ids.shape[1], device=ids.device).expand_as(ids)


def _made(checkpoint: Checkpoint) -> _Lean | None:
    """The short way, or none where the structure is another or the values are not the model's own."""
    import torch

    if checkpoint.task != "classification":  # which reads every position
        return None
    model: Any = checkpoint.model
    for linear, step in ((_packed, _STEP), (_plain, 1)) if _can_pack(model) else ((_plain, 1),):
        with torch.inference_mode():
            try:
                base = getattr(model, model.base_model_prefix)
                lean = _Lean(model, [_layer(module, linear) for module in _modules(base)], _head(model, base), step)
                if _same(checkpoint, lean):
                    return lean
            except (AttributeError, TypeError, ValueError, RuntimeError, IndexError):
                # Some other structure under these names: its own pass is always right.
                continue
    return None


def _modules(base: Any) -> list[Any]:
    return list(base.transformer.layer if hasattr(base, "transformer") else base.encoder.layer)


def _layer(module: Any, linear: Callable[..., Step]) -> _Layer:
    if hasattr(module, "sa_layer_norm"):
        attention, inner = module.attention, module.ffn
        return _Layer(
            linear(attention.q_lin),
            linear(attention.k_lin),
            linear(attention.v_lin),
            linear(attention.out_lin),
            module.sa_layer_norm,
            linear(inner.lin1, inner.activation),
            linear(inner.lin2),
            module.output_layer_norm,
        )
    attention, after = module.attention.self, module.attention.output
    return _Layer(
        linear(attention.query),
        linear(attention.key),
        linear(attention.value),
        linear(after.dense),
        after.LayerNorm,
        linear(module.intermediate.dense, module.intermediate.intermediate_act_fn),
        linear(module.output.dense),
        module.output.LayerNorm,
    )


def _head(model: Any, base: Any) -> Step:
    if getattr(base, "pooler", None) is not None:
        return lambda hidden: model.classifier(base.pooler(hidden))
    if hasattr(model, "pre_classifier"):
        return lambda hidden: model.classifier(model.pre_classifier(hidden[:, 0]).relu())
    head: Step = model.classifier
    return head


def _plain(module: nn.Linear, activation: Step | None = None) -> Step:
    """A linear map and the activation after it, as they are."""
    return module if activation is None else lambda rows: activation(module(rows))


def _packed(module: nn.Linear, activation: Step | None = None) -> Step:
    """A linear map and the activation after it, by oneDNN with weights laid out for it."""
    import torch

    run = torch.ops.mkldnn._linear_pointwise
    laid, bias = torch.ops.mkldnn._reorder_linear_weight(module.weight), module.bias
    if activation is None or _is_gelu(activation):
        name, detail = ("none", "") if activation is None else ("gelu", "none")
        return lambda rows: run(rows, laid, bias, name, [], detail)
    return lambda rows: activation(run(rows, laid, bias, "none", [], ""))


def _can_pack(model: Any) -> bool:
    """Whether a second layout of the weights fits into memory, and is one of a CPU's."""
    import torch

    weight = next(model.parameters())
    size: int = sum(one.numel() * one.element_size() for one in model.parameters())
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 0
    return bool(weight.device.type == "cpu" and weight.dtype == torch.float32 and size <= _SHARE * memory)


def _is_gelu(activation: Any) -> bool:
    """Whether this is the exact GELU, not one of its approximations."""
    import torch

    return getattr(activation, "act", None) is torch.nn.functional.gelu


def _same(checkpoint: Checkpoint, lean: _Lean) -> bool:
    """Whether logits are those of the model's own pass, with padding, without, and with tokens that stand twice."""
    import torch

    model: Any = checkpoint.model
    length = min(12, checkpoint.token_limit)
    most = model.get_input_embeddings().num_embeddings
    ids = torch.randint(most, (4, length), generator=torch.Generator().manual_seed(0)).to(checkpoint.device)
    ids[1] = ids[2] = ids[0]
    mask = torch.ones_like(ids)
    mask[2, length // 2 :] = 0
    ids[2, length // 2 :] = checkpoint.tokenizer.pad_token_id or 0
    for rows in (slice(0, 2), slice(0, 4)):
        own = model(input_ids=ids[rows], attention_mask=mask[rows]).logits
        found = lean(ids[rows], mask[rows])
        if found.shape != own.shape or not torch.allclose(
            found, own, rtol=0, atol=_ALLOWED * max(1.0, float(own.abs().max()))
        ):
            return False
    return True
