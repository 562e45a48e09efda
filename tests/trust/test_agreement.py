from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from workbench.schema import Span
from workbench.trust import agreement
from workbench.trust.agreement import Pair
from workbench.trust.top_overlap import top_size

UNITS = tuple(Span(start=2 * place, end=2 * place + 1) for place in range(5))
SHAP = np.array([0.50, -0.20, 0.04, 0.10, 0.00])
LIME = np.array([0.40, 0.30, -0.30, 0.05, -0.01])
ROLLOUT = np.array([0.1, 0.4, 0.2, 0.2, 0.1])


def test_pairs_by_hand() -> None:
    scores = {"shap": SHAP, "lime": LIME, "rollout": ROLLOUT}
    first, second, _ = agreement(UNITS, scores, {"shap": True, "lime": True, "rollout": False})
    assert first.methods == ("shap", "lime")
    # Ranks 5 1 3 4 2 and 5 4 1 3 2: differences 0 3 2 1 0, so 1 - 6 * 14 / 120.
    assert first.figures["rank_correlation"].value == pytest.approx(0.3)
    # One of five counts as the top, and both have the first word there.
    assert first.figures["top_overlap"].value == 1.0
    # Clear in both: words 0, 1 and 3 (0.04 is below a tenth of 0.5); word 1 has opposite signs.
    assert first.figures["sign_conflicts"].value == pytest.approx(1 / 3)
    assert first.conflicts == (UNITS[1],)
    assert not second.signed
    assert second.figures["sign_conflicts"].reason == "a method has no directions"
    assert second.conflicts == ()


def test_unsigned_method_is_compared_by_magnitude() -> None:
    (entry,) = agreement(UNITS, {"a": -ROLLOUT, "b": ROLLOUT}, {"a": True, "b": False})
    assert entry.figures["rank_correlation"].value == pytest.approx(1.0)


def test_constant_scores_agree_with_nothing() -> None:
    (entry,) = agreement(UNITS, {"a": np.full(5, 0.2), "b": LIME}, {"a": True, "b": True})
    assert entry.figures["rank_correlation"].value is None
    assert entry.figures["top_overlap"].value is None


def test_one_method_has_no_pair() -> None:
    assert agreement(UNITS, {"a": LIME}, {"a": True}) == ()


@pytest.mark.parametrize(("units", "size"), [(1, 1), (3, 1), (6, 2), (10, 3), (38, 10), (400, 10)])
def test_top_size(units: int, size: int) -> None:
    assert top_size(units) == size


@given(arrays(float, 7, elements=st.integers(-3, 3)), arrays(float, 7, elements=st.integers(-3, 3)))
def test_symmetric_and_agreeing_with_itself(left: np.ndarray, right: np.ndarray) -> None:
    units = tuple(Span(start=place, end=place + 1) for place in range(7))
    signed = {"a": True, "b": True}
    (one,) = agreement(units, {"a": left, "b": right}, signed)
    (other,) = agreement(units, {"b": right, "a": left}, signed)
    for name, figure in one.figures.items():
        assert figure.value == pytest.approx(other.figures[name].value)
    (same,) = agreement(units, {"a": left, "b": left}, signed)
    assert same.figures["rank_correlation"].value in (None, pytest.approx(1.0))
    assert same.conflicts == ()


@given(arrays(float, 6, elements=st.floats(-1, 1)), arrays(float, 6, elements=st.floats(-1, 1)))
def test_conflicts_are_clear_in_both(left: np.ndarray, right: np.ndarray) -> None:
    expected = [
        place
        for place in range(6)
        if left[place] * right[place] < 0 or (left[place] and right[place] and (left[place] > 0) != (right[place] > 0))
        if abs(left[place]) >= 0.1 * max(map(abs, left)) and abs(right[place]) >= 0.1 * max(map(abs, right))
    ]
    assert list(np.flatnonzero(Pair(left, right, True).conflicts)) == expected
