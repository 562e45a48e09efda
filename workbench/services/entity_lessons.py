"""The guided tour through the entities of a text: from sub-words to tags, and from tags to entities.

Every number is that of the prediction shown, or measured for the lesson with the same checkpoint.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from workbench.checkpoints import Checkpoint
from workbench.pipeline import Decoder, find_entities, goes_on_with_word, read_tag
from workbench.reports.telling.wording import counted
from workbench.schema import OUTSIDE, EntityPrediction, Lesson, Scheme, Strategy
from workbench.services.lessons import split_words
from workbench.text import excerpt, words

# So many rows of a table, and so many signs of a cell, are shown.
_ROWS = 8
_SHOWN = 240

_WORDS = {
    Strategy.NONE: "Here every token stands alone with its own tag; nothing is put together.",
    Strategy.SIMPLE: "Here every token keeps its own tag, and neighbours of one type are put together.",
    Strategy.FIRST: "Here a word has the tag of its first token; what the model says of its other tokens is not used.",
    Strategy.AVERAGE: "Here the probabilities of a word's tokens are averaged, and the word has the tag that comes "
    "out on top.",
    Strategy.MAX: "Here a word has the tag of the token that the model is surest of.",
}
_SHORT = {
    Strategy.NONE: "every token alone",
    Strategy.SIMPLE: "every token its own tag",
    Strategy.FIRST: "a word has the tag of its first token",
    Strategy.AVERAGE: "a word has the best tag on average",
    Strategy.MAX: "a word has the tag of its surest token",
}
_SAYS = {
    "B": "begins",
    "I": "goes on with",
    "E": "ends",
    "L": "ends",
    "S": "is by itself",
    "U": "is by itself",
}

# Tokens, the label that they were given together, and its probability.
Given = tuple[tuple[int, ...], str, float]
Step = Callable[[Checkpoint, EntityPrediction], Lesson]


def entity_lessons(checkpoint: Checkpoint, prediction: EntityPrediction) -> tuple[Lesson, ...]:
    """The tour through the entities of one text, in the order of the pipeline.

    Args:
        checkpoint: What found them.
        prediction: What to teach with.

    Returns:
        One lesson a step.
    """
    return tuple(step(checkpoint, prediction) for step in _STEPS)


def pieces_of(checkpoint: Checkpoint, prediction: EntityPrediction) -> list[list[Given]]:
    """What each entity's score is the mean of.

    Args:
        checkpoint: What found them.
        prediction: Their text.

    Returns:
        One list an entity: tokens (one, or those of a word), the label that they were given, and its probability.
    """
    spans = [(token.span.start, token.span.end) if token.span else (0, 0) for token in prediction.tokens]
    goes_on = goes_on_with_word(checkpoint, prediction.text, prediction.tokens, spans)
    decoder = Decoder(prediction.labels, prediction.scheme, prediction.strategy)
    chances = np.array(prediction.probabilities)
    return [
        [
            (piece.tokens, prediction.labels[piece.label], piece.score)
            for piece in decoder.pieces(entity.tokens, goes_on, chances)
        ]
        for entity in prediction.entities
    ]


def _sub_words(checkpoint: Checkpoint, prediction: EntityPrediction) -> Lesson:
    cut = split_words(prediction)
    read = words(prediction.read_text)
    count = sum(not token.special for token in prediction.tokens)
    says = [
        f"The model reads no words but tokens: the {counted(len(read), 'word')} of your text became "
        f"{counted(count, 'token')}, and each token gets a tag of its own."
    ]
    if cut:
        word, pieces = cut[0]
        says.append(
            f"“{word}” became {' + '.join(pieces)}, so there are {len(pieces)} tags for one word. Models are trained "
            "on the tag of a word's first token; what they say of the others was often never checked."
        )
    else:
        says.append("Every word of yours is one token, so each word has one tag.")
    says.append(_WORDS[prediction.strategy])
    return Lesson(
        title="Sub-words, and where a word's tag is read",
        paragraphs=tuple(says),
        header=("word", "tokens", "tags") if cut else (),
        rows=tuple((word, " ".join(pieces), _tags_of(prediction, word, len(pieces))) for word, pieces in cut[:_ROWS]),
        left_out=max(0, len(cut) - _ROWS),
    )


def _tags_of(prediction: EntityPrediction, word: str, count: int) -> str:
    """The tags of the tokens of a word, where it stands first."""
    place = next(one for one in words(prediction.text) if one.of(prediction.text) == word)
    inside = [
        tag
        for token, tag in zip(prediction.tokens, prediction.tags, strict=True)
        if token.span and place.start <= token.span.start < token.span.end <= place.end
    ]
    return " ".join(inside[:count])


def _scheme(checkpoint: Checkpoint, prediction: EntityPrediction) -> Lesson:
    labels, scheme = prediction.labels, prediction.scheme
    given = [place for place, token in enumerate(prediction.tokens) if not token.special]
    tagged = [(place, prediction.tags[place]) for place in given if prediction.tags[place] != OUTSIDE]
    says = [
        f"This model has {counted(len(labels), 'tag')}: {excerpt(', '.join(labels), _SHOWN)}. {OUTSIDE} stands for "
        f"“no entity”: it is the tag of {len(given) - len(tagged):,} of your {counted(len(given), 'token')}."
    ]
    if scheme is Scheme.PLAIN:
        says.append("A tag names the type alone, so two neighbours of one type cannot be told apart.")
    else:
        says.append(
            f"The letter before the hyphen says where in the entity the token stands (the scheme is called "
            f"{scheme.value}): without it, two names side by side would run into one."
        )
    if not tagged:
        says.append(f"In your text every token has the tag {OUTSIDE}.")
    return Lesson(
        title="Tags: what begins, goes on and stands outside",
        paragraphs=tuple(says),
        header=("token", "tag", "which says") if tagged else (),
        rows=tuple((prediction.tokens[place].text, tag, _meaning(tag, scheme)) for place, tag in tagged[:_ROWS]),
        left_out=max(0, len(tagged) - _ROWS),
    )


def _meaning(tag: str, scheme: Scheme) -> str:
    read = read_tag(tag, scheme)
    if scheme is Scheme.PLAIN:
        return f"belongs to an entity of type {read.type}"
    return f"{_SAYS[read.prefix]} an entity of type {read.type}"


def _scores(checkpoint: Checkpoint, prediction: EntityPrediction) -> Lesson:
    title = "Probabilities of tokens, and the score of an entity"
    first = (
        "The model gives each token a number for each tag, and softmax turns them into probabilities that add up to 1; "
        "hover over a token above for its first three."
    )
    if not prediction.entities:
        return Lesson(title=title, paragraphs=(first, "Your text has no entity, so there is no score to look into."))
    entity, pieces = max(
        zip(prediction.entities, pieces_of(checkpoint, prediction), strict=True),
        key=lambda pair: (len(pair[1]), len(pair[0].tokens)),
    )
    shown = pieces[:_ROWS]
    total = f"({' + '.join(f'{score:.3f}' for _, _, score in shown)}{' + …' if len(pieces) > _ROWS else ''})"
    mean = f" = {total} / {len(pieces)}" if len(pieces) > 1 else ""
    return Lesson(
        title=title,
        paragraphs=(
            first,
            f"The score of “{excerpt(entity.text, 60)}” as {entity.type} is the mean over what was put together: "
            f"{entity.score:.3f}{mean}.",
            "So it tells how sure the model is of the tags it chose, one by one; it is not the probability that the "
            "whole entity, with these bounds, is right. What the methods below explain is yet another number: how "
            "probable the type is on these words, however the entity begins and goes on.",
        ),
        header=("tokens", "tag given", "its probability", "tag by tag"),
        rows=tuple(
            (
                " ".join(prediction.tokens[place].text for place in tokens),
                label,
                f"{score:.3f}",
                "; ".join(f"{prediction.tags[place]} {max(prediction.probabilities[place]):.3f}" for place in tokens),
            )
            for tokens, label, score in shown
        ),
        left_out=max(0, len(pieces) - _ROWS),
    )


def _strategies(checkpoint: Checkpoint, prediction: EntityPrediction) -> Lesson:
    windows = bool(prediction.windows)
    given = {
        strategy: prediction
        if strategy is prediction.strategy
        else find_entities(
            checkpoint, prediction.text, strategy=strategy.value, scheme=prediction.scheme.value, windows=windows
        )
        for strategy in Strategy
    }
    kinds = {tuple((one.type, one.start, one.end) for one in each.entities) for each in given.values()}
    merged = {
        tuple((one.type, one.start, one.end) for one in each.entities)
        for strategy, each in given.items()
        if strategy is not Strategy.NONE
    }
    if len(kinds) == 1:
        outcome = "For your text all five give the same entities."
    elif len(merged) == 1:
        outcome = "For your text all that put tokens together find the same entities, some with other scores."
    else:
        outcome = "For your text they do not find the same entities: where they differ, the tags are torn."
    return Lesson(
        title="Strategies: from tags to entities",
        paragraphs=(f"The same tags can be put together in five ways. {outcome}",),
        header=("strategy", "in short", "entities of your text"),
        rows=tuple((_named(strategy, prediction), _SHORT[strategy], _listed(each)) for strategy, each in given.items()),
    )


def _named(strategy: Strategy, prediction: EntityPrediction) -> str:
    return f"{strategy.value} (chosen)" if strategy is prediction.strategy else strategy.value


def _listed(prediction: EntityPrediction) -> str:
    named = (f"{one.text} {one.type} {one.score:.3f}" for one in prediction.entities)
    return excerpt("; ".join(named) or "none", _SHOWN)


def _windows(checkpoint: Checkpoint, prediction: EntityPrediction) -> Lesson:
    title, limit = "Long texts and windows", prediction.token_limit
    says = [f"This model reads at most {limit} tokens at once, special ones included."]
    if prediction.windows:
        says.append(
            f"Yours was read in {counted(len(prediction.windows), 'window')} that overlap. Each token is taken from "
            "the window that it stands further inside of, since tags need words on both sides; an entity over the "
            "border comes whole from one of them."
        )
    elif prediction.unread_from is not None:
        says.append(
            f"Yours is longer: reading stopped at character {prediction.unread_from:,} of {len(prediction.text):,}, "
            "and names after that cannot be found. With windows, all of it is read."
        )
    else:
        says.append(
            f"Yours needs {counted(len(prediction.tokens), 'token')}, so it is read whole, and windows change nothing."
        )
    return Lesson(
        title=title,
        paragraphs=tuple(says),
        header=("window", "characters read", "characters taken from it") if prediction.windows else (),
        rows=tuple(
            (str(number), f"{one.start:,} to {one.end:,}", f"{one.first:,} to {one.last:,}")
            for number, one in enumerate(prediction.windows[:_ROWS], start=1)
        ),
        left_out=max(0, len(prediction.windows) - _ROWS),
    )


_STEPS: tuple[Step, ...] = (_sub_words, _scheme, _scores, _strategies, _windows)
