"""Texts with some of their units missing, in the forms that shap and lime write, or with others in their place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from workbench.checkpoints import Checkpoint
from workbench.schema import Span

# What stands for a removed piece where the tokenizer has no mask token, as in the library shap.
_ELLIPSIS = "..."
_CLOSING = tuple(".,;:!?)]}%…")


def mask_of(checkpoint: Checkpoint) -> str:
    """What stands for a piece of text that is masked.

    Args:
        checkpoint: Whose tokenizer.

    Returns:
        Its mask token, or three dots where it has none.
    """
    return str(checkpoint.tokenizer.mask_token or _ELLIPSIS)


def perturbed(text: str, units: Sequence[Span], kept: Sequence[bool], mask: str | None = None) -> str:
    """A text with some units missing.

    The strings are those of ``shap.maskers.Text`` without collapsing (with a mask) and of ``lime``'s indexed string
    (deletion), so that the scorer finds what those methods have evaluated.

    Args:
        text: The text that the model read.
        units: In order, not overlapping.
        kept: For each unit, whether it stays.
        mask: What stands for each of the others; none deletes them.

    Returns:
        The text itself where nothing is missing. Masked units lose the white space after them, and white space is
        folded; deletion leaves all white space.
    """
    if all(kept):
        return text
    if mask is None:
        gone = [unit for unit, stays in zip(units, kept, strict=True) if not stays]
        edges = [0, *(edge for unit in gone for edge in (unit.start, unit.end)), len(text)]
        return "".join(text[start:end] for start, end in zip(edges[::2], edges[1::2], strict=True))
    ends = [max(unit.end, after.start) for unit, after in pairwise(units)] + [units[-1].end]
    segments = [text[unit.start : end] for unit, end in zip(units, ends, strict=True)]
    joined = "".join(segment if stays else f" {mask}" for segment, stays in zip(segments, kept, strict=True))
    return re.sub(r"\s+", " ", joined).strip()


def replaced(text: str, spans: Sequence[Span], word: str = "", *, verbatim: bool = False) -> str:
    """A text with another word in some places, as a person would have written it.

    Args:
        text: Any text.
        spans: In order, not overlapping.
        word: What stands there instead, with capitals where there were. An empty one removes the spans together with
            white space that would be left double, before a closing sign, or at an end of the text.
        verbatim: Leave the case of ``word``, as of a mask token.

    Returns:
        The text.
    """
    done, position = "", 0
    for span in spans:
        done += text[position : span.start]
        position = span.end
        if word:
            done += word if verbatim else _like(word, span.of(text))
        elif not done or done[-1].isspace():
            if text.startswith(_CLOSING, position):
                done = done.rstrip()
            else:
                rest = text[position:]
                position += len(rest) - len(rest.lstrip())
    return (done if position < len(text) or text[-1:].isspace() else done.rstrip()) + text[position:]


def _like(word: str, old: str) -> str:
    if len(old) > 1 and old.isupper():
        return word.upper()
    return word[:1].upper() + word[1:] if old[:1].isupper() else word
