"""Which columns of a table are the text and the label: as asked, by their names, or by what is in them."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.errors import InputError
from workbench.tables.opening import head
from workbench.tables.rows import LABEL_NAMES, TEXT_NAMES
from workbench.tables.sources import Source

# Fewer words on average are names, dates or categories rather than reviews.
_FEWEST_WORDS = 3


def choose_text(source: Source, wanted: Sequence[str], name: str) -> tuple[tuple[str, ...], list[str]]:
    """The columns of the text.

    Args:
        source: The table.
        wanted: Those asked for; by default that of a usual name, else the only one, else the one of the longest texts.
        name: Of the file, for messages.

    Returns:
        The columns, and a note where they were guessed by what is in them.

    Raises:
        InputError: One asked for is not there, or none looks like the text.
    """
    check_columns(source, wanted, name)
    usual = [one for one in source.columns if one.strip().casefold() in TEXT_NAMES]
    chosen = tuple(wanted) or tuple(usual[:1]) or (source.columns if len(source.columns) == 1 else ())
    if chosen:
        return chosen, []
    rows = head(source)
    words = {one: _mean_words([row[place] for row in rows]) for place, one in enumerate(source.columns)}
    longest = max(words, key=lambda one: words[one], default=None)
    if longest is None or words[longest] < _FEWEST_WORDS:
        raise InputError(
            f"{name} has several columns and none looks like the text", f"name one of {_listing(source.columns)}"
        )
    return (longest,), [f"the text was taken from the column {longest!r}, which has the longest texts"]


def choose_label(source: Source, wanted: str | None, texts: Sequence[str], name: str) -> str | None:
    """The column of the label.

    Args:
        source: The table.
        wanted: The one asked for; by default that of a usual name, where there is one.
        texts: Columns of the text, which are not that of the label.
        name: Of the file, for messages.

    Returns:
        The column, or none.

    Raises:
        InputError: The one asked for is not there.
    """
    check_columns(source, [wanted] if wanted is not None else [], name)
    usual = [one for one in source.columns if one.strip().casefold() in LABEL_NAMES and one not in texts]
    return wanted or (usual[0] if usual else None)


def check_columns(source: Source, wanted: Sequence[str], name: str) -> None:
    """Refuse columns that are not there.

    Args:
        source: The table.
        wanted: Columns asked for.
        name: Of the file, for the message.

    Raises:
        InputError: One is not there.
    """
    for one in wanted:
        if one not in source.columns:
            raise InputError(f"{name} has no column {one!r}", f"choose from {_listing(source.columns)}")


def _mean_words(cells: Sequence[object]) -> float:
    return sum(len(cell.split()) for cell in cells if isinstance(cell, str)) / max(1, len(cells))


def _listing(columns: Sequence[str], most: int = 12) -> str:
    shown = ", ".join(column[:40] for column in columns[:most])
    return f"{shown}, ..." if len(columns) > most else shown
