"""Input times gradient, by captum."""

from __future__ import annotations

from workbench.checkpoints import Checkpoint, normalises_embeddings
from workbench.explainers._gradients import GradientTask
from workbench.explainers.base import Explainer, Options, register
from workbench.explainers.task import Finding, Task, on_units
from workbench.pipeline import embedding_obstacle


class InputXGradientOptions(Options):
    """Input times gradient has nothing to set."""


@register
class InputXGradient(Explainer[InputXGradientOptions]):
    """Shrikumar et al. (2016), Not Just a Black Box; the library ``captum``."""

    name = "input-x-gradient"
    title = "Input × gradient"
    summary = "How steeply the target rises with each word's embedding, times that embedding."
    reads = "The slope at the text itself: one pass, but blind where the model is saturated; the scores do not add up."
    source = "Shrikumar et al. 2016 (arXiv 1605.01713); captum, InputXGradient on the input embeddings"
    options = InputXGradientOptions
    cost = 2
    packages = ("captum",)

    def obstacle(self, checkpoint: Checkpoint) -> str | None:
        """See ``Explainer.obstacle``."""
        return embedding_obstacle(checkpoint) or _blindness(checkpoint)

    def find(self, task: Task, options: InputXGradientOptions) -> Finding:
        """See ``Explainer.find``."""
        task.run.expect(1)
        scores, elsewhere = on_units(task, GradientTask(task).input_x_gradient())
        value = float(task.run.beside().values([task.prediction.read_text], task.target)[0])
        return Finding(task.spans, scores, None, value, {"on_special_tokens": elsewhere})


def _blindness(checkpoint: Checkpoint) -> str | None:
    # By Euler's theorem: what does not change with the length of a vector has a gradient at right angles to it.
    if normalises_embeddings(checkpoint.model):
        return "it normalises its word embeddings at once, which makes this product zero for every word"
    return None
