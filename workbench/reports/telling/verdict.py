"""The verdict and the three stages of the pipeline."""

from __future__ import annotations

from workbench.checkpoints import ratings_of
from workbench.reports.document import Bar, Bars, Block, Cell, Chip, ChipKind, Chips, Paragraph, Rating, Table, Tone
from workbench.reports.telling.wording import counted, listed
from workbench.schema import HOLDS_FROM, Prediction, Token
from workbench.text import excerpt

# Of more labels than this, the most probable ones are shown.
_MOST_LABELS = 30
_UNREAD_SHOWN = 300
# More stars than this cannot be counted at a glance.
_MOST_STARS = 10


def rating(prediction: Prediction) -> Rating:
    """What the model decided.

    Args:
        prediction: Of any kind of labels.

    Returns:
        The verdict with how sure it is.
    """
    phrases = [_confidence(prediction)]
    if prediction.expected_rating is not None:
        best = max(ratings_of(prediction.labels) or (0,))
        phrases.append(f"expected rating {prediction.expected_rating:.2f} of {best}")
    return Rating(prediction.verdict, tuple(phrases), _stars(prediction))


def probability_bars(prediction: Prediction, most: int = _MOST_LABELS) -> Bars:
    """One bar a label.

    Args:
        prediction: Of any kind of labels.
        most: So many are shown: all in their order, or else the most probable ones.

    Returns:
        The bars.
    """
    order = sorted(range(len(prediction.labels)), key=lambda index: -prediction.probabilities[index])
    shown = sorted(order) if len(order) <= most else order[:most]
    bars = tuple(
        Bar(
            prediction.labels[index],
            prediction.probabilities[index],
            f"{prediction.probabilities[index]:.3f}",
            prediction.labels[index] in prediction.selected,
        )
        for index in shown
    )
    rest = len(order) - len(shown)
    return Bars("Probability" + (f"; {counted(rest, 'less probable label')} left out" if rest else ""), bars)


def verdict_blocks(prediction: Prediction) -> tuple[Block, ...]:
    """The verdict, and how a long text was read.

    Args:
        prediction: What came out.

    Returns:
        Blocks.
    """
    return (rating(prediction), probability_bars(prediction), *_windows(prediction))


def pipeline_blocks(prediction: Prediction) -> tuple[Block, ...]:
    """From text to tokens, from tokens to logits, from logits to probabilities.

    Args:
        prediction: What came out.

    Returns:
        Blocks.
    """
    blocks: list[Block] = []
    for number, one in enumerate(prediction.passes, start=1):
        window = f" of window {number}" if prediction.windows else ""
        blocks += [_tokens_line(one, window), Chips(tuple(map(_chip, one.tokens)))]
    return (*blocks, *_unread(prediction), Paragraph(_outcome_line(prediction), Tone.SMALL), _outcome(prediction))


def unread_line(prediction: Prediction) -> str:
    """Where reading stopped.

    Args:
        prediction: What came out.

    Returns:
        A sentence; empty where all was read.
    """
    if prediction.unread_from is None:
        return ""
    return (
        f"Not read: the model stops after {prediction.token_limit} tokens, at character {prediction.unread_from:,} "
        f"of {len(prediction.text):,}."
    )


def _confidence(prediction: Prediction) -> str:
    if prediction.independent:
        sure = [f"{label} {prediction.chance(label):.2f}" for label in prediction.selected]
        nearest = f"the nearest is {prediction.label} with {prediction.confidence:.2f}, below {HOLDS_FROM}"
        return f"{', '.join(sure) or nearest}; labels are judged one by one"
    second = prediction.runner_up
    margin = "" if second is None else f", margin {second[1]:.2f} over {second[0]}"
    return f"confidence {prediction.confidence:.2f}{margin}"


def _stars(prediction: Prediction) -> tuple[int, int] | None:
    ratings = ratings_of(prediction.labels)
    if ratings is None or prediction.independent or max(ratings) > _MOST_STARS:
        return None
    return ratings[prediction.labels.index(prediction.label)], max(ratings)


def _windows(prediction: Prediction) -> tuple[Block, ...]:
    if not prediction.windows:
        return ()
    head = (
        f"Read in {counted(len(prediction.windows), 'overlapping window')} of at most {prediction.token_limit} tokens; "
        "probabilities and scores are their means."
    )
    rows = tuple(
        (
            Cell(str(number)),
            Cell(f"{window.start:,} to {window.end:,}", value=window.start),
            Cell(window.prediction.verdict),
            Cell(f"{window.prediction.confidence:.3f}", value=window.prediction.confidence),
            Cell(f"{window.weight:.3f}", value=window.weight),
        )
        for number, window in enumerate(prediction.windows, start=1)
    )
    return Paragraph(head), Table(("Window", "Characters", "Label", "Probability", "Weight"), rows)


def _tokens_line(one: Prediction, window: str) -> Paragraph:
    added = list(dict.fromkeys(token.text for token in one.tokens if token.special))
    unknown = sum(token.unknown for token in one.tokens)
    parts = [f"1 Tokens{window}: {len(one.tokens)} of at most {one.token_limit}, each with its id"]
    parts += [f"{listed(added)} {'is' if len(added) == 1 else 'are'} added by the tokenizer"] if added else []
    parts += [f"{unknown} not in the vocabulary"] if unknown else []
    return Paragraph("; ".join(parts), Tone.SMALL)


def _chip(token: Token) -> Chip:
    kind = ChipKind.SPECIAL if token.special else ChipKind.UNKNOWN if token.unknown else ChipKind.PLAIN
    return Chip(token.text, token.id, kind)


def _unread(prediction: Prediction) -> tuple[Block, ...]:
    if prediction.unread_from is None:
        return ()
    rest = excerpt(prediction.text[prediction.unread_from :], _UNREAD_SHOWN)
    return Paragraph(unread_line(prediction), Tone.WARNING), Paragraph(rest, Tone.SMALL)


def _outcome_line(prediction: Prediction) -> str:
    if prediction.independent:
        how = "the sigmoid of each logit by itself: they need not add up to 1"
    else:
        how = "the softmax of the logits: positive, adding up to 1"
    mean = "; means over the windows" if prediction.windows else ""
    return f"2 Logits: one number a label, of any size. 3 Probabilities: {how}{mean}."


def _outcome(prediction: Prediction) -> Table:
    top = max(map(abs, prediction.logits)) or 1.0
    rows = tuple(
        (
            Cell(label, mark="predicted" if label in prediction.selected else None),
            Cell(f"{logit:+.3f}", value=logit, strength=logit / top),
            Cell(f"{chance:.3f}", value=chance, strength=chance, signed=False),
        )
        for label, logit, chance in zip(prediction.labels, prediction.logits, prediction.probabilities, strict=True)
    )
    return Table(("Label", "Logit", "Probability"), rows)
