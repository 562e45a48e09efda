"""Texts with units missing are those that shap and lime write."""

from __future__ import annotations

import numpy as np
import pytest
from lime.lime_text import IndexedString
from shap.maskers import Text

from workbench.explainers.shap_method import SpanTokenizer
from workbench.pipeline import perturbed
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
