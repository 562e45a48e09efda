from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from workbench.seeds import row_seed


def test_a_seed_is_the_beginning_of_a_hash() -> None:
    assert row_seed(7, "é") == int(hashlib.sha256(b"7\n\xc3\xa9").hexdigest()[:8], 16)


@given(st.integers(), st.text(), st.text())
def test_seeds_fit_every_generator_and_tell_texts_apart(seed: int, one: str, other: str) -> None:
    assert 0 <= row_seed(seed, one) < 2**32
    assert (row_seed(seed, one) == row_seed(seed, other)) is (one == other)
