"""Gradients of a target with respect to the input embeddings; the one module that imports captum.

Evaluations are counted as forward passes of one text; the backward pass that goes with each is not counted again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.explainers.task import Floats, Task
from workbench.pipeline import EmbeddingDoor, target_tensor

if TYPE_CHECKING:
    import torch

# Rows of a batch times tokens: activations are kept for the backward pass, so fewer than without gradients.
_BATCH_POSITIONS = 1024


class GradientTask:
    """The target as a function of the input embeddings.

    Args:
        task: What is asked.

    Attributes:
        embeddings: Those of the text, shape (1, tokens, width).
        embed: Token ids to embeddings of the same shape.
    """

    def __init__(self, task: Task) -> None:
        self._task = task
        self._door = EmbeddingDoor(task.checkpoint, task.prediction.inputs)
        self.embeddings = self._door.embeddings
        self.embed = self._door.embed

    def value(self, embeddings: torch.Tensor) -> float:
        """The target on one variant of the text.

        Args:
            embeddings: Shape (1, tokens, width).

        Returns:
            The value.
        """
        import torch

        with self._task.run.turn(), torch.no_grad():
            return float(self._target(embeddings)[0])

    def input_x_gradient(self) -> Floats:
        """Each embedding times the gradient of the target there.

        Returns:
            Shape (tokens,).
        """
        from captum.attr import InputXGradient

        method = self._in_turns(InputXGradient(self._target))
        return _summed(method.attribute(self.embeddings.clone().requires_grad_()))

    def integrated_gradients(self, baseline: torch.Tensor, steps: int) -> Floats:
        """The gradient averaged on the straight line from a baseline, times the way.

        Args:
            baseline: Shape (1, tokens, width).
            steps: Points on the line, at which the integral is taken by Gauss and Legendre.

        Returns:
            Shape (tokens,).
        """
        from captum.attr import IntegratedGradients

        rows = max(1, _BATCH_POSITIONS // self.embeddings.shape[1])
        method = self._in_turns(IntegratedGradients(self._target))
        return _summed(method.attribute(self.embeddings, baseline, n_steps=steps, internal_batch_size=rows))

    def _target(self, embeddings: torch.Tensor) -> torch.Tensor:
        return target_tensor(self._task.checkpoint, self._task.target, self._door(embeddings).logits)

    def _in_turns(self, method: Any) -> Any:
        """A method of captum whose every batch, forward and backward, is a turn: others get theirs in between."""
        gradients = method.gradient_func

        def taking_turns(
            forward_fn: Any, inputs: tuple[torch.Tensor], target_ind: Any, additional_forward_args: Any
        ) -> Any:
            with self._task.run.turn(len(inputs[0])):
                return gradients(forward_fn, inputs, target_ind, additional_forward_args)

        method.gradient_func = taking_turns
        return method


def _summed(attributions: torch.Tensor) -> Floats:
    """Shape (1, tokens, width) to (tokens,)."""
    result: Floats = attributions[0].detach().double().sum(dim=-1).cpu().numpy()
    return result
