"""Texts longer than the model reads at once, read whole in overlapping windows.

The prediction on the text is the mean of the windows' predictions, each weighted by its tokens; so is every target.
What is linear in the model, as Shapley values are, is then the same mean of what it is on each window.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from workbench.checkpoints import Checkpoint
from workbench.errors import IncompatibleError
from workbench.pipeline.postprocess import concluded
from workbench.schema import Prediction, Span, Token, Window
from workbench.text import trimmed, words

# Each two neighbours share at least this part of a window, so that no word lacks its context on both sides.
OVERLAP = 0.25
# How far, as a part of a window, an edge may move to fall between two words.
_GIVE = 0.1
# Tokens left free: the first word of a window may fall into more tokens than inside the text.
_SPARE = (2, 8, 32)


def window_spans(checkpoint: Checkpoint, text: str) -> tuple[Span, ...]:
    """Where the windows of a text lie: as few as can be, spread evenly, cut between words.

    Args:
        checkpoint: Whose tokenizer and limit.
        text: Any text.

    Returns:
        Spans in order that cover the text; one where the model reads it at once.

    Raises:
        IncompatibleError: The model reads too few tokens at once.
    """
    encoded = checkpoint.tokenizer(
        text, return_offsets_mapping=True, return_special_tokens_mask=True, add_special_tokens=True, verbose=False
    )
    added = sum(encoded["special_tokens_mask"])
    if len(encoded["input_ids"]) <= checkpoint.token_limit:
        return (Span(start=0, end=len(text)),)
    pairs = zip(encoded["offset_mapping"], encoded["special_tokens_mask"], strict=True)
    starts = [trimmed(text, *pair).start for pair, special in pairs if not special]
    for spare in _SPARE:
        spans = _laid(text, starts, checkpoint.token_limit - added - spare)
        lengths = checkpoint.tokenizer([span.of(text) for span in spans], verbose=False)["input_ids"]
        if spans and max(map(len, lengths)) <= checkpoint.token_limit:
            return spans
    raise IncompatibleError(
        f"{checkpoint.name} reads {checkpoint.token_limit} tokens at once, too few for windows",
        "explain the beginning alone",
    )


def stitched(checkpoint: Checkpoint, text: str, spans: Sequence[Span], parts: Sequence[Prediction]) -> Prediction:
    """The prediction on a text from those on its windows.

    Args:
        checkpoint: What predicted.
        text: The whole.
        spans: The windows.
        parts: The prediction on each.

    Returns:
        Means of logits and probabilities, every token once, and the windows; a single one is the prediction itself.
    """
    if len(parts) == 1:
        return parts[0]
    sizes = np.array([len(_ordinary(part)) for part in parts], dtype=np.float64)
    weights = sizes / sizes.sum()
    return Prediction(
        text=text,
        checkpoint=checkpoint.info,
        tokens=_each_once(spans, parts),
        inputs={},
        logits=tuple(map(float, weights @ np.array([part.logits for part in parts]))),
        activation=checkpoint.activation,
        unread_from=None,
        token_limit=checkpoint.token_limit,
        windows=tuple(
            Window(start=span.start, end=span.end, weight=float(weight), prediction=part)
            for span, weight, part in zip(spans, weights, parts, strict=True)
        ),
        **concluded(checkpoint, weights @ np.array([part.probabilities for part in parts])),
    )


def _laid(text: str, starts: Sequence[int], room: int) -> tuple[Span, ...]:
    """Windows of at most so many tokens, or none where there is no room.

    Args:
        text: The whole.
        starts: First character of each token.
        room: Tokens of a window.
    """
    count, give = len(starts), int(room * _GIVE)
    if room < 1:
        return ()
    shared = int(room * OVERLAP)
    number = -(-(count - shared) // (room - shared))
    breaks = {span.start for span in words(text)}
    between = [index for index, start in enumerate(starts) if start in breaks]
    firsts = [round(place) for place in np.linspace(0, count - room, number)]
    spans = []
    for first in firsts:
        # The last window may only move its start to the right, the others move both edges to the left.
        last = first == firsts[-1]
        begin = _near(between, first, give, forward=last) if first else 0
        end = count if last else _near(between, begin + room, give, forward=False)
        spans.append(Span(start=starts[begin] if begin else 0, end=len(text) if last else starts[end]))
    return tuple(spans)


def _near(places: Sequence[int], wanted: int, give: int, *, forward: bool) -> int:
    """The place next to a wanted one on one side, or that itself where none is near enough."""
    if forward:
        index = bisect_left(places, wanted)
        near = places[index] if index < len(places) else wanted
    else:
        index = bisect_right(places, wanted) - 1
        near = places[index] if index >= 0 else wanted
    return near if abs(near - wanted) <= give else wanted


def _ordinary(part: Prediction) -> list[Token]:
    return [token for token in part.tokens if not token.special]


def _each_once(spans: Sequence[Span], parts: Sequence[Prediction]) -> tuple[Token, ...]:
    """The tokens of all windows at their places in the whole text; where two overlap, each up to the middle."""
    middles = [(left.end + right.start) // 2 for left, right in pairwise(spans)]
    tokens: list[Token] = []
    for span, part, first, last in zip(spans, parts, [0, *middles], [*middles, spans[-1].end + 1], strict=True):
        placed = [
            token.model_copy(update={"span": token.span.moved(span.start)}) for token in _ordinary(part) if token.span
        ]
        tokens += [token for token in placed if token.span and first <= token.span.start < last]
    return tuple(tokens)
