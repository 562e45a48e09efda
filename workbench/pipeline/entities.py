"""Named entities: the tags of tokens, merged into spans of the user's own text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from workbench.checkpoints import Checkpoint, require_task
from workbench.errors import InputError
from workbench.pipeline.classification import batch_positions, batches
from workbench.pipeline.infer import infer
from workbench.pipeline.postprocess import Floats, probabilities
from workbench.pipeline.preprocess import Encoded, preprocess
from workbench.pipeline.spans import Decoder, goes_on_with_word, marks_words
from workbench.pipeline.tags import parse_scheme
from workbench.pipeline.windows import window_spans
from workbench.schema import Activation, Entity, EntityPrediction, EntityWindow, Span, Strategy, Token
from workbench.text import check_text


@dataclass(frozen=True)
class _Tagged:
    """Some tokens of a text with the probabilities of their labels.

    Attributes:
        tokens: With their places in the text.
        offsets: As the tokenizer gave them, of the same tokens.
        chances: Shape (tokens, labels).
    """

    tokens: tuple[Token, ...]
    offsets: tuple[tuple[int, int], ...]
    chances: Floats

    def moved(self, by: int) -> _Tagged:
        """The same, without special tokens, in a text that has so many characters before it."""
        kept = [index for index, token in enumerate(self.tokens) if token.span]
        placed = [(self.tokens[index], self.tokens[index].span) for index in kept]
        tokens = tuple(token.model_copy(update={"span": span.moved(by)}) for token, span in placed if span)
        offsets = tuple((self.offsets[index][0] + by, self.offsets[index][1] + by) for index in kept)
        return _Tagged(tokens, offsets, self.chances[kept])

    def between(self, first: int, last: int) -> _Tagged:
        """The tokens that begin in a stretch of the text."""
        kept = [index for index, token in enumerate(self.tokens) if token.span and first <= token.span.start < last]
        tokens, offsets = (tuple(items[index] for index in kept) for items in (self.tokens, self.offsets))
        return _Tagged(tokens, offsets, self.chances[kept])  # type: ignore[arg-type]


def default_strategy(checkpoint: Checkpoint) -> Strategy:
    """How tokens become entities where nobody says how.

    Args:
        checkpoint: Whose tokenizer.

    Returns:
        ``first`` where the tokenizer marks which tokens go on with a word, as WordPiece does: models learn to tag the
        first token of a word. Elsewhere words are guessed by spaces, which glues a comma to the name before it, so
        ``simple``.
    """
    return Strategy.FIRST if marks_words(checkpoint) else Strategy.SIMPLE


def parse_strategy(strategy: str | None, checkpoint: Checkpoint) -> Strategy:
    """The strategy of that name.

    Args:
        strategy: A name; none takes what suits the checkpoint.
        checkpoint: The model.

    Returns:
        The strategy.

    Raises:
        InputError: There is none of that name.
    """
    if strategy is None:
        return default_strategy(checkpoint)
    try:
        return Strategy(strategy)
    except ValueError:
        raise InputError(f"there is no strategy {strategy!r}", f"choose one of {', '.join(Strategy)}") from None


def find_entities_many(
    checkpoint: Checkpoint,
    texts: Sequence[str],
    *,
    strategy: str | None = None,
    scheme: str | None = None,
    windows: bool = False,
) -> list[EntityPrediction]:
    """Find the named entities of many texts.

    Args:
        checkpoint: A model that tags tokens.
        texts: Any number.
        strategy: ``none``, ``simple``, ``first``, ``average`` or ``max``, as transformers names them; by default what
            suits the tokenizer.
        scheme: ``bio``, ``iob1``, ``bioes``, ``bilou`` or ``plain``; by default recognised by the labels.
        windows: Read texts that are longer than the model reads at once whole, in overlapping windows.

    Returns:
        One prediction a text, in order.

    Raises:
        TextError: A text is empty or cannot be encoded.
        InputError: There is no such strategy or scheme.
        IncompatibleError: The model does not tag tokens, or reads too few at once for windows.
    """
    require_task(checkpoint, "entities")
    decoder = Decoder(checkpoint.labels, parse_scheme(scheme, checkpoint.labels), parse_strategy(strategy, checkpoint))
    whole = (Span(start=0, end=len(text)) for text in texts)
    laid = [window_spans(checkpoint, check_text(text)) for text in texts] if windows else [(span,) for span in whole]
    encoded = preprocess(checkpoint, [span.of(text) for text, spans in zip(texts, laid, strict=True) for span in spans])
    parts = iter(zip(encoded, _tagged(checkpoint, encoded), strict=True))
    return [
        _prediction(checkpoint, decoder, text, spans, [next(parts) for _ in spans])
        for text, spans in zip(texts, laid, strict=True)
    ]


def find_entities(
    checkpoint: Checkpoint, text: str, *, strategy: str | None = None, scheme: str | None = None, windows: bool = False
) -> EntityPrediction:
    """Find the named entities of one text; see ``find_entities_many``.

    Args:
        checkpoint: A model that tags tokens.
        text: The text.
        strategy: How tokens become entities.
        scheme: How labels are read.
        windows: Read a text that is longer than the model reads at once whole, in overlapping windows.

    Returns:
        Tokens with the probabilities of their labels, and entities.

    Raises:
        TextError: The text is empty or cannot be encoded.
        InputError: There is no such strategy or scheme.
        IncompatibleError: The model does not tag tokens, or reads too few at once for windows.
    """
    return find_entities_many(checkpoint, [text], strategy=strategy, scheme=scheme, windows=windows)[0]


def _tagged(checkpoint: Checkpoint, encoded: Sequence[Encoded]) -> list[_Tagged]:
    """One pass over each text."""
    found: dict[int, Floats] = {}
    for chosen in batches([len(item) for item in encoded], batch_positions(checkpoint)):
        with checkpoint.turn:
            logits = infer(checkpoint, [encoded[index].inputs["input_ids"] for index in chosen])
        for index, rows in zip(chosen, logits, strict=True):
            found[int(index)] = probabilities(rows[: len(encoded[index])], Activation.SOFTMAX)
    return [_Tagged(item.tokens, item.offsets, found[index]) for index, item in enumerate(encoded)]


def _prediction(
    checkpoint: Checkpoint,
    decoder: Decoder,
    text: str,
    spans: Sequence[Span],
    parts: Sequence[tuple[Encoded, _Tagged]],
) -> EntityPrediction:
    """The entities of a text from what was read of it, at once or in windows."""
    if len(parts) == 1:
        encoded, tagged = parts[0]
        windows: tuple[EntityWindow, ...] = ()
    else:
        read = [part.moved(span.start) for span, (_, part) in zip(spans, parts, strict=True)]
        windows = _windows(spans, [_decoded(checkpoint, decoder, text, part) for part in read])
        tagged = _together([part.between(one.first, one.last) for one, part in zip(windows, read, strict=True)])
    return EntityPrediction(
        text=text,
        checkpoint=checkpoint.info,
        tokens=tagged.tokens,
        probabilities=tuple(tuple(map(float, row)) for row in tagged.chances),
        scheme=decoder.scheme,
        strategy=decoder.strategy,
        entities=tuple(_decoded(checkpoint, decoder, text, tagged)),
        unread_from=None if windows else encoded.unread_from,
        token_limit=checkpoint.token_limit,
        windows=windows,
    )


def _decoded(checkpoint: Checkpoint, decoder: Decoder, text: str, tagged: _Tagged) -> list[Entity]:
    goes_on = goes_on_with_word(checkpoint, text, tagged.tokens, tagged.offsets)
    return decoder.entities(text, tagged.tokens, goes_on, tagged.chances)


def _together(parts: Sequence[_Tagged]) -> _Tagged:
    return _Tagged(
        tuple(chain.from_iterable(part.tokens for part in parts)),
        tuple(chain.from_iterable(part.offsets for part in parts)),
        np.concatenate([part.chances for part in parts]),
    )


def _windows(spans: Sequence[Span], found: Sequence[Sequence[Entity]]) -> tuple[EntityWindow, ...]:
    """Which window each part of the text is taken from.

    Two neighbours share out what both read at its middle, so that everything is taken from where it stands further
    inside. An entity over the middle is taken whole, from the window that its own middle is further inside of.

    Args:
        spans: The windows.
        found: The entities of each, at their places in the whole text.
    """
    cuts = [spans[0].start]
    for left, right, entities in zip(spans, spans[1:], map(chain, found, found[1:]), strict=False):
        # Doubled, so that halves stay whole numbers.
        middle = left.end + right.start
        over = [one for one in entities if 2 * one.start < middle < 2 * one.end]
        cut = middle // 2
        if over:
            longest = max(over, key=lambda one: one.end - one.start)
            cut = longest.end if longest.start + longest.end <= middle else longest.start
        cuts.append(max(cut, cuts[-1], right.start))
    ends = [*cuts[1:], spans[-1].end]
    return tuple(
        EntityWindow(start=span.start, end=span.end, first=first, last=last)
        for span, first, last in zip(spans, cuts, ends, strict=True)
    )
