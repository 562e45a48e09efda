"""Edits of a word in reviews, and what the answers to them say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.checkpoints import Checkpoint
from workbench.pipeline import replaced
from workbench.schema import ChangedReview, WordControl, WordEdit, WordEffect
from workbench.triage.estimating import mean_of, permuted, share_of, superiority
from workbench.triage.occurrences import Subject

Floats = npt.NDArray[np.float64]

_EXAMPLES = 10


@dataclass(frozen=True)
class Edit:
    """What is done to a word.

    Attributes:
        kind: How.
        fillers: What is put in its place, one after another; a single empty one removes it.
    """

    kind: WordEdit
    fillers: tuple[str, ...]

    def of(self, subject: Subject, at: int) -> list[str]:
        """The texts that it makes of a review.

        Args:
            subject: The review.
            at: Its number.

        Returns:
            One a filler, and one a draw of other words. These get one of the fillers in turn, review by review: the
            word is then one of them like any other, unless it matters.
        """
        verbatim = self.kind is WordEdit.MASKED
        read = subject.review.read
        own = [replaced(read, subject.spans, filler, verbatim=verbatim) for filler in self.fillers]
        turn = self.fillers[self.turn(at)]
        return own + [replaced(read, spans, turn, verbatim=verbatim) for spans in subject.others]

    def turn(self, at: int) -> int:
        """Which filler takes the place of other words in the review of a number."""
        return at % len(self.fillers)


def texts_of(subject: Subject, at: int, edits: Sequence[Edit]) -> list[str]:
    """All texts to evaluate for a review.

    Args:
        subject: The review.
        at: Its number.
        edits: What is done.

    Returns:
        The review as the model read it, then the texts of each edit.
    """
    return [subject.review.read, *(text for edit in edits for text in edit.of(subject, at))]


@dataclass(frozen=True)
class _Answer:
    """What a review's answer becomes.

    Attributes:
        label: Predicted before.
        before: Shape (labels,).
        after: Of the word, shape (fillers, labels).
        others: Of other words, shape (draws, labels).
    """

    label: int
    before: Floats
    after: Floats
    others: Floats

    @property
    def changes(self) -> Floats:
        """Of the label's probability, shape (fillers,)."""
        result: Floats = self.after[:, self.label] - self.before[self.label]
        return result


def effect_of(
    checkpoint: Checkpoint,
    subjects: Sequence[Subject],
    answers: Sequence[Floats],
    which: int,
    edits: Sequence[Edit],
    seed: int,
) -> WordEffect:
    """What one edit does.

    Args:
        checkpoint: The model.
        subjects: The reviews.
        answers: For each the probabilities of ``texts_of``, shape (texts, labels).
        which: The number of the edit.
        edits: All of them.
        seed: Of intervals and permutations.

    Returns:
        The effect.
    """
    edit = edits[which]
    found = [_answer(*each, which, edits) for each in zip(subjects, answers, strict=True)]
    flipped = np.array([np.mean(one.after.argmax(axis=1) != one.label) > 0.5 for one in found])
    ratings = checkpoint.ratings
    stars = [float(np.mean(one.after @ ratings) - one.before @ ratings) for one in found] if ratings else []
    right = [
        float(np.mean(one.after.argmax(axis=1) == subject.review.truth)) - float(one.label == subject.review.truth)
        for one, subject in zip(found, subjects, strict=True)
        if subject.review.truth is not None
    ]
    return WordEffect(
        edit=edit.kind,
        words=edit.fillers if edit.kind is WordEdit.REPLACED else (),
        flipped=share_of(flipped),
        probability=mean_of([one.changes.mean() for one in found], seed),
        rating=mean_of(stars, seed) if stars else None,
        accuracy=mean_of(right, seed) if right else None,
        control=_control(found, edit, seed),
        examples=_examples(checkpoint.labels, subjects, found, edit),
    )


def _answer(subject: Subject, chances: Floats, which: int, edits: Sequence[Edit]) -> _Answer:
    draws = len(subject.others)
    start = 1 + sum(len(edit.fillers) + draws for edit in edits[:which])
    middle = start + len(edits[which].fillers)
    before = chances[0]
    return _Answer(int(before.argmax()), before, chances[start:middle], chances[middle : middle + draws])


def _control(found: Sequence[_Answer], edit: Edit, seed: int) -> WordControl | None:
    able = [(at, one) for at, one in enumerate(found) if len(one.others)]
    if not able:
        return None
    changes = np.array(
        [[one.changes[edit.turn(at)], *(one.others[:, one.label] - one.before[one.label])] for at, one in able]
    )
    return WordControl(
        reviews=len(able),
        draws=changes.shape[1] - 1,
        flipped=mean_of([np.mean(one.others.argmax(axis=1) != one.label) for _, one in able], seed),
        probability=mean_of(changes[:, 1:].mean(axis=1), seed),
        beyond=mean_of(changes[:, 0] - changes[:, 1:].mean(axis=1), seed),
        superiority=superiority(changes),
        p=permuted(changes, seed),
    )


def _examples(
    labels: Sequence[str], subjects: Sequence[Subject], found: Sequence[_Answer], edit: Edit
) -> tuple[ChangedReview, ...]:
    """The reviews whose label lost or won most, each with the word put in that did it."""
    most = [int(np.abs(one.changes).argmax()) for one in found]
    order = sorted(range(len(found)), key=lambda at: (-abs(found[at].changes[most[at]]), subjects[at].review.id))
    return tuple(
        ChangedReview(
            id=subjects[at].review.id,
            before=subjects[at].review.read,
            after=edit.of(subjects[at], at)[most[at]],
            label=labels[found[at].label],
            new_label=labels[int(found[at].after[most[at]].argmax())],
            probability=float(found[at].before[found[at].label]),
            new_probability=float(found[at].after[most[at], found[at].label]),
        )
        for at in order[:_EXAMPLES]
    )
