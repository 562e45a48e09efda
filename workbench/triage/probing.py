"""What a word does: removed and replaced in every review that has it, beside other words of the same reviews."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np

from workbench.checkpoints import Checkpoint
from workbench.errors import Cancelled, InputError
from workbench.pipeline import mask_of, probabilities
from workbench.schema import RowFilter, WordEdit, WordProbe
from workbench.scoring import Run, scorer_of
from workbench.text import excerpt
from workbench.triage.dataset import Dataset
from workbench.triage.effects import Edit, Floats, effect_of, texts_of
from workbench.triage.occurrences import Found, Subject, find_subjects, neutral_words, pieces_of
from workbench.triage.sampling import check_same_model

LIMIT = 300
DRAWS = 5
_FILLERS = 5  # words drawn to take the place of the one tested
_CHUNK = 64  # reviews evaluated at a time: enough to fill batches


def probe_word(
    dataset: Dataset,
    word: str,
    checkpoint: Checkpoint,
    chosen: RowFilter | None = None,
    *,
    replace: Sequence[str] = (),
    mask: bool = False,
    limit: int = LIMIT,
    draws: int = DRAWS,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> WordProbe:
    """Remove a word, and replace it, in the reviews that have it.

    Args:
        dataset: The batch.
        word: A word or a phrase, whatever its case.
        checkpoint: That of the batch.
        chosen: Which reviews; by default all.
        replace: What takes its place; by default words as frequent that go with no label, drawn from the data set.
        mask: Replace it with the mask token instead.
        limit: The most reviews, drawn at random.
        draws: How often as many other words of each review are edited, for comparison.
        seed: Of the sample, the words drawn and the intervals.
        progress: Called with evaluations done and expected.
        cancelled: Asked between batches; true stops, and the result is of the reviews read so far.

    Returns:
        The change of the predictions, and how it compares with that of other words.

    Raises:
        InputError: No review has the word.
        CheckpointError: It is not that of the batch.
        Cancelled: The caller asked to stop before there was a result.
    """
    started = time.perf_counter()
    check_same_model(dataset, checkpoint)
    chosen = chosen or RowFilter()
    pieces = pieces_of(word)
    found = find_subjects(dataset, chosen, pieces, limit=limit, draws=draws, seed=seed, cancelled=cancelled)
    if not found.subjects:
        raise InputError(_missing(word, found), "check its spelling, or choose more reviews")
    edits = _edits(dataset, checkpoint, chosen, pieces, replace, mask, seed)
    run = scorer_of(checkpoint).start(progress=progress, cancelled=cancelled)
    answers = _answers(run, found.subjects, edits)
    done = found.subjects[: len(answers)]
    if not done:
        raise Cancelled
    return WordProbe(
        word=word,
        checkpoint=checkpoint.name,
        holding=found.holding,
        examined=found.examined,
        unread=found.unread,
        reviews=len(done),
        labelled=sum(subject.review.truth is not None for subject in done),
        occurrences=sum(len(subject.spans) for subject in done),
        seed=seed,
        effects=tuple(effect_of(checkpoint, done, answers, at, edits, seed) for at in range(len(edits))),
        partial=len(done) < len(found.subjects),
        notes=_notes(found, len(done), edits),
        evaluations=run.evaluations,
        seconds=time.perf_counter() - started,
    )


def _edits(
    dataset: Dataset,
    checkpoint: Checkpoint,
    chosen: RowFilter,
    pieces: Sequence[str],
    replace: Sequence[str],
    mask: bool,
    seed: int,
) -> list[Edit]:
    removed = Edit(WordEdit.REMOVED, ("",))
    if mask:
        return [removed, Edit(WordEdit.MASKED, (mask_of(checkpoint),))]
    fillers = tuple(word.strip() for word in replace if word.strip())
    fillers = fillers or neutral_words(dataset, chosen, pieces, count=_FILLERS, seed=seed)
    return [removed, Edit(WordEdit.REPLACED, fillers)] if fillers else [removed]


def _answers(run: Run, subjects: Sequence[Subject], edits: Sequence[Edit]) -> list[Floats]:
    """For each review the probabilities of its texts; fewer reviews where the caller asked to stop."""
    texts = [texts_of(subject, at, edits) for at, subject in enumerate(subjects)]
    run.expect(sum(map(len, texts)))
    found: list[Floats] = []
    for start in range(0, len(texts), _CHUNK):
        chunk = texts[start : start + _CHUNK]
        try:
            logits = run.logits([text for own in chunk for text in own])
        except Cancelled:
            break
        chances = iter(probabilities(logits, run.checkpoint.activation))
        found += [np.stack([next(chances) for _ in own]) for own in chunk]
    return found


def _missing(word: str, found: Found) -> str:
    shown = excerpt(word, 40)
    if found.unread:
        return f"the model reads no review as far as {shown!r}, which {found.unread:,} have in their unread ends"
    return f"no review of the selection has the word {shown!r}"


def _notes(found: Found, done: int, edits: Sequence[Edit]) -> tuple[str, ...]:
    notes = []
    if done < len(found.subjects):
        notes.append(f"cancelled: {done:,} of {len(found.subjects):,} reviews were tested")
    if found.examined < found.holding:
        about = round(found.holding * len(found.subjects) / found.examined)
        notes.append(f"{len(found.subjects):,} reviews were drawn of about {about:,} that have the word")
    if found.unread:
        notes.append(f"{found.unread:,} more reviews have it only where the model does not read any more")
    if len(edits) < 2:
        notes.append("no other word is there to take its place")
    return tuple(notes)
