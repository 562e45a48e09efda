"""From a word to the reviews behind it."""

from __future__ import annotations

from itertools import product

from workbench.schema import ExplainedKind, RowFilter, Unit, WordGroups, WordScore
from workbench.ui import datasets
from workbench.ui.state import choices


def holding(word: str, unit: Unit = Unit.WORD, chosen: RowFilter | None = None) -> RowFilter:
    """The reviews that hold a word.

    Args:
        word: As it is written somewhere.
        unit: What it is; tokens and sentences are looked for as letters.
        chosen: Among which reviews; by default all.

    Returns:
        The filter.
    """
    chosen = chosen or RowFilter()
    # Signs stand beside words without a space, so that they are no words of their own to a filter.
    whole = unit is Unit.WORD and word[:1].isalnum() and word[-1:].isalnum()
    return chosen.model_copy(update={"word" if whole else "text": word})


def behind(
    score: WordScore, kind: ExplainedKind, groups: WordGroups, chosen: RowFilter, labels: tuple[str, ...]
) -> RowFilter:
    """The reviews that a line of the table of words is about, those that were not explained too.

    Args:
        score: The line.
        kind: Which explanations were added up.
        groups: What reviews were told apart by.
        chosen: Which reviews.
        labels: Of the checkpoint.

    Returns:
        The filter.
    """
    found = holding(score.form, kind.unit, chosen)
    changes: dict[str, object] = {}
    if kind.target == "predicted" and score.target in labels:
        changes["predicted"] = labels.index(score.target)
    if groups is WordGroups.PREDICTED and score.group in labels:
        changes["predicted"] = labels.index(score.group)
    elif groups is WordGroups.TRUTH and score.group in labels:
        changes["truth"] = labels.index(score.group)
    elif groups is WordGroups.ERROR:
        changes["right"] = score.group == "right"
    elif groups is WordGroups.PAIR:
        places = range(len(labels))
        named = (pair for pair in product(places, places) if f"{labels[pair[0]]} → {labels[pair[1]]}" == score.group)
        changes |= dict(zip(("truth", "predicted"), next(named, ()), strict=False))
    return found.model_copy(update=changes)


def show_review(which: RowFilter, number: int) -> None:
    """Show one review whole, among others; from a callback.

    Args:
        which: The others.
        number: Its id.
    """
    datasets.show_rows(which)
    choices().dataset_row = number
