"""Texts with units missing are those that shap and lime write."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lime.lime_text import IndexedString
from shap.maskers import Text

from workbench.explainers.shap_method import SpanTokenizer
from workbench.pipeline import perturbed, replaced
from workbench.text import words

TEXTS = ["The room was clean, but cold!", "don't  go\n\nthere", "ok", "naïve 😀😀 日本語. "]


@pytest.mark.parametrize("text", TEXTS)
def test_the_forms_of_the_libraries(text: str) -> None:
    spans = words(text)
    pieces = [span.of(text) for span in spans]
    masker = Text(SpanTokenizer(words), mask_token="[MASK]", collapse_mask_token=False)
    indexed = IndexedString(text, bow=False, split_expression=lambda _: pieces, mask_string="")
    for draw in np.random.default_rng(0).random((20, len(spans))) < 0.5:
        kept = draw.tolist()
        if all(kept):
            assert perturbed(text, spans, kept) == perturbed(text, spans, kept, "[MASK]") == text
            continue
        assert perturbed(text, spans, kept, "[MASK]") == str(masker(draw, text)[0][0])
        assert perturbed(text, spans, kept) == indexed.inverse_removing(np.flatnonzero(~draw))


@pytest.mark.parametrize(
    ("text", "word", "instead", "expected"),
    [
        ("The hotel was fine", "hotel", "", "The was fine"),
        ("Hotel was fine", "hotel", "", "was fine"),
        ("a fine hotel", "hotel", "", "a fine"),
        ("a fine hotel.", "hotel", "", "a fine."),
        ("a hotel hotel.", "hotel", "", "a."),
        ("a  hotel\n\nfine", "hotel", "", "a  fine"),
        ("(hotel) fine", "hotel", "", "() fine"),
        (" hotel ", "hotel", "", " "),
        ("hotel", "hotel", "", ""),
        ("Hotel, HOTEL, hotel", "hotel", "inn", "Inn, INN, inn"),
        ("a\thotel\tb", "hotel", "inn", "a\tinn\tb"),
    ],
)
def test_a_word_removed_or_replaced(text: str, word: str, instead: str, expected: str) -> None:
    assert replaced(text, [span for span in words(text) if span.of(text).lower() == word], instead) == expected


def test_a_mask_keeps_its_case() -> None:
    assert replaced("A HOTEL", [words("A HOTEL")[1]], "<mask>", verbatim=True) == "A <mask>"


@given(st.text(), st.data())
def test_no_visible_sign_but_the_word_goes(text: str, data: st.DataObject) -> None:
    spans = [span for span in words(text) if data.draw(st.booleans())]
    left = perturbed(text, spans, [False] * len(spans)) if spans else text
    assert "".join(replaced(text, spans).split()) == "".join(left.split())
