"""Curves, random orders and the best one, against definitions written out here."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.schema import Span
from workbench.trust import contest
from workbench.trust.orders import even_steps, order_of, random_orders, walk
from workbench.trust.search import all_subsets, best_orders, greedy_orders, tabulated


def spans(count: int) -> tuple[Span, ...]:
    return tuple(Span(start=place, end=place + 1) for place in range(count))


def table_game(count: int, seed: int):
    """Any value whatever for each subset, and how often it was asked."""
    table = np.random.default_rng(seed).normal(size=2**count)
    asked = []

    def value(kept):
        asked.append(len(kept))
        return table[kept @ (2 ** np.arange(count))]

    return value, asked


def linear_game(weights):
    return lambda kept: kept @ np.array(weights)


def areas(value, order) -> tuple[float, float]:
    """Comprehensiveness and sufficiency by their definitions, one subset at a time."""
    count = len(order)
    whole = value(np.ones((1, count), dtype=bool))[0]
    falls, lacks = [], []
    for size in range(1, count + 1):
        first = np.zeros((1, count), dtype=bool)
        first[0, list(order[:size])] = True
        falls.append(whole - value(~first)[0])
        lacks.append(whole - value(first)[0])
    return float(np.mean(falls)), float(np.mean(lacks))


@given(st.integers(1, 5), st.integers(0, 10_000))
def test_best_orders_are_those_of_all_permutations(count: int, seed: int) -> None:
    value, _ = table_game(count, seed)
    every = [areas(value, order) for order in permutations(range(count))]
    deletion, insertion = best_orders(value, count)
    assert areas(value, deletion)[0] == pytest.approx(max(area for area, _ in every))
    assert areas(value, insertion)[1] == pytest.approx(min(area for _, area in every))


@given(st.integers(2, 5), st.integers(0, 10_000))
def test_contest_on_any_game(count: int, seed: int) -> None:
    value, asked = table_game(count, seed)
    scores = {f"method {draw}": np.random.default_rng([seed, draw]).normal(size=count) for draw in range(3)}
    found = contest(value, spans(count), scores)
    assert sum(asked) == 2**count
    assert found.reference.best.proven
    for entry in found.entries:
        order = sorted(range(count), key=lambda unit: -scores[entry.method][unit])
        assert list(entry.order) == order
        comprehensiveness, sufficiency = areas(value, order)
        assert entry.figures["comprehensiveness"].value == pytest.approx(comprehensiveness)
        assert entry.figures["sufficiency"].value == pytest.approx(sufficiency)
        whole = entry.figures["faithfulness"].value
        parts = [entry.figures[name].value for name in ("comprehensiveness_placed", "sufficiency_placed")]
        if None not in parts:
            assert whole == pytest.approx(sum(parts) / 2)
            assert max(parts) <= 1 + 1e-9


def test_random_mean_is_that_of_all_permutations() -> None:
    value, _ = table_game(4, 3)
    every = np.mean([areas(value, order) for order in permutations(range(4))], axis=0)
    random = contest(value, spans(4), {"a": np.arange(4.0)}).reference.random
    spread = np.std([areas(value, order) for order in permutations(range(4))], axis=0) / np.sqrt(random.draws)
    assert abs(random.comprehensiveness - every[0]) < 4 * spread[0]
    assert abs(random.sufficiency - every[1]) < 4 * spread[1]


def test_linear_game_by_hand() -> None:
    # Removing 3, then 2, then 1 leaves 3, 1 and 0 of 6; keeping them gives 3, 5 and 6.
    found = contest(linear_game([1.0, 3.0, 2.0]), spans(3), {"right": np.array([1.0, 3.0, 2.0])})
    (entry,) = found.entries
    assert entry.deletion == pytest.approx((6, 3, 1, 0))
    assert entry.insertion == pytest.approx((0, 3, 5, 6))
    assert entry.figures["comprehensiveness"].value == pytest.approx((3 + 5 + 6) / 3)
    assert entry.figures["sufficiency"].value == pytest.approx((3 + 1 + 0) / 3)
    assert entry.figures["faithfulness"].value == pytest.approx(1.0)
    assert found.reference.full_value == 6
    assert found.reference.empty_value == 0


def test_ranking_the_wrong_way_round_is_worse_than_random() -> None:
    weights = np.array([4.0, -1.0, 2.0, 0.5, -3.0])
    found = contest(linear_game(weights), spans(5), {"right": weights, "wrong": -weights})
    right, wrong = found.entries
    assert right.figures["faithfulness"].value == pytest.approx(1.0)
    assert right.better_than_random
    assert wrong.figures["faithfulness"].value == pytest.approx(-1.0, abs=0.05)
    assert not wrong.better_than_random


@pytest.mark.parametrize(
    ("scores", "game", "reason"),
    [
        (np.ones(4), linear_game([1.0, 2.0, 3.0, 4.0]), "all scores of the method are equal"),
        (np.arange(4.0), linear_game([0.0] * 4), "every order gives the same curve"),
        (np.ones(1), linear_game([1.0]), "there is a single unit"),
    ],
)
def test_undefined_is_said(scores, game, reason: str) -> None:
    (entry,) = contest(game, spans(len(scores)), {"a": scores}).entries
    assert entry.figures["faithfulness"].value is None
    assert entry.figures["faithfulness"].reason == reason
    assert entry.better_than_random is None


def test_long_review_stays_within_its_budget_and_below_the_best() -> None:
    weights = np.random.default_rng(0).normal(size=40)
    pairs = np.random.default_rng(1).normal(size=(40, 40)) / 10
    asked = []

    def value(kept):
        asked.append(len(kept))
        return kept @ weights + np.einsum("mi,ij,mj->m", kept, pairs, kept)

    scores = {"near": weights + pairs.sum(axis=0), "far": np.random.default_rng(2).normal(size=40)}
    found = contest(value, spans(40), scores, search_budget=200)
    assert not found.reference.best.proven
    assert len(found.reference.steps) == 21
    # Methods, eight random orders and two searched ones, walked both ways, and the search itself.
    assert sum(asked) <= 2 * 21 * (2 + 8 + 2) + 300
    values = {entry.method: entry.figures["faithfulness"].value for entry in found.entries}
    assert values["far"] < values["near"] <= 1
    band = found.reference.random.deletion
    assert all(low <= high for low, high in zip(band.low, band.high, strict=True))


def test_same_seed_same_answer() -> None:
    value, _ = table_game(12, 5)
    scores = {"a": np.random.default_rng(4).normal(size=12)}
    assert contest(value, spans(12), scores, seed=7) == contest(value, spans(12), scores, seed=7)
    assert contest(value, spans(12), scores, seed=7) != contest(value, spans(12), scores, seed=8)


@given(st.integers(1, 600))
def test_steps_are_the_same_from_either_end(count: int) -> None:
    steps = even_steps(count)
    assert steps[0] == 0
    assert steps[-1] == count
    assert len(steps) <= 21
    assert list(count - steps[::-1]) == list(steps)


def test_order_and_its_reverse_visit_the_same_subsets() -> None:
    seen = []

    def value(kept):
        seen.append({tuple(row) for row in kept})
        return np.zeros(len(kept))

    one, other = random_orders(33, 2, 0)
    walk(value, [one], even_steps(33))
    walk(value, [other], even_steps(33))
    assert seen[0] == seen[1]


def test_equal_scores_stand_in_the_order_of_the_text() -> None:
    third = 0.1 + 0.2
    assert list(order_of(np.array([0.3, third, 0.5, 0.3]))) == [2, 0, 1, 3]


def test_greedy_finds_the_best_of_a_linear_game() -> None:
    weights = np.array([0.3, -0.2, 0.9, 0.1, 0.5, -0.7, 0.0, 0.2, 0.4, 0.6, 0.8, -0.1])
    for order in greedy_orders(linear_game(weights), 12, 10_000):
        assert list(order) == list(np.argsort(-weights))


def test_table_is_the_game() -> None:
    value, asked = table_game(3, 0)
    table = tabulated(value, 3)
    assert list(table(all_subsets(3))) == list(value(all_subsets(3)))
    assert asked[0] == 8
