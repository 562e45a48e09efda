from __future__ import annotations

import pytest

from workbench.errors import UnknownNameError
from workbench.registry import Registry


@pytest.fixture
def fruits() -> Registry[int]:
    registry: Registry[int] = Registry("fruit")
    registry.add("pear", 1)
    registry.add("apple", 2)
    return registry


def test_keeps_the_order_of_registration(fruits: Registry[int]) -> None:
    assert list(fruits) == ["pear", "apple"]
    assert len(fruits) == 2
    assert fruits["apple"] == 2
    assert "pear" in fruits
    assert "plum" not in fruits


def test_an_unknown_name_lists_the_known_ones(fruits: Registry[int]) -> None:
    with pytest.raises(UnknownNameError) as caught:
        fruits["zzz"]
    assert str(caught.value) == "there is no fruit 'zzz'; known: pear, apple"


def test_a_slip_is_recognised(fruits: Registry[int]) -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'apple'"):
        fruits["aple"]


def test_a_name_is_taken_once(fruits: Registry[int]) -> None:
    with pytest.raises(ValueError, match="'pear' is registered twice"):
        fruits.add("pear", 3)
    assert fruits["pear"] == 1
