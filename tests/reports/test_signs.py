from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.reports.signs import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text, é 字 👍", "plain text, é 字 👍"),
        ("a\u202eb\u202c", "a[U+202E]b[U+202C]"),
        ("a\u200b\u200bb", "a[U+200B U+200B]b"),
        ("\x00\x1b", "[U+0000 U+001B]"),
        ("one\r\ntwo\rthree\tfour", "one\ntwo\nthree four"),
        ("\u2028\u00ad\ufeff", "[U+2028 U+00AD U+FEFF]"),
        ("\U000e0041", "[U+E0041]"),
        ("a\u200db", "a[U+200D]b"),
        ("👩\u200d👩\u200d👧 ❤\ufe0f\u200d🔥 1\ufe0f\u20e3", "👩\u200d👩\u200d👧 ❤\ufe0f\u200d🔥 1\ufe0f\u20e3"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("👩\u200d\u200d\u200d", "👩\u200d[U+200D U+200D]"),
    ],
)
def test_hidden_signs_are_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_signs_that_cannot_be_drawn_are_written_out_with_their_joiners() -> None:
    assert visible("ok 👩\u200d👧 字字!", "👩👧字") == "ok [U+1F469 U+200D U+1F467] [U+5B57 U+5B57]!"


@given(st.text())
def test_nothing_hidden_is_left_and_saying_it_twice_changes_nothing(text: str) -> None:
    shown = visible(text)
    assert visible(shown) == shown
    assert not [one for one in shown if unicodedata.category(one) in {"Cc", "Cs", "Co", "Zl", "Zp"} and one != "\n"]
    assert not set(shown) & set("\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\u00ad")
