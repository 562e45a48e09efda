"""What was computed of a data set, kept with it: a batch that goes on is opened anew and computed anew."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

import streamlit as st

from workbench import services
from workbench.errors import InputError
from workbench.schema import ExplainedKind, Measure, RowFilter, Slices, SliceSize
from workbench.triage import Dataset
from workbench.triage.explained import selection_files
from workbench.triage.filtering import condition, lasting

Found = TypeVar("Found")


def recalled(dataset: Dataset, chosen: RowFilter, key: Hashable, make: Callable[[], Found], doing: str) -> Found:
    """What was computed before, or is now.

    Args:
        dataset: The data set.
        chosen: Which of its rows it is of.
        key: What else it depends on.
        make: Computes it.
        doing: What is said meanwhile.

    Returns:
        The result.
    """
    marks = None if lasting(chosen) else dataset.version
    with st.spinner(doing, show_time=True):
        return dataset.memory.recall((key, chosen, marks), make)


def slices(dataset: Dataset, chosen: RowFilter, measure: Measure, least: int, pairs: bool) -> Slices | str:
    """The slices of a data set.

    Args:
        dataset: The data set.
        chosen: Which rows.
        measure: By what they are judged.
        least: The least rows of a slice.
        pairs: Two conditions at once too.

    Returns:
        The slices, or in one line why there are none.
    """

    def make() -> Slices | str:
        try:
            return services.slices(dataset, chosen, measure=measure, least_rows=least, pairs=pairs)
        except InputError as error:
            return str(error)

    return recalled(dataset, chosen, ("slices", measure, least, pairs), make, "Looking at every slice")


def sizes(dataset: Dataset, chosen: RowFilter, least: int) -> tuple[SliceSize, ...]:
    """How many rows slices have, where they cannot be judged.

    Args:
        dataset: The data set.
        chosen: Which rows.
        least: The least rows of a slice.

    Returns:
        Their sizes.
    """
    return recalled(
        dataset, chosen, ("sizes", least), lambda: services.slice_sizes(dataset, chosen, least_rows=least), "Counting"
    )


def explanations(dataset: Dataset) -> Hashable:
    """What changes with every selection that is explained: part of the key of what is added up.

    Args:
        dataset: The data set.
    """
    return tuple(file.name for file in selection_files(dataset.folder))


def kinds(dataset: Dataset) -> tuple[ExplainedKind, ...]:
    """What was explained.

    Args:
        dataset: The data set.

    Returns:
        As ``services.explained_kinds`` does.
    """
    return recalled(
        dataset, RowFilter(), ("kinds", explanations(dataset)), lambda: services.explained_kinds(dataset), "Looking"
    )


def extent(dataset: Dataset, chosen: RowFilter) -> tuple[int, float]:
    """How much there is to read.

    Args:
        dataset: The data set.
        chosen: Which rows.

    Returns:
        Rows that were predicted, and their mean number of words.
    """

    def make() -> tuple[int, float]:
        where, values = condition(chosen, dataset.manifest.options.extra_columns)
        question = f"SELECT count(*), coalesce(avg(words), 0) FROM reviews WHERE ({where}) AND error IS NULL"  # noqa: S608 - made of this project's own names; values travel beside it
        ((rows, words),) = dataset.ask(question, values)
        return int(rows), float(words)

    return recalled(dataset, chosen, "extent", make, "Counting")
