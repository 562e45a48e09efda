"""Where a word stands in reviews, and other words of the same reviews to compare it with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from workbench.errors import Cancelled, InputError
from workbench.schema import RowFilter, Span
from workbench.seeds import row_seed
from workbench.text import fold, words
from workbench.triage.association import SURE, log_odds
from workbench.triage.dataset import Dataset
from workbench.triage.sampling import Ids, Review, matching, reviews_of, shuffled

_CHUNK = 500  # reviews looked into at a time
_SCANNED = 2_000  # reviews that the frequency of words is taken from


@dataclass(frozen=True)
class Subject:
    """A review that has the word.

    Attributes:
        review: The row.
        spans: The word's.
        others: As many others, for each draw; none where the review has too few.
    """

    review: Review
    spans: tuple[Span, ...]
    others: tuple[tuple[Span, ...], ...]


@dataclass(frozen=True)
class Found:
    """Reviews that have the word.

    Attributes:
        subjects: At most as many as wanted.
        holding: Rows whose text holds the letters.
        examined: Of these, drawn and looked into.
        unread: Of these, those in which the model did not read as far.
    """

    subjects: tuple[Subject, ...]
    holding: int
    examined: int
    unread: int


def pieces_of(word: str) -> tuple[str, ...]:
    """A word or phrase as the words of a review are.

    Args:
        word: As typed.

    Returns:
        In lower case.

    Raises:
        InputError: There is nothing to look for.
    """
    found = tuple(fold(span.of(word)) for span in words(word))
    if not found:
        raise InputError("there is no word to test", "type one")
    return found


def find_subjects(
    dataset: Dataset,
    chosen: RowFilter,
    pieces: Sequence[str],
    *,
    limit: int,
    draws: int,
    seed: int,
    cancelled: Callable[[], bool] | None = None,
) -> Found:
    """Draw reviews that have a word, whatever its case: one after another in random order until there are enough.

    Args:
        dataset: The batch.
        chosen: Which reviews.
        pieces: From ``pieces_of``.
        limit: The most reviews.
        draws: How often other words are drawn from each.
        seed: Of both.
        cancelled: Asked now and then; true stops.

    Returns:
        The reviews, by id.

    Raises:
        Cancelled: The caller asked to stop.
    """
    ids = shuffled(matching(dataset, chosen, pieces), seed)
    subjects: list[Subject] = []
    examined = unread = 0
    for review in _in_order(dataset, ids, cancelled):
        examined += 1
        subject = _subject(review, pieces, draws, seed)
        if subject is not None:
            subjects.append(subject)
        elif review.read != review.text:
            unread += bool(occurrences(review.text, words(review.text), pieces))
        if len(subjects) == limit:
            break
    subjects.sort(key=lambda subject: subject.review.id)
    return Found(tuple(subjects), len(ids), examined, unread)


def occurrences(text: str, spans: Sequence[Span], pieces: Sequence[str]) -> list[int]:
    """Where a phrase stands among the words of a text, whatever the case.

    Args:
        text: The text.
        spans: Its words.
        pieces: The phrase's, in lower case.

    Returns:
        The number of the first word of each, not overlapping.
    """
    folded = [fold(span.of(text)) for span in spans]
    found: list[int] = []
    for at in range(len(folded) - len(pieces) + 1):
        free = not found or at >= found[-1] + len(pieces)
        if free and folded[at : at + len(pieces)] == list(pieces):
            found.append(at)
    return found


def neutral_words(
    dataset: Dataset, chosen: RowFilter, pieces: Sequence[str], *, count: int, seed: int
) -> tuple[str, ...]:
    """Words that are about as frequent as another and go with no predicted label.

    Args:
        dataset: The batch.
        chosen: Which reviews.
        pieces: The other's.
        count: How many to draw.
        seed: Of the draw, and of the reviews that words are counted in.

    Returns:
        In lower case; fewer where there are no more. Of the same frequency means within a factor of two, or the next
        power of two that gives enough.
    """
    rows = reviews_of(dataset, _some(matching(dataset, chosen), seed))
    labels = len(dataset.manifest.checkpoint.labels)
    known = [{fold(span.of(row.read)) for span in words(row.read)} for row in rows]
    frequency = Counter(word for own in known for word in own)
    vocabulary = sorted(frequency)
    number = {word: at for at, word in enumerate(vocabulary)}
    counts = np.zeros((len(vocabulary), labels))
    for row, own in zip(rows, known, strict=True):
        counts[[number[word] for word in own], row.predicted] += 1
    sure = np.abs(log_odds(counts)).max(axis=1) >= SURE
    wanted = max(1, min(frequency[piece] for piece in pieces))
    able = [word for at, word in enumerate(vocabulary) if word.isalpha() and word not in pieces and not sure[at]]
    factor, fitting = 2, list[str]()
    while len(fitting) < min(count, len(able)):
        fitting = [word for word in able if wanted <= frequency[word] * factor and frequency[word] <= wanted * factor]
        factor *= 2
    chosen_words = np.random.default_rng(seed).permutation(len(fitting))[:count]
    return tuple(fitting[at] for at in sorted(chosen_words))


def _in_order(dataset: Dataset, ids: Ids, cancelled: Callable[[], bool] | None) -> Iterator[Review]:
    for start in range(0, len(ids), _CHUNK):
        if cancelled and cancelled():
            raise Cancelled
        yield from reviews_of(dataset, ids[start : start + _CHUNK])


def _some(ids: Ids, seed: int) -> Ids:
    return shuffled(ids, seed)[:_SCANNED]


def _subject(review: Review, pieces: Sequence[str], draws: int, seed: int) -> Subject | None:
    spans = words(review.read)
    places = occurrences(review.read, spans, pieces)
    if not places:
        return None
    length = len(pieces)
    taken = {at + step for at in places for step in range(length)}
    # What stands in for the word has letters or digits, as most words that are tested.
    free = [
        at
        for at in range(len(spans) - length + 1)
        if not taken & set(range(at, at + length)) and any(sign.isalnum() for sign in spans[at].of(review.read))
    ]
    rng = np.random.default_rng(row_seed(seed, review.text))
    drawn = [_drawn(free, len(places), length, rng) for _ in range(draws)]
    others = tuple(tuple(_runs(spans, one, length)) for one in drawn if one is not None)
    return Subject(review, tuple(_runs(spans, places, length)), others if len(others) == draws else ())


def _drawn(free: Sequence[int], count: int, length: int, rng: np.random.Generator) -> list[int] | None:
    """Places of other words, as many as the word has; none where there are too few."""
    found: list[int] = []
    for at in rng.permutation(np.array(free, dtype=np.int64)).tolist():
        if all(abs(at - other) >= length for other in found):
            found.append(at)
        if len(found) == count:
            return sorted(found)
    return None


def _runs(spans: Sequence[Span], places: Sequence[int], length: int) -> list[Span]:
    return [Span(start=spans[at].start, end=spans[at + length - 1].end) for at in places]
