"""Filters in words: each condition once, and taking all of them away leaves the filter that asks for nothing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.schema import RowFilter, Tag
from workbench.ui.dataset_conditions import SURELY, parts_of

LABELS = ("bad", "good")
FILTERS = st.builds(
    RowFilter,
    text=st.text(max_size=3),
    word=st.text(max_size=3),
    predicted=st.none() | st.integers(0, 3),
    truth=st.none() | st.integers(0, 3),
    right=st.none() | st.booleans(),
    tags=st.lists(st.sampled_from(Tag), unique=True).map(tuple),
    confidence=st.none() | st.tuples(st.floats(0, 1), st.floats(0, SURELY)),
    words=st.none() | st.tuples(st.integers(0, 9), st.integers(0, 9)),
    temperature=st.none() | st.floats(0.1, 9),
    extra=st.lists(st.tuples(st.text(max_size=2), st.none() | st.text(max_size=2)), unique=True).map(tuple),
    extra_ranges=st.lists(st.tuples(st.text(max_size=2), st.integers(0, 9), st.integers(0, 9)), unique=True).map(tuple),
    language=st.none() | st.text(max_size=2),
    failed=st.none() | st.booleans(),
    corrected=st.none() | st.booleans(),
    marked=st.none() | st.booleans(),
)


@given(chosen=FILTERS)
def test_taking_one_condition_away_leaves_the_others(chosen: RowFilter) -> None:
    parts = parts_of(chosen, LABELS)
    for part in parts:
        left = RowFilter.model_validate(chosen.model_dump() | part.without)
        assert parts_of(left, LABELS) == [
            other._replace(without=now.without)
            for other, now in zip([one for one in parts if one is not part], parts_of(left, LABELS), strict=True)
        ]
    while parts:
        chosen = RowFilter.model_validate(chosen.model_dump() | parts[0].without)
        parts = parts_of(chosen, LABELS)
    assert chosen == RowFilter()


def test_in_words() -> None:
    chosen = RowFilter(
        text="a  b", predicted=1, truth=7, right=False, confidence=(0.0, 0.5), words=(1_000, 2_000),
        temperature=1.23456, extra=(("town", None), ("town", "")), extra_ranges=(("price", 1.0, 2.5),),
        failed=None, marked=True,
    )  # fmt: skip
    assert [part.words for part in parts_of(chosen, LABELS)] == [
        "contains “a b”",
        "predicted good",
        "label number 7",
        "wrong",
        "confidence below 0.5",
        "confidence at temperature 1.235",
        "1,000 to 2,000 words",
        "town is missing",
        "town = (empty)",
        "price 1 to 2.5",
        "also what could not be predicted",
        "marked",
    ]
