from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import InputError
from workbench.tables import match_label, match_labels

STARS = ("1 star", "2 stars", "3 stars", "4 stars", "5 stars")
MOODS = ("NEGATIVE", "POSITIVE")
THREE = ("Negative", "Neutral", "Positive")


@pytest.mark.parametrize("value", ["4", "4.0", "4.00", " 4 ", "04", "4 stars", "4 Stars", "4 STAR", "4stars"])
def test_stars(value: str) -> None:
    assert match_label(value, STARS) == "4 stars"
    assert match_labels([value], STARS) == {value: "4 stars"}


@pytest.mark.parametrize("value", ["positive", "POSITIVE", "Positive ", "pos", "POS"])
def test_moods(value: str) -> None:
    assert match_label(value, MOODS) == "POSITIVE"
    assert match_label(value, ("neg", "neu", "pos")) == "pos"


@pytest.mark.parametrize(
    ("values", "labels", "expected"),
    [
        (["0", "1"], MOODS, MOODS),
        (["0.0", "1.0"], MOODS, MOODS),
        (["-1", "1"], MOODS, MOODS),
        (["-1", "+1"], MOODS, MOODS),
        (["0"], MOODS, ["NEGATIVE"]),
        # Ones alone may be stars.
        (["1"], MOODS, [None]),
        (["1", "2", "3", "4", "5"], MOODS, [None] * 5),
        (["0", "1", "2"], MOODS, [None] * 3),
        (["-1", "0", "1"], THREE, THREE),
        (["0", "1", "2"], THREE, THREE),
        (["0", "2"], THREE, ["Negative", "Positive"]),
        (["-1", "1"], THREE, ["Negative", "Positive"]),
        # Either code has these.
        (["0", "1"], THREE, [None, None]),
        (["0", "pos"], MOODS, MOODS),
        (["0", "1"], STARS, [None, "1 star"]),
        (["0", "1"], ("price", "staff"), [None, None]),
        (["0", "1"], ("0", "1"), ["0", "1"]),
        (["positive", "4.5", "nonsense", "", "9" * 5000], STARS, [None] * 5),
    ],
)
def test_numbers_of_a_whole_file(values: list[str], labels: tuple[str, ...], expected: list[str | None]) -> None:
    assert match_labels(values, labels) == dict(zip(values, expected, strict=True))


@pytest.mark.parametrize("value", ["0", "1", "", "meh"])
def test_one_label_does_not_show_its_code(value: str) -> None:
    with pytest.raises(InputError, match=r"is none of the checkpoint's \(NEGATIVE, POSITIVE\); rename it in the file"):
        match_label(value, MOODS)


@given(st.lists(st.text(max_size=6)), st.sampled_from([STARS, MOODS, THREE]))
def test_every_value_means_a_label_or_nothing(values: list[str], labels: tuple[str, ...]) -> None:
    found = match_labels(values, labels)
    assert set(found) == set(values)
    assert set(found.values()) <= {*labels, None}
    assert all(match_labels([label], labels) == {label: label} for label in labels)
