"""What if: a single word replaced by another that changes the predicted label."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from workbench.checkpoints import Checkpoint
from workbench.pipeline import EmbeddingDoor
from workbench.schema import Prediction, Replacement, Span
from workbench.scoring import Run
from workbench.trust.base import Floats
from workbench.trust.counterfactual import margins, side_of
from workbench.trust.removal import Game, Part, answer

BUDGET = 300
VOCABULARY = 5000
# So many for one and the same word; more tell nothing new.
_PER_UNIT = 3
_MARKERS = ("Ġ", "▁")


def replacements(
    game: Game, *, words: Sequence[str] | None = None, limit: int = 10, budget: int = BUDGET
) -> tuple[Replacement, ...]:
    """Words whose replacement by another changes the predicted label.

    Which replacements are worth an evaluation is estimated to first order from the gradient at the embeddings, as in
    HotFlip (Ebrahimi et al. 2018, arXiv 1712.06751); whether they change the label is then evaluated.

    Args:
        game: The review; its units should be words.
        words: What may be put in; by default the most frequent whole words of the checkpoint's own vocabulary.
        limit: The most to give back.
        budget: About how many replacements to evaluate.

    Returns:
        The most decisive first, at most three for one word. They flip the model, and need not make sense.
    """
    prediction, run = game.prediction, game.run
    candidates = list(dict.fromkeys(words if words is not None else vocabulary(run.checkpoint)))
    tried = list(_suggested(game, candidates, budget))
    if not tried:
        return ()
    texts = [prediction.text[: span.start] + word + prediction.read_text[span.end :] for span, word in tried]
    logits = game.pooled([[_within(part, span, word) for span, word in tried] for part in game.parts])
    predicted = prediction.labels.index(prediction.label)
    leads = margins(logits, predicted, side_of(prediction))
    found: list[Replacement] = []
    for place in np.argsort(leads, kind="stable"):
        span, word = tried[place]
        if leads[place] >= 0 or len(found) == limit:
            break
        if sum(other.span == span for other in found) < _PER_UNIT:
            found.append(Replacement(span=span, word=word, text=texts[place], answer=answer(run, logits[place])))
    return tuple(found)


def vocabulary(checkpoint: Checkpoint, most: int = VOCABULARY) -> list[str]:
    """Whole words of a checkpoint's vocabulary, those with low ids first, which in most vocabularies are the frequent.

    Args:
        checkpoint: Whose tokenizer.
        most: The most words.

    Returns:
        Words of at least two letters.
    """
    entries = sorted(checkpoint.tokenizer.get_vocab().items(), key=lambda pair: pair[1])
    marker = next((sign for sign in _MARKERS if any(entry.startswith(sign) for entry, _ in entries)), "")
    whole = [entry.removeprefix(marker) for entry, _ in entries if entry.startswith(marker)]
    # Byte-level entries show other letters than they stand for, except for ASCII.
    return [word for word in whole if len(word) > 1 and word.isalpha() and (marker != "Ġ" or word.isascii())][:most]


def _within(part: Part, span: Span, word: str) -> str:
    """What a part reads once a word is replaced, where that lies in it."""
    start, end = span.start - part.start, span.end - part.start
    return part.text if start < 0 or end > len(part.text) else part.text[:start] + word + part.text[end:]


def _suggested(game: Game, words: Sequence[str], budget: int) -> Iterator[tuple[Span, str]]:
    """The most promising words for each unit."""
    prediction, units = game.prediction, game.units
    if not words or not units:
        return
    gains = np.zeros((len(units), len(words)))
    for part, read in zip(game.parts, prediction.passes, strict=True):
        gains[list(part.columns)] += part.weight * _estimated(game.run, read, part.units, words, prediction.label)
    share = max(1, budget // len(units))
    for span, row in zip(units, gains, strict=True):
        old = span.of(prediction.text)
        if not old[:1].isalnum():
            continue
        fresh = [index for index in np.argsort(row, kind="stable")[: share + 1] if words[index].lower() != old.lower()]
        for index in fresh[:share]:
            word = words[index]
            yield span, word.capitalize() if old[:1].isupper() else word


def _estimated(run: Run, prediction: Prediction, units: Sequence[Span], words: Sequence[str], label: str) -> Floats:
    """First-order change of a label's lead, shape (units, words)."""
    table, gradient = _gradient(run, prediction, label)
    tokenizer = run.checkpoint.tokenizer
    # With a space before, as inside a text; a word of several pieces counts with their mean.
    rows = tokenizer([f" {word}" for word in words], add_special_tokens=False)["input_ids"]
    vectors = np.stack([table[row].mean(axis=0) if row else np.zeros(table.shape[1]) for row in rows])
    ids = prediction.inputs["input_ids"]
    changes = np.zeros((len(units), len(words)))
    for index, unit in enumerate(units):
        places = [
            place
            for place, token in enumerate(prediction.tokens)
            if token.span and token.span.start < unit.end and token.span.end > unit.start
        ]
        if places:
            removed = sum(float(gradient[place] @ table[ids[place]]) for place in places)
            changes[index] = vectors @ gradient[places[0]] - removed
    return changes


def _gradient(run: Run, prediction: Prediction, label: str) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """The embedding table, and the gradient of a label's lead at each position's embedding."""
    import torch

    door = EmbeddingDoor(run.checkpoint, prediction.inputs)
    embedded = door.embeddings.clone().requires_grad_()
    predicted = prediction.labels.index(label)
    with run.turn():
        logits = door(embedded).logits[0]
        side, own = side_of(prediction), logits[predicted]
        others = torch.arange(len(logits), device=logits.device) != predicted
        lead = own - logits[others].max() if side is None else side * own
        (gradient,) = torch.autograd.grad(lead, embedded)
    table = run.checkpoint.model.get_input_embeddings().weight.detach()
    return table.cpu().numpy(), gradient[0].cpu().numpy()
