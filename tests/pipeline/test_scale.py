"""Where labels stand between 0 and 1: what their names tell, and what users say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.checkpoints import Checkpoint
from workbench.errors import TargetError
from workbench.pipeline import classify, known_places, parse_places, parse_target, scale_target
from workbench.schema import Activation, Target

SOFTMAX = Activation.SOFTMAX
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
PLACES = st.floats(0, 1)


@pytest.mark.parametrize(
    ("labels", "places"),
    [
        (("1 star", "2 stars", "3 stars", "4 stars", "5 stars"), (0, 0.25, 0.5, 0.75, 1)),
        (("3", "1", "2"), (1, 0, 0.5)),
        (("0", "1", "2"), (0, 0.5, 1)),
        (("NEGATIVE", "POSITIVE"), (0, 1)),
        (("Pos", "neg"), (1, 0)),
        (("negative", "Neutral", "POSITIVE"), (0, 0.5, 1)),
        (("Very Negative", "negative", "neutral", "positive", "VERY_POSITIVE"), (0, 0.25, 0.5, 0.75, 1)),
    ],
)
def test_names_that_tell(labels: tuple[str, ...], places: tuple[float, ...]) -> None:
    assert known_places(labels) == dict(zip(labels, places, strict=True))


@pytest.mark.parametrize(
    "labels",
    [
        ("LABEL_0", "LABEL_1"),
        ("LABEL_0", "LABEL_1", "LABEL_2"),
        ("NEGATIVE", "LABEL_1"),
        ("POSITIVE", "NEUTRAL"),
        ("NEGATIVE", "neg", "POSITIVE"),
        ("0", "1"),
        ("price", "staff", "room"),
        ("POSITIVE",),
    ],
)
def test_names_that_do_not(labels: tuple[str, ...]) -> None:
    assert known_places(labels) is None
    with pytest.raises(TargetError, match="of odd .* have no known place"):
        scale_target(labels, SOFTMAX, name="odd")


def test_the_target_names_the_labels_in_their_order() -> None:
    target = scale_target(("A", "B"), SOFTMAX, {"B": 0, "A": 1})
    assert target == Target(kind="scale", places=(("A", 1.0), ("B", 0.0)))
    assert target.model_dump(mode="json")["places"] == {"A": 1.0, "B": 0.0}


@pytest.mark.parametrize(
    ("places", "message"),
    [
        ({"A": 0}, "the label 'B' of a scale has no place; give a place to each of A, B"),
        ({"A": 0, "B": 1, "C": 1}, "the label 'C' of a scale is unknown"),
        ({"A": 0.5, "B": 0.5}, "two different places"),
        ({"A": -0.1, "B": 1}, "between 0 and 1"),
        ({"A": 0, "B": float("nan")}, "between 0 and 1"),
    ],
)
def test_scales_that_are_none(places: dict[str, float], message: str) -> None:
    with pytest.raises(TargetError, match=message):
        scale_target(("A", "B"), SOFTMAX, places)


def test_independent_labels_have_no_scale(tiny_multi: Checkpoint) -> None:
    with pytest.raises(TargetError, match="independent"):
        parse_target("scale", classify(tiny_multi, "good"))


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "empty"),
        ("A", "there is no label 'A'; known: A, B"),
        ("C=1", "there is no label 'C'"),
        ("A=", "'' is no place of 'A'"),
        ("A=one,B=0", "'one' is no place of 'A'"),
        ("A=1,A=0", "'A' has two places"),
    ],
)
def test_what_cannot_be_read(typed: str, message: str) -> None:
    with pytest.raises(TargetError, match=message):
        parse_places(typed, ("A", "B"))


def test_labels_that_hold_the_signs_of_the_form() -> None:
    labels = ("a", "a=1", "a=1,b", ",")
    assert parse_places("a=1,b=0.5, ,=1,a=1=0,a=0.25", labels) == {"a=1,b": 0.5, ",": 1, "a=1": 0, "a": 0.25}


@given(st.dictionaries(NAMES.filter(lambda name: name == name.strip()), PLACES, min_size=2, max_size=6))
def test_what_is_written_is_read(places: dict[str, float]) -> None:
    """Unless one label, with an equal sign and all, is the beginning of another."""
    labels = list(places)
    if len(set(places.values())) < 2 or any("=" in label or "," in label for label in labels):
        return
    target = scale_target(labels, SOFTMAX, places)
    assert parse_places(str(target).removeprefix("scale:"), labels) == places


def test_as_a_target(tiny: Checkpoint, tiny_bpe: Checkpoint) -> None:
    prediction = classify(tiny, "the food was good")
    found = parse_target("scale", prediction)
    assert dict(found.places or ()) == {"1 star": 0, "2 stars": 0.25, "3 stars": 0.5, "4 stars": 0.75, "5 stars": 1}
    assert parse_target(str(found), prediction) == found
    given = parse_target("scale:NEGATIVE=0.25,POSITIVE=1", classify(tiny_bpe, "good"))
    assert given == Target(kind="scale", places=(("NEGATIVE", 0.25), ("POSITIVE", 1.0)))
    with pytest.raises(TargetError, match="there is no label"):
        parse_target(str(given), prediction)
