"""The smallest set that changes the label, against all subsets."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.checkpoints import Checkpoint
from workbench.pipeline import classify
from workbench.schema import Target
from workbench.scoring import Scorer
from workbench.text import words
from workbench.trust import Game, Removal, replacements, smallest_flip
from workbench.trust.counterfactual import margins, smallest_set
from workbench.trust.replacing import vocabulary

TEXT = "the food was very good but slow"


def game_of(checkpoint: Checkpoint, text: str = TEXT, removal: Removal = Removal.DELETE) -> Game:
    prediction = classify(checkpoint, text)
    target = Target(kind="probability", label=prediction.label)
    return Game(Scorer(checkpoint).start(), prediction, words(text), target, removal)


def table(count: int, seed: int, lift: float):
    values = np.random.default_rng(seed).normal(lift, 1.0, size=2**count)
    return lambda kept: values[kept @ (2 ** np.arange(count))]


def flips(margin, members, count: int) -> bool:
    kept = np.ones((1, count), dtype=bool)
    kept[0, list(members)] = False
    return bool(margin(kept)[0] < 0)


def smallest_size(margin, count: int) -> int | None:
    sizes = range(1, count + 1)
    return next(
        (size for size in sizes if any(flips(margin, one, count) for one in combinations(range(count), size))), None
    )


@given(st.integers(1, 6), st.integers(0, 10_000), st.sampled_from([0.5, 1.5, 2.5]))
def test_smallest_of_all_subsets(count: int, seed: int, lift: float) -> None:
    margin = table(count, seed, lift)
    members, proven = smallest_set(margin, count)
    assert proven
    assert (None if members is None else len(members)) == smallest_size(margin, count)
    assert members is None or flips(margin, members, count)


@given(st.integers(2, 7), st.integers(0, 10_000), st.integers(1, 40))
def test_short_budget_claims_no_more_than_it_knows(count: int, seed: int, budget: int) -> None:
    margin = table(count, seed, 1.5)
    members, proven = smallest_set(margin, count, budget=budget)
    least = smallest_size(margin, count)
    if members is None:
        assert not proven or least is None
        return
    assert flips(margin, members, count)
    assert not proven or len(members) == least
    if len(members) > 1:
        assert proven or not any(flips(margin, set(members) - {unit}, count) for unit in members)


def test_many_units_by_a_guided_search() -> None:
    # Five of sixty words hold the label up together: any four of them would do to keep it.
    weights = np.zeros(60)
    weights[[3, 17, 25, 44, 58]] = 1.0
    asked = []

    def margin(kept):
        asked.append(len(kept))
        return kept @ weights - 0.5

    members, proven = smallest_set(margin, 60, budget=1000)
    assert members == (3, 17, 25, 44, 58)
    assert not proven
    assert sum(asked) < 2500


def test_margins() -> None:
    logits = np.array([[2.0, 1.0, -1.0], [0.0, 0.5, 3.0]], dtype=np.float32)
    assert list(margins(logits, 0)) == [1.0, -3.0]
    assert list(margins(logits[:, :1] - 1, 0, -1.0)) == [-1.0, 1.0]


@pytest.mark.parametrize("name", ["tiny", "tiny_bpe", "tiny_multi"])
def test_flip_on_a_model_is_real_and_smallest(name: str, request: pytest.FixtureRequest) -> None:
    game = game_of(request.getfixturevalue(name))
    found = smallest_flip(game)
    logits = game.logits(np.array([[True] * 7, *([*row] for row in _all_kept(7))]))
    labels = logits.argmax(axis=1)
    sizes = [7 - int(row.sum()) for row, label in zip(_all_kept(7), labels[1:], strict=True) if label != labels[0]]
    assert (found is None) == (not sizes)
    if found is not None:
        assert found.proven
        assert len(found.removed) == min(sizes)
        assert found.answer.label != game.prediction.label


def _all_kept(count: int) -> np.ndarray:
    return (np.arange(2**count)[:, None] >> np.arange(count)) & 1 == 1


def test_replacements_are_real_and_the_most_decisive_of_all(tiny: Checkpoint) -> None:
    game = game_of(tiny)
    prediction, candidates = game.prediction, vocabulary(tiny)
    found = replacements(game, limit=1, budget=10_000)
    every = []
    for span in game.units:
        for word in candidates:
            if word != span.of(TEXT):
                text = TEXT[: span.start] + word + TEXT[span.end :]
                lead = margins(game.run.logits([text]), prediction.labels.index(prediction.label))[0]
                every.append((lead, text))
    lead, text = min(every)
    assert lead < 0, "no replacement flips this text; take another"
    assert found[0].text == text
    assert found[0].answer.label == classify(tiny, text).label != prediction.label


def test_first_order_estimate_leads_to_flips(tiny: Checkpoint) -> None:
    game = game_of(tiny)
    found = replacements(game, budget=35)
    assert found
    assert game.run.made <= 60
    for one in found:
        assert classify(tiny, one.text).label == one.answer.label != game.prediction.label
        assert one.text == TEXT[: one.span.start] + one.word + TEXT[one.span.end :]
    assert max(sum(other.span == one.span for other in found) for one in found) <= 3


def test_every_pass_of_replacements_takes_its_turn(
    tiny: Checkpoint, turns_held: Callable[[Checkpoint], list[bool]]
) -> None:
    game, held = game_of(tiny), turns_held(tiny)
    replacements(game, budget=35)
    # Forward and backward for the estimate, and one batch at least.
    assert len(held) >= 3
    assert all(held)


def test_given_words_are_tried_and_capitals_kept(tiny_bpe: Checkpoint) -> None:
    game = game_of(tiny_bpe, "Good food , never again")
    for one in replacements(game, words=["terrible", "Naïve"]):
        assert one.word.lower() in {"terrible", "naïve"}
        assert one.word[0].isupper() == one.span.of(game.prediction.text)[0].isupper() or one.word == "Naïve"


def test_vocabulary_holds_whole_words(tiny: Checkpoint, tiny_bpe: Checkpoint) -> None:
    assert {"good", "terrible", "staff"} <= set(vocabulary(tiny))
    assert not {"s", "[MASK]", "##s", ","} & set(vocabulary(tiny))
    assert all(word.isalpha() and len(word) > 1 for word in vocabulary(tiny_bpe))
    assert len(vocabulary(tiny, 3)) == 3
