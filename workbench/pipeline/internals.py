"""What the model computed on the way: attention weights; and the model as a function of its input embeddings."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

from workbench.checkpoints import Checkpoint
from workbench.errors import IncompatibleError
from workbench.pipeline.infer import tensors

if TYPE_CHECKING:
    import torch

_REMEDY = "choose a transformer encoder such as stars"


def attentions(
    checkpoint: Checkpoint, inputs: Mapping[str, Sequence[int]], dtype: npt.DTypeLike = np.float32
) -> npt.NDArray[Any]:
    """Attention weights of one text.

    Args:
        checkpoint: The model; its eager twin is made when first needed, because fused attention returns no weights.
        inputs: As in ``Prediction.inputs``.
        dtype: Of the result; half the width is half the memory.

    Returns:
        Shape (layers, heads, tokens, tokens); each row adds up to one.

    Raises:
        IncompatibleError: The model has no attention to return.
    """
    import torch

    with torch.inference_mode():
        output = checkpoint.with_attention()(**tensors(checkpoint, inputs), output_attentions=True)
    layers = list(getattr(output, "attentions", None) or ())
    del output
    if not layers:
        raise IncompatibleError(f"{checkpoint.name} returns no attentions", _REMEDY)
    weights = np.empty((len(layers), *layers[0].shape[1:]), dtype)
    for index in range(len(layers)):
        # Layer by layer, each given up once it is copied: a long text has hundreds of megabytes of them.
        layer, layers[index] = layers[index], None
        if layer.shape[1:] != weights.shape[1:]:
            raise ValueError(f"layers of shapes {tuple(layer.shape[1:])} and {weights.shape[1:]}")
        weights[index] = layer[0].float().cpu().numpy()
    return weights


class EmbeddingDoor:
    """One text's model as a function of its input embeddings, for gradients.

    The weights are shared with the checkpoint, the modules are not: nothing another thread uses is touched. Ids, masks
    and positions stay those of the text whatever embeddings come in, so that a baseline cannot shift them.

    Args:
        checkpoint: The model.
        inputs: As in ``Prediction.inputs``.
        attention: Return attentions too (runs the eager twin).

    Raises:
        IncompatibleError: The model has no input embeddings.
    """

    def __init__(self, checkpoint: Checkpoint, inputs: Mapping[str, Sequence[int]], *, attention: bool = False) -> None:
        obstacle = embedding_obstacle(checkpoint)
        if obstacle:
            raise IncompatibleError(f"{checkpoint.name} gives no gradients: {obstacle}", _REMEDY)
        self._name = checkpoint.name
        shared: Any = checkpoint.with_attention() if attention else checkpoint.model
        self._views = checkpoint.beside(_Views, lambda: _Views(shared), "attention" if attention else "")
        self._inputs: Any = tensors(checkpoint, inputs)
        self._extra = {"output_attentions": True} if attention else {}
        self._table = shared.get_input_embeddings()
        self.embeddings = self.embed(inputs["input_ids"])

    def embed(self, ids: Sequence[int]) -> torch.Tensor:
        """Look up embeddings.

        Args:
            ids: Token ids.

        Returns:
            Shape (1, tokens, width), without gradient.
        """
        import torch

        with torch.no_grad():
            row: torch.Tensor = self._table(torch.tensor([list(ids)], device=self._inputs["input_ids"].device))
        return row

    def __call__(self, embeddings: torch.Tensor) -> Any:
        """Run the model.

        Args:
            embeddings: Shape (rows, tokens, width): variants of the text's own.

        Returns:
            The model's output, with ``logits`` of shape (rows, labels) and a gradient.

        Raises:
            IncompatibleError: The model does not read its text through its input embeddings.
        """
        import torch

        rows = {name: row.expand(len(embeddings), -1) for name, row in self._inputs.items()}
        try:
            with self._views.lent() as view, torch.enable_grad():
                return view.run(embeddings, rows | self._extra)
        except _Elsewhere as error:
            raise IncompatibleError(f"{self._name} does not {error}", _REMEDY) from None


class _Elsewhere(Exception):  # noqa: N818 - never leaves this module
    """The model's embeddings do not stand for its text."""


class _View:
    """A private view of a model whose embeddings are those that it is given."""

    def __init__(self, shared: torch.nn.Module) -> None:
        self._model = cast(Any, private_view(shared))
        self._given: torch.Tensor | None = None
        self._model.get_input_embeddings().register_forward_hook(self._swap)

    def run(self, embeddings: torch.Tensor, inputs: Mapping[str, Any]) -> Any:
        self._given = embeddings
        try:
            output = self._model(**inputs)
            if self._given is not None:
                raise _Elsewhere("read its text through its input embeddings")
        finally:
            self._given = None
        return output

    def _swap(self, _module: object, _args: object, output: torch.Tensor) -> torch.Tensor:
        given, self._given = self._given, None
        if given is None or given.shape != output.shape:
            raise _Elsewhere("embed its text once and whole")
        return given


class _Views:
    """The views of a model that nobody uses at the moment: to make one takes as long as to evaluate a short text."""

    def __init__(self, shared: torch.nn.Module) -> None:
        self._shared = shared
        self._idle: list[_View] = []

    @contextmanager
    def lent(self) -> Iterator[_View]:
        try:
            view = self._idle.pop()
        except IndexError:
            view = _View(self._shared)
        yield view
        # One whose run failed is not lent again.
        self._idle.append(view)


def embedding_obstacle(checkpoint: Checkpoint) -> str | None:
    """Why there are no gradients with respect to the input embeddings.

    Args:
        checkpoint: The model.

    Returns:
        A clause without full stop, or none if there are.
    """
    model: Any = checkpoint.model
    try:
        table = model.get_input_embeddings()
    except NotImplementedError:
        table = None
    if table is None:
        return "it has no input embeddings"
    if getattr(model.config, "is_encoder_decoder", False):
        return "it reads the text twice, by an encoder and a decoder"
    return None


def private_view(model: torch.nn.Module) -> torch.nn.Module:
    """The same weights in modules of our own: hooks on the shared ones would also see the calls of other threads.

    Args:
        model: Shared with others.

    Returns:
        A copy of the tree of modules around the same parameters and buffers.
    """
    shared: dict[int, Any] = {id(weight): weight for weight in (*model.parameters(), *model.buffers())}
    return copy.deepcopy(model, shared)
