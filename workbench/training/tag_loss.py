"""The loss of a tagger, which leaves open what a file does not say."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from workbench.training.conll import OUTSIDE
from workbench.training.tag_alignment import IGNORED

if TYPE_CHECKING:
    import torch


class Answers:
    """What a piece may be: one label, or ``O`` and every label of the types that its file does not mark.

    Args:
        labels: Of the checkpoint.
    """

    def __init__(self, labels: Sequence[str]) -> None:
        self._labels = tuple(labels)
        self._sets = [frozenset([label]) for label in labels]

    def index(self, tag: str, unmarked: Sequence[str] = ()) -> int:
        """The number of an answer.

        Args:
            tag: As in the file.
            unmarked: Types that a word tagged ``O`` may be of.

        Returns:
            That of the label, or one beyond the labels for a choice of several.
        """
        wanted = frozenset([tag])
        if tag == OUTSIDE:
            wanted |= {label for label in self._labels if label[2:] in unmarked}
        if wanted not in self._sets:
            self._sets.append(wanted)
        return self._sets.index(wanted)

    def loss(self, outputs: Any, labels: torch.Tensor, num_items_in_batch: Any = None) -> torch.Tensor:
        """The mean of -log of the probability that the labels of each piece's answer have together.

        For an answer of one label this is the cross entropy.

        Args:
            outputs: With logits, of shape (sentences, pieces, labels).
            labels: Answers, of shape (sentences, pieces).
            num_items_in_batch: Not used: the Trainer gives it to every loss.

        Returns:
            One number.
        """
        import torch

        allowed = torch.tensor([[label in one for label in self._labels] for one in self._sets], device=labels.device)
        asked = labels != IGNORED
        logits = outputs["logits"][asked]
        chosen = logits.masked_fill(~allowed[labels[asked]], -math.inf)
        missed: torch.Tensor = logits.logsumexp(-1) - chosen.logsumexp(-1)
        return missed.mean()
