"""What the data is like, against brute force."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import transformers
from hypothesis import given
from hypothesis import strategies as st

from workbench.services.training_setup import inspect_data
from workbench.training.data import Data, Example, gather
from workbench.training.inspecting import contradictions, describe, duplicates, leaked, normalised
from workbench.training.recipe import Recipe, Source

# Few signs, so that texts meet; among them some that only normalising brings together.
TEXTS = st.text("aA bé.!ﬁ1", min_size=1, max_size=4)
EXAMPLES = st.lists(st.builds(Example, text=TEXTS, label=st.integers(0, 2), held=st.just(False)), max_size=12)


def plain(text: str) -> str:
    """Another way to the same: signs one by one."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    kept = "".join(sign if sign.isalnum() else " " for sign in folded)
    return " ".join(kept.split()) or folded.strip()


def recipe(**changes: Any) -> Recipe:
    return Recipe(**({"base": "x", "labels": ("a", "b", "c"), "data": (Source(file="x.csv"),)} | changes))


@given(TEXTS)
def test_normalising(text: str) -> None:
    assert normalised(text) == plain(text)
    assert normalised(normalised(text)) == normalised(text)


@given(EXAMPLES)
def test_duplicates_are_those_of_brute_force(examples: list[Example]) -> None:
    exact = sum(any(other.text == one.text for other in examples[:n]) for n, one in enumerate(examples))
    close = sum(any(plain(other.text) == plain(one.text) for other in examples[:n]) for n, one in enumerate(examples))
    assert duplicates(examples) == (exact, close - exact)


@given(EXAMPLES)
def test_contradictions_are_those_of_brute_force(examples: list[Example]) -> None:
    expected = {
        plain(one.text)
        for one in examples
        for other in examples
        if plain(one.text) == plain(other.text) and one.label != other.label
    }
    assert set(contradictions(examples)) == expected


@given(EXAMPLES, EXAMPLES, EXAMPLES)
def test_leaks_are_those_of_brute_force(train: list[Example], validation: list[Example], test: list[Example]) -> None:
    expected = sum(any(plain(one.text) == plain(other.text) for other in train) for one in [*validation, *test])
    assert leaked(Data(tuple(train), tuple(validation), tuple(test))) == expected


@given(EXAMPLES.filter(len), EXAMPLES)
def test_findings_are_sentences_that_say_what_to_do(train: list[Example], test: list[Example]) -> None:
    data = Data(tuple(train), (), tuple(test), Counter({"without a text": 2}))
    found = describe(data, recipe(max_tokens=3), count=lambda texts: [len(text) for text in texts], limit=4)
    for one in found.findings:
        assert "\n" not in one.text
        assert "; " in one.text or "so choose" in one.text
    kinds = {one.kind for one in found.findings}
    assert "left_out" in kinds
    assert ("leak" in kinds) is bool(leaked(data))
    assert ("contradiction" in kinds) is bool(contradictions(train))
    assert found.trainable is (len({one.label for one in train}) == 3)
    assert found.classes == {name: sum(one.label == n for one in train) for n, name in enumerate("abc")}
    assert found.lengths is not None
    lengths = sorted(len(one.text) for one in [*train, *test])
    assert (found.lengths.shortest, found.lengths.longest) == (lengths[0], lengths[-1])
    assert found.lengths.over_max_tokens == sum(length > 3 for length in lengths)
    assert found.lengths.over_limit == 0
    width = found.lengths.bin_width
    assert found.lengths.bins == tuple(
        sum(at * width < length <= (at + 1) * width for length in lengths) for at in range(len(found.lengths.bins))
    )
    assert sum(found.lengths.bins) == len(lengths)
    assert sum(length <= found.lengths.median for length in lengths) * 2 >= len(lengths)
    assert sum(length <= found.lengths.p95 for length in lengths) >= 0.95 * len(lengths)
    assert sum(length < found.lengths.p95 for length in lengths) < 0.95 * len(lengths)


def test_a_file_from_end_to_end(noisy: Path, write_csv: Callable[..., Path]) -> None:
    rows = [(f"good {n}", "5") for n in range(220)] + [("bad one", "1"), ("Bad one!", "5"), ("", "1"), ("no label", "")]
    train = write_csv("train.csv", [*rows, ("good " * 60, "5")])
    test = write_csv("test.csv", [("bad one", "1"), ("fine", "5")])
    made = Recipe(
        base=str(noisy),
        labels=("1", "5", "3"),
        data=(Source(file=str(train)),),
        test=(Source(file=str(test)),),
        test_share=0.0,
    )
    found = inspect_data(made)
    assert (found.train_rows, found.validation_rows, found.test_rows) == (223, 0, 2)
    assert found.left_out == {"without a text": 1, "without a label": 1}
    assert found.classes == {"1": 1, "5": 222, "3": 0}
    kinds = [one.kind for one in found.findings]
    assert kinds[0] == "unseen_label"
    assert {"few_rows", "imbalance", "leak", "contradiction", "left_out", "normalised_duplicate", "cut"} <= set(kinds)
    assert not found.trainable
    tokenizer = transformers.AutoTokenizer.from_pretrained(noisy)
    assert found.lengths is not None
    assert found.lengths.longest == len(tokenizer("good " * 60)["input_ids"])
    assert (found.lengths.limit, found.lengths.max_tokens, found.lengths.over_limit) == (48, 48, 1)


def test_no_text_is_on_two_sides(noisy: Path, write_csv: Callable[..., Path]) -> None:
    file = write_csv("a.csv", [(f"text {n}", str(n % 2)) for n in range(400)])
    made = Recipe(
        base=str(noisy), labels=("0", "1"), data=(Source(file=str(file)),), test_share=0.2, validation_share=0.25
    )
    data = gather(made, Path())
    sides = [{one.text for one in side} for side in (data.train, data.validation, data.test)]
    assert sum(map(len, sides)) == 400
    assert len(set.union(*sides)) == 400
    assert [len(side) / 400 for side in sides] == pytest.approx([0.6, 0.2, 0.2], abs=0.06)
    # The test share is what it is without validation: figures stay comparable.
    assert {one.text for one in gather(made.model_copy(update={"validation_share": 0.0}), Path()).test} == sides[2]
