from __future__ import annotations

import math
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import InputError
from workbench.schema import CheckpointInfo, Evaluations, Explanation, Score, Target, Unit
from workbench.services import disagreement_words

INFO = CheckpointInfo(name="tiny", fingerprint="sha256:00", architecture="Bert", labels=("bad", "good"))
scored = st.lists(
    st.tuples(st.sampled_from(["Good", "good", "GOOD", "bad", "Straße", "STRASSE", "!"]), st.floats(-10, 10)),
    max_size=8,
)


def explanation(words: list[tuple[str, float]], unit: Unit = Unit.WORD, method: str = "shap") -> Explanation:
    units, place = [], 0
    for word, score in words:
        units.append(Score(text=word, start=place, end=place + len(word), score=score))
        place += len(word) + 1
    return Explanation(
        method=method,
        target=Target(kind="expected"),
        unit=unit,
        text=" ".join(word for word, _ in words),
        checkpoint=INFO,
        units=tuple(units),
        base_value=None,
        full_value=0.0,
        additive=False,
        signed=True,
        seed=0,
        options={},
        evaluations=Evaluations(asked=1, made=1),
        seconds=0.0,
    )


def test_by_hand() -> None:
    found = disagreement_words(
        [explanation([("Good", 0.5), ("bad", -1.0), ("good", 0.25)]), explanation([("GOOD", -0.25), ("room", 0.1)])]
    )
    assert [(one.word, one.total, one.count, one.reviews) for one in found] == [
        ("bad", -1.0, 1, 1),
        ("good", 0.5, 3, 2),
        ("room", 0.1, 1, 1),
    ]
    assert found[1].mean == pytest.approx(0.5 / 3)
    assert disagreement_words([]) == ()


@pytest.mark.parametrize("other", [{"unit": Unit.TOKEN}, {"method": "lime"}])
def test_what_cannot_be_added_is_refused(other: dict[str, object]) -> None:
    with pytest.raises(InputError, match="cannot be added; "):
        disagreement_words([explanation([("a", 1.0)]), explanation([("a", 1.0)], **other)])  # type: ignore[arg-type]


@given(st.lists(scored, max_size=5), st.randoms(use_true_random=False))
def test_nothing_is_lost_and_the_order_of_reviews_does_not_matter(
    reviews: list[list[tuple[str, float]]], order
) -> None:  # type: ignore[no-untyped-def]
    found = disagreement_words([explanation(review) for review in reviews])
    everything = [pair for review in reviews for pair in review]
    assert {one.word: one.count for one in found} == Counter(word.casefold() for word, _ in everything)
    assert math.fsum(one.total for one in found) == pytest.approx(math.fsum(score for _, score in everything), abs=1e-9)
    assert [abs(one.total) for one in found] == sorted((abs(one.total) for one in found), reverse=True)
    for one in found:
        own = [score for word, score in everything if word.casefold() == one.word]
        assert one.total == math.fsum(own)
        assert min(own) - 1e-9 <= one.mean <= max(own) + 1e-9
        assert one.reviews == sum(any(word.casefold() == one.word for word, _ in review) for review in reviews)
    order.shuffle(reviews)
    assert disagreement_words([explanation(review) for review in reviews]) == found
