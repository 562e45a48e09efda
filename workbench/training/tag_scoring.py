"""How many entities a tagger finds: exact match of type and both ends, by seqeval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench.checkpoints.architecture import token_limit
from workbench.schema import Frozen
from workbench.training.conll import OUTSIDE
from workbench.training.tag_alignment import encode
from workbench.training.tag_model import Tagger

_BATCH = 32


class SpanScore(Frozen):
    """How well entities are found; all shares from 0 to 1.

    Attributes:
        precision: Share of the found entities that are right in type and both ends.
        recall: Share of the marked entities that are found so.
        f1: Their harmonic mean.
        support: Marked entities.
    """

    precision: float
    recall: float
    f1: float
    support: int


class SpanScores(Frozen):
    """How well entities are found, in all and by type.

    Attributes:
        sentences: Sentences measured.
        micro: All entities alike.
        types: By type.
    """

    sentences: int
    micro: SpanScore
    types: dict[str, SpanScore]


def score_spans(marked: Sequence[Sequence[str]], found: Sequence[Sequence[str]]) -> SpanScores:
    """Compare tags in BIO.

    An ``I-`` that continues nothing counts as a begin, as in the CoNLL evaluation.

    Args:
        marked: Tags as people gave them, one sequence a sentence.
        found: Tags of the same words.

    Returns:
        Scores by seqeval.
    """
    from seqeval.metrics import classification_report

    report: dict[str, dict[str, Any]] = classification_report(
        [list(tags) for tags in marked], [list(tags) for tags in found], output_dict=True, zero_division=0
    )
    types = {name: _score(line) for name, line in report.items() if not name.endswith(" avg")}
    return SpanScores(sentences=len(marked), micro=_score(report["micro avg"]), types=types)


def tag_words(tagger: Tagger, sentences: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """The likeliest tag of each word, taken from its first piece.

    Args:
        tagger: The model.
        sentences: Their words.

    Returns:
        Tags a sentence; ``O`` for words without a piece, as beyond what the model reads.
    """
    import torch

    limit = token_limit(tagger.model, tagger.tokenizer)
    order = sorted(range(len(sentences)), key=lambda place: len(sentences[place]))
    found: list[tuple[str, ...]] = [()] * len(sentences)
    for start in range(0, len(order), _BATCH):
        places = order[start : start + _BATCH]
        encoded = [encode(tagger.tokenizer, sentences[place], limit) for place in places]
        batch = tagger.tokenizer.pad([values for values, _ in encoded], padding_side="right", return_tensors="pt")
        with torch.inference_mode():
            best = tagger.model(**batch.to(tagger.model.device)).logits.argmax(-1).tolist()
        for place, (_, owners), answers in zip(places, encoded, best, strict=True):
            tags = dict[int, str]()
            for owner, answer in zip(owners, answers, strict=False):
                if owner is not None:
                    tags.setdefault(owner, tagger.labels[answer])
            found[place] = tuple(tags.get(word, OUTSIDE) for word in range(len(sentences[place])))
    return found


def _score(line: dict[str, Any]) -> SpanScore:
    return SpanScore(
        precision=float(line["precision"]),
        recall=float(line["recall"]),
        f1=float(line["f1-score"]),
        support=int(line["support"]),
    )
