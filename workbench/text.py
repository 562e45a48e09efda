"""Character spans: words, sentences, white space, and the alignment of one segmentation onto another.

All offsets are into the text as the user gave it. A word is what Unicode's default word boundaries (UAX #29) give, so
that contractions, decimal numbers, emoji joined by zero-width joiners and base letters with their combining marks stay
whole, and scripts written without spaces still fall into pieces. Punctuation stands by itself, runs of one sign
("!!!", "...") together.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import regex

from workbench.errors import TextError
from workbench.schema import Span

_BOUNDARY = regex.compile(r"(?w)\b")
_VISIBLE = regex.compile(r"[^\s\p{Cc}\p{Cf}\p{Z}]")
_SENTENCE_END = regex.compile(r"(?:[.!?…]+[\p{Pf}\p{Pe}\"']*(?=\s|$)|[。！？]+[\p{Pf}\p{Pe}]*|\n\s*\n)\s*")
_SURROGATE = regex.compile("[\ud800-\udfff]")
_SPACE_RUN = regex.compile(r"[\s\x1c-\x1f]+")


def check_text(text: str) -> str:
    """Refuse a text that no tokenizer can read.

    Args:
        text: As the user gave it.

    Returns:
        The same text.

    Raises:
        TextError: Nothing visible in it, or a lone surrogate.
    """
    stray = _SURROGATE.search(text)
    if stray:
        raise TextError(
            f"the text holds a lone surrogate (U+{ord(stray.group()):04X}) at character {stray.start()}",
            "save it as UTF-8 and paste it again",
        )
    if not _VISIBLE.search(text):
        raise TextError("the text is empty", "give at least one word")
    return text


def words(text: str) -> tuple[Span, ...]:
    """The words of a text.

    Args:
        text: Any text.

    Returns:
        Spans in order, not overlapping, that cover every visible character.
    """
    return tuple(Span(start=start, end=end) for start, end in _word_ranges(text))


def count_words(text: str) -> int:
    """How many words a text has; quicker than to make their spans.

    Args:
        text: Any text.

    Returns:
        The length of ``words``.
    """
    return len(_word_ranges(text))


def sentences(text: str) -> tuple[Span, ...]:
    """The sentences of a text, by their closing signs or an empty line.

    Args:
        text: Any text.

    Returns:
        Spans in order, without the white space around them, that cover every visible character.
    """
    cuts = [0, *(match.end() for match in _SENTENCE_END.finditer(text)), len(text)]
    return tuple(trimmed for start, end in pairwise(cuts) if (trimmed := _trim(text, start, end)))


def trimmed(text: str, start: int, end: int) -> Span:
    """A stretch of a text without the white space at its ends.

    Args:
        text: Any text.
        start: First character.
        end: One past the last character.

    Returns:
        The span; empty, at ``end``, where there is nothing but white space.
    """
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    return Span(start=start, end=start + len(piece.strip()))


def squeeze(text: str) -> tuple[str, npt.NDArray[np.int64]]:
    """Fold runs of white space to one space and trim the ends.

    Args:
        text: Any text.

    Returns:
        The folded text, and for each of its characters (and its end) the offset in ``text``; shape (len + 1,).
    """
    pieces: list[str] = []
    offsets: list[int] = []
    end = len(text.rstrip())
    position = len(text) - len(text.lstrip())
    for run in _SPACE_RUN.finditer(text, position, end):
        pieces += [text[position : run.start()], " "]
        offsets += [*range(position, run.start()), run.start()]
        position = run.end()
    pieces.append(text[position:end])
    offsets += [*range(position, end), end]
    return "".join(pieces), np.array(offsets, dtype=np.int64)


def overlap(sources: Sequence[Span], targets: Sequence[Span]) -> npt.NDArray[np.float64]:
    """Which share of each source lies under each target, by characters.

    Args:
        sources: Spans, such as tokens.
        targets: Spans, such as words, not overlapping.

    Returns:
        Shape (sources, targets). A row of a source that touches some target adds up to one, so that
        ``scores @ overlap(...)`` keeps the total; a source that touches none (white space) has a row of zeros.
    """
    shares = np.zeros((len(sources), len(targets)))
    first = 0
    for row, source in enumerate(sources):
        while first and targets[first - 1].end > source.start:
            first -= 1
        while first < len(targets) and targets[first].end <= source.start:
            first += 1
        column = first
        while column < len(targets) and targets[column].start < source.end:
            target = targets[column]
            shares[row, column] = min(source.end, target.end) - max(source.start, target.start)
            column += 1
    totals = shares.sum(axis=1, keepdims=True)
    np.divide(shares, totals, out=shares, where=totals > 0)
    return shares


def excerpt(text: str, length: int = 60) -> str:
    """The beginning of a text on one line, for lists and messages.

    Args:
        text: Any text.
        length: The most characters to give back.

    Returns:
        At most ``length`` characters, with an ellipsis where cut.
    """
    line = " ".join(text[: 4 * length].split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def _word_ranges(text: str) -> list[tuple[int, int]]:
    cuts = sorted({0, len(text), *(match.start() for match in _BOUNDARY.finditer(text))})
    pieces = [(start, end) for start, end in pairwise(cuts) if _VISIBLE.search(text, start, end)]
    merged: list[tuple[int, int]] = []
    for start, end in pieces:
        if merged and merged[-1][1] == start and _same_sign(text, merged[-1], (start, end)):
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


def _same_sign(text: str, left: tuple[int, int], right: tuple[int, int]) -> bool:
    """Whether two neighbouring pieces repeat one punctuation sign."""
    signs = set(text[left[0] : left[1]]) | set(text[right[0] : right[1]])
    return len(signs) == 1 and not signs.pop().isalnum()


def _trim(text: str, start: int, end: int) -> Span | None:
    """The span without white space at its ends, or none if nothing visible is in it."""
    if not _VISIBLE.search(text, start, end):
        return None
    return trimmed(text, start, end)
