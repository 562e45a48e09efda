"""The guided tour: what each stage of the pipeline did with the user's own text.

Every number is that of the prediction shown, or measured for the lesson with the same checkpoint.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from workbench.checkpoints import Checkpoint
from workbench.pipeline import infer, probabilities
from workbench.schema import Activation, EntityPrediction, Lesson, Prediction, Token
from workbench.text import excerpt, words

# So many rows of a table are shown.
_ROWS = 8
# So many places are filled up to show what padding is.
_PADS = 6
# Below this margin the second label is a rival that a reader should know of.
_NEAR = 0.25
# e to this still has few digits.
_LARGE = 20
# Above this a float does not hold e to the number.
_MOST = 700

Step = Callable[[Checkpoint, Prediction], Lesson]


def lessons(checkpoint: Checkpoint, prediction: Prediction) -> tuple[Lesson, ...]:
    """The tour through one prediction, in the order of the pipeline.

    Args:
        checkpoint: What predicted.
        prediction: What to teach with; of a text that was read in windows the first window is taken.

    Returns:
        One lesson a step.
    """
    one, count = prediction.passes[0], len(prediction.passes)
    first, *others = (step(checkpoint, one) for step in _STEPS)
    if count > 1:
        note = f"Your text was read in {count} windows; the tour goes through the first and counts what is there."
        first = first.model_copy(update={"paragraphs": (note, *first.paragraphs)})
    return (first, *others)


def split_words(prediction: Prediction | EntityPrediction) -> list[tuple[str, tuple[str, ...]]]:
    """The words that the tokenizer cut into pieces.

    Args:
        prediction: Of any text.

    Returns:
        Each such word with its tokens, once, in the order of the text.
    """
    found: dict[str, tuple[str, ...]] = {}
    for word in words(prediction.text):
        inside = [
            token.text
            for token in prediction.tokens
            if token.span and word.start <= token.span.start < token.span.end <= word.end
        ]
        if len(inside) > 1:
            found.setdefault(word.of(prediction.text), tuple(inside))
    return list(found.items())


def _sub_words(checkpoint: Checkpoint, prediction: Prediction) -> Lesson:
    read = [word for word in words(prediction.text) if word.end <= len(prediction.read_text)]
    tokens = [token for token in prediction.tokens if not token.special]
    cut = split_words(prediction)
    size = len(checkpoint.tokenizer)
    says = [
        f"A model reads no letters and no words but tokens, pieces of text out of a fixed list of {size:,}. "
        f"Your text has {_count(len(read), 'word')} and became {_count(len(tokens), 'token')}."
    ]
    if cut:
        word, pieces = cut[0]
        says.append(
            f"Frequent words are one token. A word that is not in the list is cut into pieces that are: “{word}” "
            "became "
            f"{' + '.join(pieces)}. What the model learned about it, it learned about the pieces."
        )
    else:
        says.append("Every word of yours is in the list whole; a rarer one would be cut into pieces that are.")
    unknown = [token for token in tokens if token.unknown]
    if unknown:
        what = ", ".join(dict.fromkeys(token.span.of(prediction.text) for token in unknown if token.span))
        says.append(
            f"For {excerpt(what, 60)} there is no piece at all: the model sees {unknown[0].text} in its place and "
            "cannot tell it from anything else that it does not know."
        )
    if _folds_case(prediction):
        says.append("This tokenizer drops capitals: to the model GOOD, Good and good are the same.")
    return Lesson(
        title="Text becomes tokens",
        paragraphs=tuple(says),
        header=("word", "tokens") if cut else (),
        rows=tuple((word, " ".join(pieces)) for word, pieces in cut[:_ROWS]),
        left_out=max(0, len(cut) - _ROWS),
    )


def _ids(checkpoint: Checkpoint, prediction: Prediction) -> Lesson:
    tokens = prediction.tokens
    return Lesson(
        title="Tokens become ids",
        paragraphs=(
            "Each token has a number, its place in the list. These numbers are all that enters the model: the first "
            "layer looks up a vector for each. Nothing else of your text reaches it.",
        ),
        header=("place", "token", "id", "in your text"),
        rows=tuple(
            (str(place), token.text, str(token.id), _where(prediction, token))
            for place, token in enumerate(tokens[:_ROWS])
        ),
        left_out=max(0, len(tokens) - _ROWS),
    )


def _special(checkpoint: Checkpoint, prediction: Prediction) -> Lesson:
    special = [(place, token) for place, token in enumerate(prediction.tokens) if token.special]
    if not special:
        says: tuple[str, ...] = ("This tokenizer adds none: the model reads your tokens and nothing else.",)
    else:
        names = ", ".join(dict.fromkeys(token.text for _, token in special))
        says = (
            f"The tokenizer added {names}: they stand for no text. They mark where a text begins and ends, and the "
            "model "
            "was trained with them, so that it needs them.",
            "In models of this kind the classifier reads the vector of one place only, as a rule that of the first "
            "token. Through the attention of all layers what the words say is gathered there: so attention views and "
            "attention methods look at what that place takes from the others.",
        )
    return Lesson(
        title="Special tokens",
        paragraphs=says,
        header=("place", "token", "id") if special else (),
        rows=tuple((str(place), token.text, str(token.id)) for place, token in special[:_ROWS]),
        left_out=max(0, len(special) - _ROWS),
    )


def _padding(checkpoint: Checkpoint, prediction: Prediction) -> Lesson:
    row = list(prediction.inputs["input_ids"])
    pads = min(_PADS, checkpoint.token_limit - len(row))
    says = [
        "Several texts go through the model together as a table of numbers, so all rows must be as long as the "
        "longest. "
        "Shorter ones are filled up with padding, and the attention mask says what is text (1) and what is filling "
        "(0).",
    ]
    pad = checkpoint.tokenizer.pad_token_id
    if pads <= 0 or pad is None:
        says.append("Your text fills all that the model reads at once, so it is never padded itself.")
        return Lesson(title="Padding and the attention mask", paragraphs=tuple(says))
    filled = row + [pad] * pads
    # The second of a batch is longer by the padding; by itself the row with padding counts as text.
    alone, beside, unmasked = (_chance(checkpoint, prediction, rows) for rows in ([row], [row, filled], [filled]))
    says.append(
        f"Beside a text that is {_count(pads, 'token')} longer, yours is padded as below. With the mask the "
        "probability of "
        f"{prediction.label} stays {beside:.4f} (alone: {alone:.4f}). Were the mask forgotten, it would be "
        f"{unmasked:.4f}: "
        "the model would read the filling as text."
    )
    shown = checkpoint.tokenizer.convert_ids_to_tokens(filled)
    ends = range(max(0, len(row) - 2), len(filled))
    return Lesson(
        title="Padding and the attention mask",
        paragraphs=tuple(says),
        header=("place", "token", "id", "mask"),
        rows=tuple((str(place), shown[place], str(filled[place]), str(int(place < len(row)))) for place in ends),
    )


def _truncation(checkpoint: Checkpoint, prediction: Prediction) -> Lesson:
    limit, count = checkpoint.token_limit, len(prediction.tokens)
    says = [
        f"This model reads at most {limit} tokens at once, special ones included; that was fixed when it was trained."
    ]
    if prediction.unread_from is None:
        says.append(f"Your text needs {count}, so all of it was read.")
    else:
        rest = excerpt(prediction.text[prediction.unread_from :].strip(), 80)
        says.append(
            f"Your text is longer: reading stopped at character {prediction.unread_from:,} of "
            f"{len(prediction.text):,}, and "
            f"what follows had no influence at all (“{rest}”). Most programs drop it silently. Read in overlapping "
            "windows it counts too."
        )
    return Lesson(title="Truncation", paragraphs=tuple(says))


def _logits(checkpoint: Checkpoint, prediction: Prediction) -> Lesson:
    high, low = max(prediction.logits), min(prediction.logits)
    says = [
        "The last layer gives one number for each label, the logits. They can be of any size and sign and mean "
        "nothing one "
        f"by one: yours go from {low:+.2f} to {high:+.2f}.",
    ]
    if prediction.independent:
        says.append("Here each label is judged by itself: above 0 it holds, below it does not.")
    else:
        says.append(
            "Only their differences count: if 10 were added to all of them, the probabilities would be the same. So a "
            "logit of one text must not be compared with that of another."
        )
    return Lesson(
        title="Logits are no probabilities",
        paragraphs=tuple(says),
        header=("label", "logit"),
        rows=tuple((label, f"{logit:+.3f}") for label, logit in zip(prediction.labels, prediction.logits, strict=True))[
            :_ROWS
        ],
        left_out=max(0, len(prediction.labels) - _ROWS),
    )


def _chances(checkpoint: Checkpoint, prediction: Prediction) -> Lesson:
    if prediction.independent:
        return Lesson(
            title="Sigmoid: from logits to probabilities",
            paragraphs=(
                "Each logit by itself becomes 1 / (1 + e^-logit), between 0 and 1. They need not add up to 1.",
            ),
            header=("label", "logit", "e^-logit", "1 / (1 + e^-logit)"),
            rows=tuple(
                (label, f"{logit:+.3f}", f"{math.exp(min(-logit, _MOST)):.3f}", f"{chance:.3f}")
                for label, logit, chance in zip(
                    prediction.labels, prediction.logits, prediction.probabilities, strict=True
                )
            )[:_ROWS],
            left_out=max(0, len(prediction.labels) - _ROWS),
        )
    # e to a large number is more than a float holds; the same off all logits changes nothing.
    off = math.ceil(max(prediction.logits)) if max(map(abs, prediction.logits)) > _LARGE else 0
    powers = [math.exp(logit - off) for logit in prediction.logits]
    total = sum(powers)
    power_of = f"e^(logit - {off})" if off else "e^logit"
    return Lesson(
        title="Softmax: from logits to probabilities",
        paragraphs=(
            "Softmax raises e to each logit, which makes all positive, and divides by their sum, which makes them add "
            f"up to 1. For your text the sum is {total:.3f}.",
            "A difference of 1 between two logits always means that the one label is e = 2.718 times as probable as "
            "the other.",
        ),
        header=("label", "logit", power_of, f"{power_of} / {total:.3f}"),
        rows=tuple(
            (label, f"{logit:+.3f}", f"{power:.3f}", f"{power / total:.3f}")
            for label, logit, power in zip(prediction.labels, prediction.logits, powers, strict=True)
        )[:_ROWS],
        left_out=max(0, len(prediction.labels) - _ROWS),
    )


def _confidence(checkpoint: Checkpoint, prediction: Prediction) -> Lesson:
    says = [
        f"A label alone says “{prediction.verdict}”. The model says more: it gives {prediction.label} a probability of "
        f"{prediction.confidence:.2f}."
    ]
    if prediction.runner_up:
        second, margin = prediction.runner_up
        near = (
            "so close that a word or two could turn it"
            if margin < _NEAR
            else "far enough that the label is no accident"
        )
        says.append(
            f"The next is {second} with {prediction.confidence - margin:.2f}, a margin of {margin:.2f}: {near}. Two "
            "texts "
            "with the same label can be as different as a sure and a torn reader."
        )
    if prediction.expected_rating is not None:
        says.append(
            "As the labels are ratings, they can be averaged, each by its probability: "
            f"{prediction.expected_rating:.2f}. "
            "That tells a clear middle from a split between the ends, which the label does not."
        )
    says.append(
        "Confidence is the model's own opinion of itself. How often it is right at such a confidence has to be "
        "measured on "
        "texts with known labels; where it matters, set a threshold and let a person look at what lies below."
    )
    return Lesson(title="Confidence, and why a label alone misleads", paragraphs=tuple(says))


_STEPS: tuple[Step, ...] = (
    _sub_words,
    _ids,
    _special,
    _padding,
    _truncation,
    _logits,
    _chances,
    _confidence,
)


def _chance(checkpoint: Checkpoint, prediction: Prediction, rows: Sequence[Sequence[int]]) -> float:
    """The probability of the predicted label for the first row of a batch."""
    chances = probabilities(infer(checkpoint, rows)[0], Activation(prediction.activation))
    return float(chances[prediction.labels.index(prediction.label)])


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"


def _where(prediction: Prediction, token: Token) -> str:
    if token.span is None:
        return "added"
    return f"{token.span.of(prediction.text)} ({token.span.start} to {token.span.end})"


def _folds_case(prediction: Prediction) -> bool:
    """Whether a capital of the text is a small letter in its token."""
    pairs = [(token.span.of(prediction.text), token.text) for token in prediction.tokens if token.span]
    return any(piece != piece.lower() and piece.lower() in token and piece not in token for piece, token in pairs)
