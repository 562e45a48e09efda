"""Texts with some of their units missing, in the forms that shap and lime write."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from workbench.schema import Span


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
