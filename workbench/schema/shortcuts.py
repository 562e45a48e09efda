"""Shortcuts: words that may decide an answer although they should not, and what removing or replacing them does."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field, FiniteFloat

from workbench.schema.base import Frozen
from workbench.schema.explanation import Evaluations
from workbench.schema.file_pair import Share
from workbench.schema.file_source import Count


class Candidate(Frozen):
    """A word that may be a shortcut to a label.

    Attributes:
        word: In lower case.
        form: As it is most often written.
        label: That it goes with.
        reviews: Explained reviews that have it.
        predicted: Share of these that are predicted to be of the label.
        truth: Share of these that are of the label; none where none of them is labelled.
        z: Of its log odds in reviews of the predicted label against all others.
        truth_z: The same of the right labels; none likewise.
        mean: Score in the reviews predicted to be of the label, as ``WordScore.mean``.
        magnitude: Likewise without signs.
        suspicion: What candidates are sorted by.
        plain: It says nothing of itself: a number, a sign, or one of the commonest English words.
    """

    word: str
    form: str
    label: str
    reviews: Annotated[int, Field(ge=1)]
    predicted: Share
    truth: Share | None
    z: FiniteFloat
    truth_z: FiniteFloat | None
    mean: FiniteFloat
    magnitude: Annotated[FiniteFloat, Field(ge=0)]
    suspicion: FiniteFloat
    plain: bool


class WordEdit(StrEnum):
    """What is done to a word in every review that has it."""

    REMOVED = "removed"
    REPLACED = "replaced"
    MASKED = "masked"


class Estimated(Frozen):
    """A mean over reviews with its 95% interval.

    Attributes:
        value: The mean.
        low: Lower end; none with fewer than two reviews.
        high: Upper end; likewise.
    """

    value: FiniteFloat
    low: FiniteFloat | None
    high: FiniteFloat | None


class WordControl(Frozen):
    """The same edit of as many other words of the same reviews, drawn at random.

    Attributes:
        reviews: That have enough other words.
        draws: In each of them.
        flipped: Share of draws with another predicted label.
        probability: Change of the probability of the label predicted before.
        beyond: The word's own change of it minus this one, review by review.
        superiority: Chance that the word lowers that probability more than another word of the same review does; half
            where it makes no difference.
        p: Two-sided, of the permutation test that the word is one of them like any other.
    """

    reviews: Count
    draws: Annotated[int, Field(ge=1)]
    flipped: Estimated
    probability: Estimated
    beyond: Estimated
    superiority: Share
    p: Share


class ChangedReview(Frozen):
    """A review whose answer an edit of the word changed.

    Attributes:
        id: Of the row, in the data set.
        before: What was read.
        after: What was read instead.
        label: Predicted before.
        new_label: Predicted after.
        probability: Of ``label`` before.
        new_probability: Of ``label`` after.
    """

    id: Count
    before: str
    after: str
    label: str
    new_label: str
    probability: Share
    new_probability: Share


class WordEffect(Frozen):
    """What an edit of a word does to the predictions. Where several words replace it, a review's change is their mean.

    Attributes:
        edit: What was done.
        words: What was put in its place.
        flipped: Share of reviews with another predicted label; of several words, under most of them.
        probability: Change of the probability of the label predicted before.
        rating: Change of the expected rating, in stars; none where labels are no ratings.
        accuracy: Change of the share predicted right; none where no review is labelled.
        control: As many other words; none where no review has enough.
        examples: Most changed first.
    """

    edit: WordEdit
    words: tuple[str, ...] = ()
    flipped: Estimated
    probability: Estimated
    rating: Estimated | None
    accuracy: Estimated | None
    control: WordControl | None
    examples: tuple[ChangedReview, ...] = ()


class WordProbe(Frozen):
    """A word tested across a data set.

    Attributes:
        word: As typed.
        checkpoint: Name of the model.
        holding: Rows whose text holds its letters.
        examined: Of these, drawn and looked into.
        unread: Of these, those in which the model did not read as far as it.
        reviews: In which it is a word of its own that the model read: those tested.
        labelled: Of these, those with a right label.
        occurrences: In the reviews tested.
        seed: Of the sample, the words drawn and the intervals.
        effects: One an edit.
        partial: Cancelled: the effects are of the reviews read so far.
        notes: Sentences for the reader.
        evaluations: Asked for and made.
        seconds: Wall time.
    """

    word: str
    checkpoint: str
    holding: Count
    examined: Count
    unread: Count
    reviews: Annotated[int, Field(ge=1)]
    labelled: Count
    occurrences: Annotated[int, Field(ge=1)]
    seed: int
    effects: tuple[WordEffect, ...]
    partial: bool = False
    notes: tuple[str, ...] = ()
    evaluations: Evaluations
    seconds: Annotated[FiniteFloat, Field(ge=0)]


class Reliance(StrEnum):
    """Whether a word that was tested looks like a shortcut."""

    SHORTCUT = "shortcut"  # relied on, and more is right without it
    RELIED = "relied on"  # more than other words; whether it should be is not known
    EARNED = "earned"  # relied on, and less is right without it
    NOTHING = "nothing"  # does no more than other words
    UNSURE = "unsure"  # there are no other words to compare it with


class ShortcutVerdict(Frozen):
    """What the test of a word says of it.

    Attributes:
        reliance: In one word.
        sentence: In a plain sentence.
    """

    reliance: Reliance
    sentence: str
