"""The stock libraries on a transformers pipeline, as their own examples use them, with our options."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import shap
import transformers
from lime.lime_text import LimeTextExplainer

from workbench.checkpoints import Checkpoint
from workbench.schema import Explanation
from workbench.text import words

Values = npt.NDArray[np.float64]

SEED = 11
LIME_BATCH = 32


def make_pipe(checkpoint: Checkpoint) -> Any:
    """The pipeline that the libraries are called on.

    Args:
        checkpoint: Whose model and tokenizer it shares.

    Returns:
        A pipeline that gives all labels.
    """
    return transformers.pipeline(
        "text-classification",
        model=checkpoint.model,
        tokenizer=checkpoint.tokenizer,
        top_k=None,
        device=checkpoint.device,
    )


def stock_shap(pipe: Any, text: str, label: str, evaluations: int) -> Values:
    """SHAP's values of the tokens.

    Args:
        pipe: From ``make_pipe``.
        text: The review.
        label: Whose probability is explained.
        evaluations: The budget.

    Returns:
        Shape (tokens,), special ones included.
    """
    np.random.seed(SEED)
    found = shap.Explainer(pipe)([text], max_evals=evaluations, silent=True)
    return np.asarray(found.values[0][:, list(found.output_names).index(label)])


def stock_lime(pipe: Any, text: str, labels: Sequence[str], label: str, samples: int) -> Values:
    """LIME's weights of the words.

    Args:
        pipe: From ``make_pipe``.
        text: The review.
        labels: Of the checkpoint, in their order.
        label: Whose probability is explained.
        samples: The budget.

    Returns:
        Shape (words,).
    """
    pieces = [span.of(text) for span in words(text)]
    column = list(labels).index(label)
    explainer = LimeTextExplainer(
        class_names=list(labels),
        feature_selection="none",
        split_expression=lambda _: pieces,
        bow=False,
        mask_string="",
        random_state=np.random.RandomState(SEED),
    )
    found = explainer.explain_instance(
        text, _classifier(pipe, labels), labels=(column,), num_features=len(pieces), num_samples=samples
    )
    weights = dict(found.local_exp[column])
    return np.array([weights[place] for place in range(len(pieces))])


def _classifier(pipe: Any, labels: Sequence[str]) -> Callable[[Sequence[str]], Values]:
    """The pipeline in the form that LIME calls: texts to probabilities of shape (texts, labels)."""

    def classifier(texts: Sequence[str]) -> Values:
        answers = pipe(list(texts), batch_size=LIME_BATCH)
        found = [{one["label"]: one["score"] for one in answer} for answer in answers]
        return np.array([[scores[name] for name in labels] for scores in found])

    return classifier


def word_scores(explanation: Explanation) -> Values:
    """Our scores in the form of ``stock_lime``."""
    return np.array([unit.score for unit in explanation.units])


def token_scores(explanation: Explanation) -> Values:
    """Our scores in the form of ``stock_shap``: what fell on the special tokens stands at the two ends.

    Args:
        explanation: Of tokens.

    Returns:
        Shape (tokens,), the special token at each end included.
    """
    inner = [unit.score for unit in explanation.units if unit.end > unit.start]
    ends = {unit.start: unit.score for unit in explanation.units if unit.end == unit.start}
    return np.array([ends.get(0, 0.0), *inner, ends.get(len(explanation.text), 0.0)])
